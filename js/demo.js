/**
 * A page that judges: QR text and what the site trusts in, verdict and human text out.
 *
 * Rules: everything is shown as text, never as HTML; a verdict has a shape and words, not only a colour; nothing leaves the
 * page; a slow verdict never overwrites a later one. Trust is JSON as in the test vectors: {"trust": {anchor, trust_list,
 * status_lists, credentials}, "policy": {...}}.
 */

import { DprError, explain, humanText, openTrustBundle, Parts, readPolicy, verify } from "./src/index.js";

const WORDS = {
  pass: { sv: "● Äkta och giltigt", en: "● Authentic and valid" },
  warn: { sv: "▲ Äkta, bedöm varningarna", en: "▲ Authentic, judge the warnings" },
  stop: { sv: "■ Får inte lämnas ut", en: "■ Must not be dispensed" },
};
const UNSPENT = {
  sv: "Vad som redan är uttaget prövas inte här.",
  en: "What has been dispensed already is not judged here.",
};
const FAULTS = {
  json: { sv: "Tilliten är inte JSON.", en: "The trust is not JSON." },
  shape: {
    sv: "Tilliten har inte samma form som i testvektorerna: {\"trust\": …, \"policy\": …}.",
    en: "The trust has not the form that it has in the test vectors: {\"trust\": …, \"policy\": …}.",
  },
  time: {
    sv: "Tiden kan inte läsas. Skriv den som 2026-11-21T12:00:00Z, eller lämna fältet tomt.",
    en: "The time cannot be read. Write it as 2026-11-21T12:00:00Z, or leave the field empty.",
  },
};
const MISSING = {
  sv: ({ numbers, total }) => `Saknas: kod ${numbers.join(", ")} av ${total}.`,
  en: ({ numbers, total }) => `Missing: code ${numbers.join(", ")} of ${total}.`,
};
const SETTING = { sv: "Inställning:", en: "Setting:" };

/** What a person wrote that cannot be judged; its fault is one of FAULTS. */
class InputFault extends Error {
  constructor(fault) {
    super(fault);
    this.fault = fault;
  }
}

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

/** @returns {Promise<{trust: import("./src/index.js").Trust, policy: any}>} */
async function readSite() {
  let site;
  try {
    site = JSON.parse(element("trust").value);
  } catch {
    throw new InputFault("json");
  }
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const isSite = isObject(site) && isObject(site.trust) && isObject(site.policy ?? {});
  if (!isSite || !("anchor" in site.trust && "trust_list" in site.trust)) throw new InputFault("shape");
  const policy = readPolicy(site.policy ?? {});
  try {
    return { trust: await openTrustBundle(site.trust), policy };
  } catch (error) {
    throw error instanceof DprError ? error : new InputFault("shape");
  }
}

function readNow() {
  const { value } = element("now");
  const now = (value.trim() ? Date.parse(value) : Date.now()) / 1000;
  if (Number.isNaN(now)) throw new InputFault("time");
  return now;
}

async function readDocument(parts) {
  for (const line of element("texts").value.split("\n")) if (line.trim()) await parts.add(line);
  if (parts.missing().length > 0) throw new DprError("qr_part_missing");
  if (parts.documents.length !== 1) throw new DprError(parts.documents.length > 1 ? "qr_too_many" : "qr_empty");
  return parts.documents[0];
}

/** Reads every field before anything is awaited that takes long, then judges. */
async function judge(parts) {
  const now = readNow();
  const [document, { trust, policy }] = await Promise.all([readDocument(parts), readSite()]);
  return verify(document, trust, now, { policy });
}

function showFault(error, parts, language) {
  if (error instanceof InputFault) {
    element("verdict").dataset.outcome = "stop";
    return void show(element("verdict"), "strong", `■ ${FAULTS[error.fault][language]}`);
  }
  const code = error instanceof DprError ? error.code : "internal_error";
  showVerdict({ accepted: false, code, checks: [{ step: 1, code, outcome: "stop" }] }, language);
  if (error.facts?.setting) show(element("checks"), "p", `${SETTING[language]} ${error.facts.setting}`);
  for (const missing of parts.missing()) show(element("checks"), "p", MISSING[language](missing));
}

let latest = 0;

element("judge").addEventListener("click", async () => {
  const run = ++latest;
  const language = element("language").value;
  const parts = new Parts();
  const clear = () => {
    for (const id of ["verdict", "checks", "text"]) element(id).replaceChildren();
    delete element("verdict").dataset.outcome;
  };
  clear();
  let shown;
  try {
    const verdict = await judge(parts);
    shown = () => showVerdict(verdict, language);
  } catch (error) {
    shown = () => showFault(error, parts, language);
  }
  if (run !== latest) return;
  clear();
  shown();
});
