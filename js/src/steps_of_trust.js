/**
 * Steps 1, 2 and 9: what is judged by the age of something (docs/format.md section 13).
 *
 * Rules: what is old is a warning, and a stop for special medicines; each check says the age of what it rests on. A case has
 * what grades.js made of it.
 */

import { check, forItems } from "./check.js";
import { isWithin } from "./grades.js";
import { controlClassOf } from "./prescribing.js";
import { revokedFrom } from "./status.js";

const OUTCOMES = /** @type {const} */ ({ fresh: "pass", stale: "warn", red: "warn" });

/** Fresh, stale or red, with its age. */
function ofGrade(step, codes, { grade, age }) {
  return check(step, OUTCOMES[grade], codes[grade], { age, override: grade === "red" });
}

export function signature(judged) {
  const { trust, policy } = judged;
  if (!trust.list || !trust.anchor) return [check(1, "stop", "trust_list_missing")];
  const differs = trust.anchor.environment !== policy.environment;
  return [
    ...(differs ? [check(1, "stop", "environment_differs")] : []),
    ...ofClock(judged),
    ofTrustList(judged),
    ...ofSnapshot(judged),
    ...ofEnds(judged),
  ];
}

function ofClock({ behind, policy }) {
  if (!isWithin(behind, policy.clock_behind_stop_hours)) return [check(1, "stop", "clock_far_behind")];
  return behind > policy.clock_skew_seconds ? [check(1, "warn", "clock_behind", { override: true })] : [];
}

function ofTrustList({ list, behindSnapshot }) {
  const { age } = list;
  if (behindSnapshot.root) return check(1, "warn", "root_behind_snapshot", { age, override: true });
  if (behindSnapshot.list) return check(1, "warn", "trust_list_behind_snapshot", { age, override: true });
  return ofGrade(1, { fresh: "signature_ok", stale: "trust_list_stale", red: "trust_list_red" }, list);
}

function ofSnapshot({ snapshot, trust }) {
  if (snapshot) return [ofGrade(1, { fresh: "snapshot_ok", stale: "snapshot_stale", red: "snapshot_red" }, snapshot)];
  return trust.root ? [check(1, "warn", "snapshot_missing")] : [];
}

function ofEnds({ claims: { authored_at: at }, issuer, credential, grace, list }) {
  return [
    ...ofEnd("issuer", at < issuer.valid_from ? "over" : grace.issuer, list.age),
    ...ofEnd("credential", at < credential.valid_from ? "over" : grace.credential),
  ];
}

function ofEnd(whose, grace, age) {
  if (grace === "over") return [check(1, "stop", `${whose}_not_in_force`, { age })];
  if (grace === "short") return [check(1, "warn", `${whose}_grace`, { age })];
  return grace === "long" ? [check(1, "warn", `${whose}_grace_red`, { age, override: true })] : [];
}

export function status(judged) {
  const { status: held, trust, credential, now, knownSince, behindSnapshot } = judged;
  const age = held?.age;
  const from = revokedFrom(held?.status, trust.revokedFromFor(credential), now);
  const hadBefore = from !== null && knownSince !== null && knownSince < from;
  if (from !== null && !hadBefore) return [check(2, "stop", "credential_revoked", { age })];
  if (held?.status === "suspended") return [check(2, "stop", "credential_suspended", { age })];
  if (hadBefore) return [check(2, "warn", "credential_revoked_later", { age, override: true })];
  if (!held) return [check(2, "warn", "status_missing", { override: true })];
  if (held.status === "unknown") return [check(2, "stop", "status_unknown", { age })];
  if (age === undefined) return [check(2, "warn", "status_missing", { override: true })];
  if (behindSnapshot.ofIssuer) return [check(2, "warn", "status_behind_snapshot", { age, override: true })];
  return [ofGrade(2, { fresh: "status_ok", stale: "status_stale", red: "status_red" }, held)];
}

export function special(judged) {
  return forItems(judged.claims, (each, item) => {
    const controlClass = controlClassOf(each);
    if (controlClass === "none") return null;
    const code = whySpecialStops(controlClass, judged);
    return check(9, code ? "stop" : "pass", code ?? "special_ok", { age: judged.status?.age, item });
  });
}

/** The first reason, or null. */
function whySpecialStops(controlClass, { behind, status: held, behindSnapshot, list, grace, policy }) {
  const hours = policy.class_status_hours[controlClass] ?? policy.special_status_hours;
  const isOld = list !== null && list.grade !== "fresh" && !isWithin(list.age, policy.special_trust_list_hours);
  if (behind > policy.clock_skew_seconds) return "special_needs_clock";
  if (held?.age === undefined || behindSnapshot.ofIssuer || !isWithin(held.age, hours)) return "special_needs_fresh_status";
  if (behindSnapshot.root || behindSnapshot.list || isOld) return "special_needs_fresh_trust_list";
  return Object.values(grace).includes("long") ? "special_no_grace" : null;
}
