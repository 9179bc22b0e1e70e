/**
 * The site's settings, as far as a verdict uses them (docs/format.md section 13).
 *
 * Rules: a setting that is not given has its default; one of another kind or outside its limits is refused. What a verdict
 * does not use is passed over.
 */

import { WORDING } from "./data.js";
import { DprError, refuse } from "./errors.js";
import { IDENTIFIERS } from "./identifiers.js";

const ENVIRONMENTS = ["test", "production"];

function isGln(value) {
  if (typeof value !== "string") return false;
  try {
    IDENTIFIERS.gln(value);
    return true;
  } catch (error) {
    if (error instanceof DprError) return false;
    throw error;
  }
}

const isWhole = (value) => Number.isSafeInteger(value) && value >= 0;
const KINDS = {
  environment: (value) => ENVIRONMENTS.includes(value),
  gln: (value) => value === "" || isGln(value),
  accept_bearer: (value) => typeof value === "boolean",
  clock_skew_seconds: isWhole,
  trust_list_red_hours: isWhole,
  status_fresh_hours: isWhole,
  status_red_hours: isWhole,
  special_status_hours: isWhole,
};
const MOST = {
  clock_skew_seconds: 3600,
  trust_list_red_hours: 8784,
  status_fresh_hours: 8784,
  status_red_hours: 8784,
  special_status_hours: 8784,
};

/**
 * Every setting: those given, and the defaults of the others.
 * @param {Record<string, unknown>} given
 * @returns {Record<string, any>}
 * @throws {DprError} policy_invalid, with the setting's name
 */
export function readPolicy(given) {
  const policy = { ...WORDING.policy_defaults, ...given };
  for (const [setting, isOfKind] of Object.entries(KINDS)) {
    if (!isOfKind(policy[setting]) || policy[setting] > MOST[setting]) refuse("policy_invalid", { setting });
  }
  return policy;
}
