/**
 * The steps of the verdict: what is held against a well-formed prescription (docs/format.md section 13).
 *
 * Rules: each step is a function of a case and returns its checks, in order; none stops another. A step without a check is a
 * plain pass. Ages are whole seconds; what comes from the future has none.
 *
 * A case: claims, credential, issuer, trust, now, policy, list (the status list or undefined), statusAge.
 */

import { WORDING } from "./data.js";
import { brokenRules } from "./rules.js";
import { statusAt } from "./status.js";

const HOUR = 3_600;
const { authority: AUTHORITY } = WORDING;
const STRICTEST_FIRST = WORDING.control_classes_strictest_first;

/**
 * @typedef {"pass" | "warn" | "stop"} Outcome
 * @typedef {{step: number, code: string, outcome: Outcome, age_seconds?: number, item?: number, override?: true}} Check
 */

/** @returns {Check} without what is undefined */
function check(step, outcome, code, { age, item, override } = {}) {
  const made = { step, code, outcome };
  if (age !== undefined) made.age_seconds = age;
  if (item !== undefined) made.item = item;
  if (override) made.override = true;
  return made;
}

/** @returns {number | undefined} seconds since, 0 at the least; none where it is later than a clock may be ahead */
export function ageOf(issuedAt, now, policy) {
  const age = now - issuedAt;
  return age < -policy.clock_skew_seconds ? undefined : Math.max(0, age);
}

function signature({ trust, policy, now, claims, issuer, credential }) {
  if (!trust.list || !trust.anchor) return [check(1, "stop", "trust_list_missing")];
  const checks = trust.anchor.environment === policy.environment ? [] : [check(1, "stop", "environment_differs")];
  const age = ageOf(trust.list.issued_at, now, policy);
  if (age === undefined) return [...checks, check(1, "stop", "clock_behind")];
  if (now < trust.list.content.next_update) checks.push(check(1, "pass", "signature_ok", { age }));
  else if (age <= policy.trust_list_red_hours * HOUR) checks.push(check(1, "warn", "trust_list_stale", { age }));
  else checks.push(check(1, "warn", "trust_list_red", { age, override: true }));
  const at = claims.authored_at;
  if (!(issuer.valid_from <= at && at < issuer.valid_until)) checks.push(check(1, "stop", "issuer_not_in_force", { age }));
  if (!(credential.valid_from <= at && at < credential.valid_until)) checks.push(check(1, "stop", "credential_not_in_force"));
  return checks;
}

function status({ list, statusAge: age, credential, policy }) {
  if (!list) return [check(2, "warn", "status_missing", { override: true })];
  const status = statusAt(list.entries, credential.status.idx);
  if (status === "unknown") return [check(2, "stop", "status_unknown", { age })];
  if (status !== "valid") return [check(2, "stop", `credential_${status}`, { age })];
  if (age === undefined) return [check(2, "warn", "status_missing", { override: true })];
  if (age <= policy.status_fresh_hours * HOUR) return [check(2, "pass", "status_ok", { age })];
  if (age <= policy.status_red_hours * HOUR) return [check(2, "warn", "status_stale", { age })];
  return [check(2, "warn", "status_red", { age, override: true })];
}

function authority({ claims, issuer, credential }) {
  const { kind, items } = claims.content;
  const checks = (issuer.kinds ?? []).includes(kind) ? [] : [check(3, "stop", "scope_kind")];
  const { profession } = credential.holder;
  if (profession === undefined) return [...checks, check(3, "stop", "authority_profession")];
  items.forEach((item, at) => {
    const found = authorityOver(item, kind, profession);
    if (found) checks.push(check(3, found.outcome, found.code, { item: at + 1, override: found.outcome === "warn" }));
  });
  return checks;
}

/** Section 13.1. */
function authorityOver(item, kind, profession) {
  const stop = (code) => ({ outcome: "stop", code });
  const warn = (code) => ({ outcome: "warn", code });
  const prefixes = AUTHORITY.atc_prefixes[profession];
  if ((kind === "animal") !== (profession === "VT")) return stop("authority_animals");
  if (prefixes === undefined) return stop("authority_profession");
  const isNarcotic = AUTHORITY.narcotic_classes.includes(controlClassOf(item));
  if (isNarcotic && !AUTHORITY.narcotics_by.includes(profession)) return stop("authority_narcotics");
  if (prefixes === null || kind === "consumables") return null;
  if (item.atc === undefined) return warn("authority_unknown_product");
  return prefixes.some((prefix) => item.atc.startsWith(prefix)) ? null : warn("authority_limited");
}

/** Section 13.2, without a product file. */
function controlClassOf({ control_class: signed = "none", atc = "" }) {
  const inGroup = AUTHORITY.narcotic_atc_prefixes.some((prefix) => atc.startsWith(prefix));
  return signed === "none" && inGroup ? STRICTEST_FIRST[0] : signed;
}

function dates({ claims, now, policy }) {
  const checks = [];
  if (claims.authored_at > now + policy.clock_skew_seconds) checks.push(check(4, "stop", "authored_in_future"));
  if (now >= claims.expires_at) checks.push(check(4, "stop", "expired"));
  return checks;
}

function audience({ claims, policy }) {
  if (claims.audience === undefined) {
    return [policy.accept_bearer ? check(5, "pass", "audience_bearer") : check(5, "stop", "audience_bearer_refused")];
  }
  if (claims.audience === policy.gln) return [];
  return [check(5, "stop", policy.gln === "" ? "audience_site_unknown" : "audience_other")];
}

function content({ claims }) {
  return brokenRules(claims).map((code) => check(WORDING.step_of_rule[code] ?? 7, "stop", code));
}

/** A check for each item of which a test says so. */
function forItems(claims, test) {
  return claims.content.items.flatMap((item, at) => test(item, at + 1) ?? []);
}

function workplaceCode({ claims, credential }) {
  if (credential.holder.workplace?.code !== undefined) return [];
  return forItems(claims, (each, item) =>
    each.benefit || each.infection_act ? check(8, "warn", "workplace_code_missing", { item }) : null,
  );
}

function special({ claims, statusAge: age, policy }) {
  const isFresh = age !== undefined && age <= policy.special_status_hours * HOUR;
  return forItems(claims, (each, item) => {
    if (controlClassOf(each) === "none") return null;
    const [outcome, code] = isFresh ? ["pass", "special_ok"] : ["stop", "special_needs_fresh_status"];
    return check(9, outcome, code, { age, item });
  });
}

function substitutions({ claims }) {
  return forItems(claims, (each, item) =>
    each.substitution?.allowed === false ? check(10, "pass", "substitution_refused", { item }) : null,
  );
}

function protection({ claims }) {
  return claims.content.patient?.protected ? [check(12, "warn", "protected_identity")] : [];
}

function products() {
  return [check(13, "pass", "products_not_held")];
}

const STEPS = new Map([
  [1, signature], [2, status], [3, authority], [4, dates], [5, audience], [7, content], [8, workplaceCode], [9, special],
  [10, substitutions], [12, protection], [13, products],
]);

/**
 * @param {Record<string, any>} judged a case, as above
 * @returns {Check[]}
 */
export function judgeSteps(judged) {
  return WORDING.steps.flatMap(({ step, plain_pass: plainPass }) => {
    const checks = STEPS.get(step)(judged);
    return checks.length > 0 ? checks : [check(step, "pass", plainPass)];
  });
}
