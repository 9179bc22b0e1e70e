/**
 * A page that judges: QR text and what the site trusts in, verdict and human text out.
 *
 * Rules: everything is shown as text, never as HTML; a verdict has a shape and words, not only a colour; nothing leaves the
 * page. Trust is JSON as in the test vectors: {"trust": {anchor, trust_list, status_lists, credentials}, "policy": {...}}.
 */

import { DprError, explain, fromTexts, humanText, openTrustBundle, readPolicy, verify } from "./src/index.js";

const WORDS = {
  pass: { sv: "● Äkta och giltigt", en: "● Authentic and valid" },
  warn: { sv: "▲ Äkta, bedöm varningarna", en: "▲ Authentic, judge the warnings" },
  stop: { sv: "■ Får inte lämnas ut", en: "■ Must not be dispensed" },
};
const UNSPENT = {
  sv: "Vad som redan är uttaget prövas inte här.",
  en: "What has been dispensed already is not judged here.",
};
const element = (id) => document.getElementById(id);

function show(parent, tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  parent.append(made);
  return made;
}

function outcomeOf(verdict) {
  if (!verdict.accepted) return "stop";
  return verdict.checks.some((check) => check.outcome === "warn") ? "warn" : "pass";
}

function showVerdict(verdict, language) {
  const outcome = outcomeOf(verdict);
  element("verdict").dataset.outcome = outcome;
  show(element("verdict"), "strong", WORDS[outcome][language]);
  for (const { code, outcome: each } of verdict.checks.filter((check) => check.outcome !== "pass")) {
    const { what, todo } = explain(code, language);
    show(element("checks"), "p", `${WORDS[each][language][0]} ${what} ${todo} (${code})`);
  }
  if (!verdict.accepted) return void show(element("verdict"), "span", ` (${verdict.code})`);
  show(element("checks"), "p", UNSPENT[language]);
  for (const [heading, rows] of humanText(verdict, language)) {
    show(element("text"), "h2", heading);
    const table = show(element("text"), "table", "");
    for (const row of rows) {
      const shown = show(table, "tr", "");
      for (const cell of row) show(shown, "td", cell);
    }
  }
}

async function judge(language) {
  const { trust, policy } = JSON.parse(element("trust").value);
  const settings = readPolicy(policy);
  const now = element("now").value ? Date.parse(element("now").value) / 1000 : Date.now() / 1000;
  const lines = element("texts").value.split("\n").filter((line) => line.trim());
  const [document, ...more] = await fromTexts(lines);
  if (!document || more.length > 0) throw new DprError(document ? "qr_too_many" : "qr_empty");
  return verify(document, await openTrustBundle(trust), now, { policy: settings });
}

element("judge").addEventListener("click", async () => {
  const language = element("language").value;
  for (const id of ["verdict", "checks", "text"]) element(id).replaceChildren();
  delete element("verdict").dataset.outcome;
  let verdict;
  try {
    verdict = await judge(language);
  } catch (error) {
    const code = error instanceof DprError ? error.code : "internal_error";
    verdict = { accepted: false, code, checks: [{ step: 1, code, outcome: "stop" }] };
  }
  showVerdict(verdict, language);
});
