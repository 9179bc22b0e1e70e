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
const MOST_HOURS = 8_784;
const CONTROL_CLASSES = WORDING.enumerations.control_class.map((entry) => entry.name).filter((name) => name !== "none");

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

const wholeUpTo = (most) => (value) => Number.isSafeInteger(value) && value >= 0 && value <= most;
const hours = wholeUpTo(MOST_HOURS);

function isHoursByClass(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([name, each]) => CONTROL_CLASSES.includes(name) && hours(each));
}

const KINDS = {
  environment: (value) => ENVIRONMENTS.includes(value),
  gln: (value) => value === "" || isGln(value),
  accept_bearer: (value) => typeof value === "boolean",
  clock_skew_seconds: wholeUpTo(3_600),
  clock_behind_stop_hours: hours,
  trust_list_red_hours: hours,
  snapshot_red_hours: hours,
  status_fresh_hours: hours,
  status_red_hours: hours,
  special_status_hours: hours,
  class_status_hours: isHoursByClass,
  special_trust_list_hours: hours,
  credential_grace_hours: hours,
  credential_grace_red_hours: hours,
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
    if (!isOfKind(policy[setting])) refuse("policy_invalid", { setting });
  }
  return policy;
}
