/**
 * The steps of the verdict: what is held against a well-formed prescription (docs/format.md section 13).
 *
 * Rules: each step is a function of a case and returns its checks, in order; none stops another. A step without a check is a
 * plain pass. Steps that judge by the age of something (1, 2, 9) are in steps_of_trust.js.
 *
 * A case: claims, credential, issuer, trust, now, policy, and what grades.js makes of them.
 */

import { check, forItems } from "./check.js";
import { WORDING } from "./data.js";
import { authorityOver } from "./prescribing.js";
import { brokenRules } from "./rules.js";
import { signature, special, status } from "./steps_of_trust.js";

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

function workplaceCode({ claims, credential }) {
  if (credential.holder.workplace?.code !== undefined) return [];
  return forItems(claims, (each, item) =>
    each.benefit || each.infection_act ? check(8, "warn", "workplace_code_missing", { item }) : null,
  );
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
 * @returns {import("./check.js").Check[]}
 */
export function judgeSteps(judged) {
  return WORDING.steps.flatMap(({ step, plain_pass: plainPass }) => {
    const checks = STEPS.get(step)(judged);
    return checks.length > 0 ? checks : [check(step, "pass", plainPass)];
  });
}
