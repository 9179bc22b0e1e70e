/**
 * Who may prescribe what (docs/format.md sections 13.1 and 13.2).
 *
 * Rules: a narcotic by its ATC counts as one, whatever the signed class says; what cannot be told by the ATC is a warning.
 */

import { WORDING } from "./data.js";

const { authority: AUTHORITY } = WORDING;
const STRICTEST_FIRST = WORDING.control_classes_strictest_first;

/**
 * Section 13.1.
 * @param {any} item @param {string} kind @param {string} profession
 * @returns {{outcome: "warn" | "stop", code: string} | null}
 */
export function authorityOver(item, kind, profession) {
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

/**
 * Section 13.2, without a product file.
 * @param {any} item @returns {string}
 */
export function controlClassOf({ control_class: signed = "none", atc = "" }) {
  const inGroup = AUTHORITY.narcotic_atc_prefixes.some((prefix) => atc.startsWith(prefix));
  return signed === "none" && inGroup ? STRICTEST_FIRST[0] : signed;
}
