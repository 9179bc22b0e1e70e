/**
 * How old what a site judges by is, and what that is worth (docs/format.md section 13: the clock, grades, grace).
 *
 * Rules: now is never before the floor; ages are whole seconds, 0 at the least; a status list from the future has no age, so it
 * is never fresh; a grace is only for what could not have been renewed.
 */

import { statusAt } from "./status.js";

const HOUR = 3_600;

/** @typedef {"fresh" | "stale" | "red"} Grade */

/** @param {number} seconds @param {number} hours @returns {boolean} inclusively */
export function isWithin(seconds, hours) {
  return seconds <= hours * HOUR;
}

function grade(isFresh, age, redHours) {
  if (isFresh) return "fresh";
  return isWithin(age, redHours) ? "stale" : "red";
}

/** The age and grade of what names its next update: the trust list, a snapshot. */
function graded({ issued_at: issuedAt, content }, now, redHours) {
  const age = Math.max(0, now - issuedAt);
  return { age, grade: grade(now < content.next_update, age, redHours) };
}

/** A status list: its age and grade, and what it says of the credential. */
function gradedStatus(list, idx, now, policy) {
  const status = statusAt(list.entries, idx);
  if (list.issued_at > now + policy.clock_skew_seconds) return { status, age: undefined, grade: null };
  const age = Math.max(0, now - list.issued_at);
  return { status, age, grade: grade(isWithin(age, policy.status_fresh_hours), age, policy.status_red_hours) };
}

/**
 * @param {number} end exclusive @param {number} authoredAt @param {boolean} couldBeRenewed @param {Record<string, any>} policy
 * @returns {"in_force" | "short" | "long" | "over"}
 */
export function graceOf(end, authoredAt, couldBeRenewed, policy) {
  const over = authoredAt - end;
  if (over < 0) return "in_force";
  if (couldBeRenewed || !isWithin(over, policy.credential_grace_red_hours)) return "over";
  return isWithin(over, policy.credential_grace_hours) ? "short" : "long";
}

/** Could it have been renewed? A list from after the end says so, unless it came after the document was received. */
function saysMore(list, end, knownSince) {
  return Boolean(list) && list.issued_at >= end && !(knownSince !== null && list.issued_at > knownSince);
}

/**
 * What the steps judge by, at the later of a clock and the floor.
 * @param {{claims: any, credential: any, issuer: any, trust: import("./trust.js").Trust, clock: number,
 *   policy: Record<string, any>, knownSince: number | null}} judged clock, knownSince: seconds
 * @returns {Promise<Record<string, any>>} now, behind (seconds); list, snapshot, status: {age, grade} or null; behindSnapshot:
 *   whether root, list, or the issuer's status list or revocations are; grace of issuer and credential
 */
export async function gradesOf({ claims: { authored_at: at }, credential, issuer, trust, clock, policy, knownSince }) {
  const now = Math.max(clock, trust.floor);
  const list = trust.list && graded(trust.list, now, policy.trust_list_red_hours);
  const snapshot = trust.snapshot && graded(trust.snapshot, now, policy.snapshot_red_hours);
  const heldStatus = trust.statusListFor(credential);
  const status = heldStatus ? gradedStatus(heldStatus, credential.status.idx, now, policy) : null;
  return {
    now,
    behind: now - clock,
    list,
    snapshot,
    status,
    behindSnapshot: {
      root: trust.root !== null && trust.isBelow("root", trust.root.claims.content.version),
      list: trust.list !== null && trust.isBelow("trust-list", trust.list.content.version),
      ofIssuer: await trust.isBehindSnapshotFor(credential),
    },
    grace: {
      issuer: graceOf(issuer.valid_until, at, saysMore(trust.list, issuer.valid_until, knownSince), policy),
      credential: graceOf(
        credential.valid_until,
        at,
        status?.age !== undefined && saysMore(heldStatus, credential.valid_until, knownSince),
        policy,
      ),
    },
  };
}
