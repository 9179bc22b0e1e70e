/**
 * Types of fields (docs/format.md section 7): each reads a decoded CBOR value, or refuses.
 *
 * Rules: a record is a fixed set of keys, judged entry by entry in their order; nothing unknown is passed over; what is
 * absent is not in the object. Values are in the form of the JSON form, but bytes stay Uint8Array and keys PublicKey until
 * toJson.
 */

import { toHex } from "./bytes.js";
import { isInteger } from "./cbor.js";
import { WORDING } from "./data.js";
import { refuse } from "./errors.js";
import { IDENTIFIERS } from "./identifiers.js";
import { inflateZlib } from "./inflate.js";
import { PublicKey, readKey } from "./keys.js";
import { readText } from "./text.js";

const MOST_BYTES = 65_536;
const MOST_BYTES_OF_STATUS_LIST = 12_500_000;

/** @typedef {(value: unknown) => any} Type */

/** @param {number} most @param {string} [identifier] @returns {Type} */
export function text(most, identifier) {
  return (value) => {
    const read = readText(value, most);
    if (identifier) IDENTIFIERS[identifier](read);
    return read;
  };
}

/** @param {number} length @param {string} identifier @returns {Type} digits as text */
export function digits(length, identifier) {
  return (value) => {
    if (!isInteger(value) || value < 0) refuse("field_type");
    const read = String(value).padStart(length, "0");
    IDENTIFIERS[identifier](read);
    return read;
  };
}

/** @param {number} least @param {number} most @returns {Type} */
export function integer(least, most) {
  return (value) => {
    if (!isInteger(value)) refuse("field_type");
    return value < least || value > most ? refuse("number_out_of_range") : value;
  };
}

export const instant = integer(946_684_800, 7_258_118_399);

/** @type {Type} */
export const yesNo = (value) => (typeof value === "boolean" ? value : refuse("field_type"));

/** @type {Type} */
export const flag = (value) => value === true || refuse(value === false ? "field_default_written" : "field_type");

/** @param {string} name @returns {Type} */
export function oneOf(name) {
  const names = new Map(WORDING.enumerations[name].map((entry) => [entry.number, entry.name]));
  names.forEach((word, number) => word === "none" && names.delete(number)); // the default is never written
  return (value) => names.get(value) ?? refuse("field_value_unknown");
}

/** @param {number} [length] @returns {Type} */
export function bytes(length) {
  return (value) => {
    if (!(value instanceof Uint8Array) || (length === undefined && value.length > MOST_BYTES)) refuse("field_type");
    return length === undefined || value.length === length ? value.slice() : refuse("field_length");
  };
}

/** @param {number} least @param {number} most @param {Type} type @returns {Type} */
export function list(least, most, type) {
  return (value) => {
    if (!Array.isArray(value)) refuse("field_type");
    if (value.length < least || value.length > most) refuse("list_length");
    return value.map((entry) => type(entry));
  };
}

/** @param {number | string} key @param {Type} type @returns {Type} the value in a map of this one entry */
export function only(key, type) {
  return (value) => (value instanceof Map && value.size === 1 && value.has(key) ? type(value.get(key)) : refuse("field_type"));
}

/** @type {Type} */
export const coseKey = readKey;

/** @type {Type} inflated */
export const zlib = (value) => {
  if (!(value instanceof Uint8Array)) refuse("field_type");
  let inflated;
  try {
    inflated = inflateZlib(value, MOST_BYTES_OF_STATUS_LIST);
  } catch {
    refuse("status_list_malformed");
  }
  return inflated.length > 0 ? inflated : refuse("status_list_malformed");
};

/** @type {Type} */
export const substitution = (value) => (value === true ? { allowed: true } : { allowed: false, reason: readText(value, 120) });

export const required = true;

/**
 * @param {[number | string, string, Type, boolean?][]} fields key, name, type, whether it must be there
 * @returns {Type}
 */
export function record(fields) {
  const known = new Map(fields.map(([key, name, type]) => [key, { name, type }]));
  const needed = fields.filter((field) => field[3]).map((field) => field[1]);
  return (value) => {
    if (!(value instanceof Map)) refuse("field_type");
    const read = {};
    for (const [key, entry] of value) {
      const field = known.get(key) ?? refuse("field_unknown");
      read[field.name] = field.type(entry);
    }
    for (const name of needed) if (!Object.hasOwn(read, name)) refuse("field_missing");
    return read;
  };
}

/**
 * The JSON form of claims.
 * @param {any} value @returns {any}
 */
export function toJson(value) {
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof PublicKey) return toHex(value.encoded());
  if (Array.isArray(value)) return value.map(toJson);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, toJson(entry)]));
}
