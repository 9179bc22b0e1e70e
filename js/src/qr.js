/**
 * QR text: DPR1 and decimal digits (docs/format.md section 15).
 *
 * Rules: caps before work; white space and invisible characters are forgiven wherever they stand, nothing else is. What comes
 * out is bytes to be judged, not yet a document.
 *
 *     fromText("DPR12019…") -> Uint8Array d2 84 …
 */

import { fromHex } from "./bytes.js";
import { DICTIONARY_BASE64 } from "./data.js";
import { refuse } from "./errors.js";
import { inflateRaw } from "./inflate.js";

const MOST_CHARACTERS = 17_184;
const MOST_DIGITS = 4_296;
export const MOST_BYTES_INFLATED = 16_384;
export const PART = 0x06;
const PLAIN = [0xd2, 0xd8];
const INVISIBLE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u3000\ufeff]/g;
const DICTIONARY = Uint8Array.from(atob(DICTIONARY_BASE64), (character) => character.charCodeAt(0));

/**
 * The document in one QR text.
 * @param {string} text as a scanner or a keyboard gave it
 * @returns {Uint8Array}
 * @throws {DprError} qr_…
 */
export function fromText(text) {
  const body = bodyOf(text);
  if (body[0] !== PART) return documentOf(body);
  const part = readPart(body);
  return refuse("qr_part", { number: part.index + 1, total: part.total });
}

/**
 * Section 15 steps 1 to 5.
 * @param {string} text
 * @returns {Uint8Array} what stands after the byte 01; at least one byte
 */
export function bodyOf(text) {
  if (text.length > MOST_CHARACTERS && hasMoreThan(text, MOST_CHARACTERS)) refuse("qr_too_long");
  const shown = text.replace(INVISIBLE, "");
  if (shown === "") refuse("qr_empty");
  if (!/^[Dd][Pp][Rr]1/.test(shown)) refuse(/^[Dd][Pp][Rr][0-9]/.test(shown) ? "qr_version" : "qr_not_dpr");
  const digits = shown.slice(4);
  if (digits === "") refuse("qr_cut_off");
  if (!/^[0-9]+$/.test(digits)) refuse("qr_character");
  if (digits.length > MOST_DIGITS) refuse("qr_too_long");
  if (digits[0] === "0") refuse("qr_cut_off");
  const hexadecimal = BigInt(digits).toString(16);
  // The first byte is 01, so its leading zero is not in the number.
  if (hexadecimal.length % 2 === 0 || hexadecimal[0] !== "1" || hexadecimal.length === 1) refuse("qr_cut_off");
  return fromHex(hexadecimal.slice(1));
}

/** Characters are scalar values; the count stops at the limit. */
function hasMoreThan(text, limit) {
  let count = 0;
  for (const _ of text) if (++count > limit) return true;
  return false;
}

/**
 * Section 15 steps 6 and 7.
 * @param {Uint8Array} body that is no part
 * @returns {Uint8Array}
 */
export function documentOf(body) {
  if (PLAIN.includes(body[0])) return body;
  return inflateRaw(body, { dictionary: DICTIONARY, mostBytes: MOST_BYTES_INFLATED });
}

/**
 * @typedef {{setId: Uint8Array, index: number, total: number, chunk: Uint8Array}} Part
 */

/**
 * One of several codes (section 16).
 * @param {Uint8Array} body that begins with 06
 * @returns {Part}
 * @throws {DprError} qr_part_malformed
 */
export function readPart(body) {
  const [index, total] = [body[9], body[10]];
  if (body.length < 12 || total < 2 || total > 16 || index >= total) refuse("qr_part_malformed");
  return { setId: body.slice(1, 9), index, total, chunk: body.slice(11) };
}
