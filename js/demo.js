/**
 * A page that judges: QR text and what the site trusts in, verdict and human text out.
 *
 * Rules: everything is shown as text, never as HTML; a verdict has a shape and words, not only a colour; every check says how
 * old it is what it rests on; nothing leaves the page; a slow verdict never overwrites a later one. Trust is JSON as in the
 * test vectors: {"trust": {anchor or root, trust_list, snapshot, status_lists, revocations, credentials, floor},
 * "policy": {...}}.
 */

import { FAULTS, HELD, IN_ORDER, ITEM, JUDGED_BY, MISSING, NOT_HELD, OUTCOMES, OVERRIDE, RESTS_ON } from "./demo_words.js";
import { SETTING, showAge, showHeld, UNSPENT } from "./demo_words.js";
import { DprError, explain, humanText, openTrustBundle, Parts, readPolicy, verify } from "./src/index.js";

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

function showTable(parent, heading, rows) {
  show(parent, "h2", heading);
  const table = show(parent, "table", "");
  for (const row of rows) {
    const shown = show(table, "tr", "");
    for (const cell of row) show(shown, "td", cell);
  }
}

/** What it says, what to do about it, and in brackets its item, its age, whether it can be overridden, and its code. */
function showCheck(parent, { code, outcome, item, age_seconds: age, override }, language) {
  const { what, todo } = explain(code, language);
  const facts = [
    item !== undefined && ITEM[language](item),
    age !== undefined && RESTS_ON[language](showAge(age, language)),
    override && OVERRIDE[language],
    code,
  ];
  const said = outcome === "pass" ? what : `${what} ${todo}`;
  show(parent, "p", `${OUTCOMES[outcome][language][0]} ${said} (${facts.filter(Boolean).join("; ")})`);
}

function showVerdict(verdict, language) {
  const outcome = outcomeOf(verdict);
  element("verdict").dataset.outcome = outcome;
  show(element("verdict"), "strong", OUTCOMES[outcome][language]);
  const isPass = (check) => check.outcome === "pass";
  for (const check of verdict.checks.filter((each) => !isPass(each))) showCheck(element("checks"), check, language);
  if (!verdict.accepted) show(element("verdict"), "span", ` (${verdict.code})`);
  else show(element("checks"), "p", UNSPENT[language]);
  if (verdict.checks.some(isPass)) {
    const passes = show(element("checks"), "details", "");
    show(passes, "summary", IN_ORDER[language]);
    for (const check of verdict.checks.filter(isPass)) showCheck(passes, check, language);
  }
  if (verdict.accepted) for (const [heading, rows] of humanText(verdict, language)) showTable(element("text"), heading, rows);
}

/** What the verdict was judged by, and how old it is at the time that counts. */
function showTrust(trust, clock, language) {
  const now = Math.max(Math.floor(clock), trust.floor);
  const ageOf = ({ issued_at: issuedAt }) => Math.max(0, now - issuedAt);
  const one = (claims) => (claims ? showHeld(claims.content.version, ageOf(claims), language) : NOT_HELD[language]);
  const each = (list) => showHeld(null, ageOf(list), language);
  const many = (lists) => [...lists.values()].map(each).join("; ") || NOT_HELD[language];
  const rows = [
    ["root", one(trust.root?.claims)],
    ["list", one(trust.list)],
    ["snapshot", one(trust.snapshot)],
    ["statusLists", many(trust.statusLists)],
    ["revocations", many(trust.revocations)],
  ];
  if (trust.issuersLeftOut > 0) rows.push(["leftOut", String(trust.issuersLeftOut)]);
  if (trust.notTakenUp.length > 0) {
    rows.push(["notTakenUp", trust.notTakenUp.map((code) => `${explain(code, language).what} (${code})`).join(" ")]);
  }
  showTable(element("origins"), JUDGED_BY[language], rows.map(([name, value]) => [HELD[name][language], value]));
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
  const hasRoot = isSite && ("anchor" in site.trust || "root" in site.trust);
  if (!hasRoot || !("trust_list" in site.trust)) throw new InputFault("shape");
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
  return { verdict: await verify(document, trust, now, { policy }), trust, now };
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
    for (const id of ["verdict", "checks", "text", "origins"]) element(id).replaceChildren();
    delete element("verdict").dataset.outcome;
  };
  clear();
  let shown;
  try {
    const { verdict, trust, now } = await judge(parts);
    shown = () => {
      showVerdict(verdict, language);
      showTrust(trust, now, language);
    };
  } catch (error) {
    shown = () => showFault(error, parts, language);
  }
  if (run !== latest) return;
  clear();
  shown();
});
