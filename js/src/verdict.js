/**
 * The verdict on a prescription: accepted means authentic and currently allowed, not unspent (docs/format.md section 13).
 *
 * Rules: never throws, whatever the bytes; time is an argument; a fault of the document is one stop in step 1, a fault of its
 * claims one in step 7; else every step is judged and one stop refuses.
 *
 *     const verdict = await verify(fromText(text), trust, Date.now() / 1000, { policy: { environment: "test" } });
 */

import { copyOf, sha256 } from "./bytes.js";
import { candidatesUnder, inForce } from "./chain.js";
import { openSigned, PRESCRIPTION, readClaims } from "./documents.js";
import { DprError } from "./errors.js";
import { gradesOf } from "./grades.js";
import { readPolicy } from "./policy.js";
import { judgeSteps } from "./steps.js";
import { Trust } from "./trust.js";

/**
 * @typedef {import("./check.js").Check} Check
 * @typedef {{accepted: true, prescription: any, prescriber: any, issuer: any, digest: Uint8Array, checks: Check[]}} Accepted
 *   prescription: claims; prescriber: the claims of the credential; issuer: of the trust list
 * @typedef {{accepted: false, code: string, checks: Check[]}} Refused
 */

/**
 * @param {Uint8Array} given a document
 * @param {Trust | null} trust
 * @param {number} now seconds since 1970-01-01T00:00Z; parts of a second are cut off
 * @param {{policy?: Record<string, any>, knownSince?: number | null}} [options] policy: settings that differ from the defaults
 *   (docs/policy.md); knownSince: an instant, in seconds, at which this very document is proven to have existed
 * @returns {Promise<Accepted | Refused>}
 */
export async function verify(given, trust, now, { policy = {}, knownSince = null } = {}) {
  let step = 1;
  try {
    const settings = readPolicy(policy);
    const bytes = copyOf(given);
    const site = trust ?? new Trust(null, null);
    if (!Number.isFinite(now)) throw new TypeError("now"); // a date that nothing is later than
    if (knownSince !== null && !Number.isFinite(knownSince)) throw new TypeError("knownSince");
    const { payload, signer, candidates } = await openSigned(bytes, PRESCRIPTION, candidatesUnder(site));
    step = 7;
    const claims = await readClaims(PRESCRIPTION, payload);
    step = 1;
    const { claims: credential, issuer } = inForce(candidates, signer, claims.authored_at);
    const judged = { claims, credential, issuer, trust: site, policy: settings, knownSince, clock: Math.floor(now) };
    return conclude({ ...judged, ...(await gradesOf(judged)) }, await sha256(bytes));
  } catch (error) {
    const [at, code] = error instanceof DprError ? [step, error.code] : [1, "internal_error"];
    return { accepted: false, code, checks: [{ step: at, code, outcome: "stop" }] };
  }
}

function conclude(judged, digest) {
  const checks = judgeSteps(judged);
  const stop = checks.find((check) => check.outcome === "stop");
  if (stop) return { accepted: false, code: stop.code, checks };
  const { claims: prescription, credential: prescriber, issuer } = judged;
  return { accepted: true, prescription, prescriber, issuer, digest, checks };
}
