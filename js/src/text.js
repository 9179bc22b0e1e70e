/**
 * Text that people will read (docs/format.md section 8.1).
 *
 * Rules: what shows nothing, turns the rest around, or has a second form is refused, so that one text is one row of bytes.
 */

import { refuse } from "./errors.js";

/** General categories C and Z, but for the space. */
const UNPRINTABLE = /(?! )[\p{C}\p{Z}]/u;
const HIDDEN = new RegExp(
  "[\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u2800\\u3164\\ufe00-\\ufe0f\\uffa0\\u{e0100}-\\u{e01ef}" +
    "\\u0590-\\u08ff\\ufb1d-\\ufdff\\ufe70-\\ufeff\\u{10800}-\\u{10fff}\\u{1e800}-\\u{1efff}]",
  "u",
);

/** A mark first, or more than two in a row: a pile of marks is drawn over the lines above and below. */
const PILED = /^\p{M}|\p{M}{3}/u;

/**
 * @param {unknown} value
 * @param {number} most characters (scalar values)
 * @returns {string}
 * @throws {DprError} field_type, text_too_long, text_empty, text_unprintable, text_space_at_end, text_not_nfc
 */
export function readText(value, most) {
  if (typeof value !== "string") return refuse("field_type");
  if (value.length > most && [...value].length > most) refuse("text_too_long");
  if (value === "") refuse("text_empty");
  if (UNPRINTABLE.test(value)) refuse("text_unprintable");
  if (value.startsWith(" ") || value.endsWith(" ")) refuse("text_space_at_end");
  if (HIDDEN.test(value)) refuse("text_unprintable");
  if (value !== value.normalize("NFC")) refuse("text_not_nfc");
  return PILED.test(value) ? refuse("text_unprintable") : value;
}
