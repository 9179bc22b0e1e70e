/**
 * CBOR as documents have it: one value, one encoding (docs/format.md section 2), and lenient reading for section 6.
 *
 * Rules: strict decoding reads the whole item first (what is not well-formed), then walks it from the outside in (types,
 * order of keys, depth), then asks for the shortest form and the end, in this order. The writer writes only what strict
 * decoding reads.
 *
 *     decode(Uint8Array.of(0xa1, 0x01, 0x02)) -> Map {1 => 2}
 */

import { compareBytes, concat, toUtf8 } from "./bytes.js";
import { Float, isInteger, MOST_ITEMS, Reader, Simple, Tagged } from "./cbor_read.js";
import { refuse } from "./errors.js";

export { isInteger, Tagged } from "./cbor_read.js";

export const MOST_BYTES = 65_536;
const MOST_LEVELS = 16;

/**
 * Strict decoding.
 * @param {Uint8Array} bytes
 * @param {number} [mostBytes] @param {number} [mostItems]
 * @returns {unknown} number, bigint, Uint8Array, string, Array, Map, Tagged, boolean or null
 * @throws {DprError} cbor_too_large, cbor_malformed, cbor_tag, cbor_depth, cbor_type, cbor_key_order, cbor_trailing_bytes,
 *   cbor_not_deterministic
 */
export function decode(bytes, mostBytes = MOST_BYTES, mostItems = MOST_ITEMS) {
  if (bytes.length > mostBytes) refuse("cbor_too_large");
  const reader = new Reader(bytes, { mostItems });
  const value = reader.item();
  walk(value, 0);
  if (!reader.shortest) refuse("cbor_not_deterministic");
  if (reader.at < bytes.length) refuse("cbor_trailing_bytes");
  return value;
}

/**
 * Lenient decoding, for COSE as other people write it (section 6 step 2).
 * @param {Uint8Array} bytes
 * @param {number} [mostBytes]
 * @returns {unknown} as decode; also undefined, Float and Simple
 * @throws {DprError} cbor_too_large, cose_malformed, cbor_tag, cbor_depth, cbor_trailing_bytes
 */
export function decodeLenient(bytes, mostBytes = MOST_BYTES) {
  if (bytes.length > mostBytes) refuse("cbor_too_large");
  const reader = new Reader(bytes, { lenient: true, malformed: "cose_malformed" });
  const value = reader.item();
  if (reader.at < bytes.length) refuse("cbor_trailing_bytes");
  return value;
}

function walk(value, levels) {
  if (value === undefined || value instanceof Float || value instanceof Simple) refuse("cbor_type");
  if (Array.isArray(value)) for (const entry of inside(value, levels)) walk(entry, levels + 1);
  else if (value instanceof Tagged) walk(inside(value, levels).value, levels + 1);
  else if (value instanceof Map) walkMap(inside(value, levels), levels + 1);
}

function walkMap(map, levels) {
  let last;
  for (const key of map.keys()) {
    if (!isInteger(key) && typeof key !== "string") refuse("cbor_type");
    if (last !== undefined && compareKeys(last, key) >= 0) refuse("cbor_key_order");
    last = key;
  }
  for (const entry of map.values()) walk(entry, levels);
}

function inside(value, levels) {
  return levels < MOST_LEVELS ? value : refuse("cbor_depth");
}

/** By the bytes of their encodings: 0, 1, ..., -1, -2, ..., then texts, shorter ones first. */
function compareKeys(a, b) {
  if (isInteger(a) !== isInteger(b)) return isInteger(a) ? -1 : 1;
  if (!isInteger(a)) {
    const [left, right] = [toUtf8(a), toUtf8(b)];
    return left.length - right.length || compareBytes(left, right);
  }
  if (a < 0 !== b < 0) return a < 0 ? 1 : -1;
  return (a < b ? -1 : a > b ? 1 : 0) * (a < 0 ? -1 : 1);
}

/**
 * Deterministic encoding (RFC 8949 §4.2.1).
 * @param {unknown} value as decode returns it
 * @returns {Uint8Array}
 */
export function encode(value) {
  const pieces = [];
  write(value, pieces);
  return concat(pieces);
}

function write(value, pieces) {
  if (isInteger(value)) pieces.push(value < 0 ? head(1, -1n - BigInt(value)) : head(0, value));
  else if (value instanceof Uint8Array) pieces.push(head(2, value.length), value);
  else if (typeof value === "string") {
    const bytes = toUtf8(value);
    pieces.push(head(3, bytes.length), bytes);
  } else if (Array.isArray(value)) {
    pieces.push(head(4, value.length));
    for (const entry of value) write(entry, pieces);
  } else if (value instanceof Map) {
    pieces.push(head(5, value.size));
    for (const entry of [...value].sort((a, b) => compareKeys(a[0], b[0]))) for (const part of entry) write(part, pieces);
  } else if (value instanceof Tagged) {
    pieces.push(head(6, value.tag));
    write(value.value, pieces);
  } else pieces.push(Uint8Array.of(value === null ? 0xf6 : value ? 0xf5 : 0xf4));
}

function head(major, argument) {
  const type = major << 5;
  if (argument < 24) return Uint8Array.of(type | Number(argument));
  const size = argument < 0x100 ? 0 : argument < 0x10000 ? 1 : argument < 0x100000000 ? 2 : 3;
  const bytes = new Uint8Array(1 + (1 << size));
  bytes[0] = type | (24 + size);
  let rest = BigInt(argument);
  for (let i = bytes.length - 1; i > 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}
