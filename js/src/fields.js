/**
 * Types of fields (docs/format.md section 7): each reads a decoded CBOR value, or refuses.
 *
 * Rules: a record is a fixed set of keys, judged entry by entry in their order; nothing unknown is passed over, but where a
 * record is extensible or a list is one of what is known (section 18); what is absent is not in the object. Values are in the
 * form of the JSON form, but bytes stay Uint8Array, keys PublicKey and names a Map until toJson.
 */

import { toHex } from "./bytes.js";
import { isInteger } from "./cbor.js";
import { WORDING } from "./data.js";
import { DprError, refuse } from "./errors.js";
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

/** @param {string} name @returns {Type} as oneOf; a number that it may get is of a later version */
export function oneOfOrLater(name) {
  const known = oneOf(name);
  const numbers = new Set(WORDING.enumerations[name].map((entry) => entry.number));
  return (value) => (isInteger(value) && value >= 0 && !numbers.has(value) ? refuse("later_version") : known(value));
}

/** @param {number} [length] @param {number} [most] where there is no length @returns {Type} */
export function bytes(length, most = MOST_BYTES) {
  return (value) => {
    if (!(value instanceof Uint8Array) || (length === undefined && value.length > most)) refuse("field_type");
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

/**
 * A list without the entries of a later version; where none is left, an optional field is absent and a required one empty.
 * How many were left out is its `leftOut`.
 * @param {number} least @param {number} most of all that stand there @param {Type} type
 * @returns {Type}
 */
export function listOfKnown(least, most, type) {
  const read = list(least, most, (value) => {
    try {
      return { entry: type(value) };
    } catch (error) {
      if (error instanceof DprError && error.code === "later_version") return null;
      throw error;
    }
  });
  return (value) => {
    const all = read(value);
    const known = all.filter((each) => each !== null).map((each) => each.entry);
    return Object.defineProperty(known, "leftOut", { value: all.length - known.length });
  };
}

/** @param {number} most @param {Type} type @returns {Type} as listOfKnown; where nothing is known it is of a later version */
export function atLeastOneKnown(most, type) {
  const read = listOfKnown(1, most, type);
  return (value) => {
    const known = read(value);
    return known.length > 0 ? known : refuse("later_version");
  };
}

/** @param {number} least @param {number} most @param {Type} name @param {Type} number @returns {Type} a Map */
export function names(least, most, name, number) {
  return (value) => {
    if (!(value instanceof Map)) refuse("field_type");
    if (value.size < least || value.size > most) refuse("list_length");
    return new Map([...value].map(([key, entry]) => [name(key), number(entry)]));
  };
}

/** @param {number | string} key @param {Type} type @returns {Type} the value in a map of this one entry */
export function only(key, type) {
  return (value) => (value instanceof Map && value.size === 1 && value.has(key) ? type(value.get(key)) : refuse("field_type"));
}

/** @type {Type} */
export const coseKey = readKey;

/** @param {number} most @returns {Type} COSE_Keys; those of an unknown type are left out */
export function knownKeys(most) {
  return atLeastOneKnown(most, (value) => {
    try {
      return readKey(value);
    } catch (error) {
      throw error instanceof DprError && error.code === "key_unsupported" ? new DprError("later_version") : error;
    }
  });
}

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
const isEmpty = (value) => Array.isArray(value) && value.length === 0; // all of it was left out

/**
 * @param {[number | string, string, Type, boolean?][]} fields key, name, type, whether it must be there
 * @param {(key: unknown) => void} [meet] what is done about an unknown key
 * @returns {Type}
 */
export function record(fields, meet = () => refuse("field_unknown")) {
  const known = new Map(fields.map(([key, name, type, mustBe]) => [key, { name, type, mustBe }]));
  const needed = fields.filter((field) => field[3]).map((field) => field[1]);
  return (value) => {
    if (!(value instanceof Map)) refuse("field_type");
    const read = {};
    for (const [key, entry] of value) {
      const field = known.get(key);
      const inner = field ? field.type(entry) : meet(key);
      if (field && (field.mustBe || !isEmpty(inner))) read[field.name] = inner;
    }
    for (const name of needed) if (!Object.hasOwn(read, name)) refuse("field_missing");
    return read;
  };
}

/** @param {Parameters<typeof record>[0]} fields @returns {Type} a record that a later version may add information to */
export function extensible(fields) {
  return record(fields, (key) => (isInteger(key) && key < 0 ? undefined : refuse("later_version")));
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
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([name, entry]) => [name, toJson(entry)]));
}
