/**
 * Reads one CBOR item from front to back (RFC 8949), into plain values.
 *
 * Rules: one pass, faults refused as met; at most 17 levels, so recursion is bounded; a claimed length or count reserves
 * nothing. Strict reading refuses indefinite lengths, lenient reading takes them; what else strict decoding refuses is judged
 * in cbor.js.
 *
 * integer -> number (bigint beyond 2^53), bytes -> Uint8Array (a view), text -> string, array -> Array, map -> Map in its
 * order, tag -> Tagged, float -> Float, other simple values -> Simple, undefined -> undefined.
 */

import { concat, fromUtf8, toHex } from "./bytes.js";
import { refuse } from "./errors.js";

export const MOST_LEVELS_READ = 17;
export const MOST_ITEMS = 16_384;
const MOST_WITH_ANY_KEY = 4_096;
const KNOWN_TAGS = [18, 98];
const BREAK = Symbol("break");

export class Tagged {
  /** @param {number} tag @param {unknown} value */
  constructor(tag, value) {
    this.tag = tag;
    this.value = value;
  }
}

export class Float {
  /** @param {number} value */
  constructor(value) {
    this.value = value;
  }
}

export class Simple {
  /** @param {number} number */
  constructor(number) {
    this.number = number;
  }
}

/** @param {unknown} value @returns {value is number | bigint} */
export function isInteger(value) {
  return typeof value === "number" || typeof value === "bigint";
}

function isContainer(value) {
  return Array.isArray(value) || value instanceof Map || value instanceof Tagged;
}

/** One text for each value, whatever form it was written in: two keys are one where these are equal. */
function identity(value) {
  if (isInteger(value)) return `i${value}`;
  if (typeof value === "string") return `t${value.length}:${value}`;
  if (value instanceof Uint8Array) return `b${toHex(value)}.`;
  if (Array.isArray(value)) return `[${value.map(identity).join(",")}]`;
  if (value instanceof Map) return `{${[...value].map((entry) => entry.map(identity).join("=")).sort().join(",")}}`;
  if (value instanceof Tagged) return `g${value.tag}(${identity(value.value)})`;
  if (value instanceof Float) return `f${Object.is(value.value, -0) ? "-0" : value.value}`;
  if (value instanceof Simple) return `s${value.number}`;
  return String(value);
}

export class Reader {
  /**
   * @param {Uint8Array} bytes
   * @param {{lenient?: boolean, malformed?: string, mostItems?: number}} [how] malformed: the code for what is not
   *   well-formed; mostItems: keys of maps count, too
   */
  constructor(bytes, { lenient = false, malformed = "cbor_malformed", mostItems = MOST_ITEMS } = {}) {
    this.bytes = bytes;
    this.at = 0;
    this.lenient = lenient;
    this.malformed = malformed;
    this.itemsLeft = mostItems;
    this.shortest = true;
  }

  /** @param {number} [levels] that are open around it @returns {unknown} */
  item(levels = 0) {
    const value = this.itemOrBreak(levels);
    return value === BREAK ? refuse(this.malformed) : value;
  }

  itemOrBreak(levels) {
    const first = this.take(1)[0];
    if (this.itemsLeft-- <= 0) refuse("cbor_too_large");
    const major = first >> 5;
    const info = first & 31;
    if (major === 7) return this.simpleOrFloat(info);
    if (info === 31) return this.indefinite(major, levels);
    const argument = this.argument(info);
    if (major === 0) return argument;
    if (major === 1) return argument < Number.MAX_SAFE_INTEGER ? -1 - argument : -1n - BigInt(argument);
    if (major === 2) return this.take(argument);
    if (major === 3) return this.text(this.take(argument));
    return this.container(major, argument, this.deeper(levels));
  }

  container(major, count, levels) {
    if (major === 4) {
      const values = [];
      while (values.length < count) values.push(this.item(levels));
      return values;
    }
    if (major === 5) {
      const map = this.newMap();
      for (let i = 0; i < count; i++) this.entry(map, this.item(levels), levels);
      return map.values;
    }
    const value = this.item(levels);
    if (!KNOWN_TAGS.includes(count)) refuse("cbor_tag");
    return new Tagged(count, value);
  }

  indefinite(major, levels) {
    if (!this.lenient || major < 2 || major === 6) refuse(this.malformed);
    if (major < 4) return this.chunks(major);
    const inner = this.deeper(levels);
    const values = [];
    const map = this.newMap();
    for (let next = this.itemOrBreak(inner); next !== BREAK; next = this.itemOrBreak(inner)) {
      if (major === 4) values.push(next);
      else this.entry(map, next, inner);
    }
    return major === 4 ? values : map.values;
  }

  /** Chunks of an indefinite string are definite strings of its own type, each text valid by itself (RFC 8949 §3.2.3). */
  chunks(major) {
    const pieces = [];
    for (let first = this.take(1)[0]; first !== 0xff; first = this.take(1)[0]) {
      if (first >> 5 !== major || (first & 31) === 31) refuse(this.malformed);
      const piece = this.take(this.argument(first & 31));
      pieces.push(major === 2 ? piece : this.text(piece));
    }
    return major === 2 ? concat(pieces) : pieces.join("");
  }

  newMap() {
    return { values: new Map(), seen: new Set() };
  }

  entry(map, key, levels) {
    // The identity of a key is made again at each level around it, which costs too much in a large input (section 2 step 2).
    if (this.bytes.length > MOST_WITH_ANY_KEY && isContainer(key)) refuse("cbor_type");
    const value = this.item(levels);
    const known = identity(key);
    if (map.seen.has(known)) refuse(this.malformed);
    map.seen.add(known);
    map.values.set(key, value);
  }

  deeper(levels) {
    return levels < MOST_LEVELS_READ ? levels + 1 : refuse("cbor_depth");
  }

  simpleOrFloat(info) {
    if (info < 20) return new Simple(info);
    if (info < 24) return [false, true, null, undefined][info - 20];
    if (info === 24) {
      const number = this.take(1)[0];
      return number < 32 ? refuse(this.malformed) : new Simple(number);
    }
    if (info === 31) return this.lenient ? BREAK : refuse(this.malformed);
    if (info > 27) refuse(this.malformed);
    const bytes = this.take(1 << (info - 24));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return new Float(info === 25 ? half(view.getUint16(0)) : info === 26 ? view.getFloat32(0) : view.getFloat64(0));
  }

  argument(info) {
    if (info < 24) return info;
    if (info > 27) refuse(this.malformed);
    const bytes = this.take(1 << (info - 24));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (info === 27) {
      const value = view.getBigUint64(0);
      if (value < 0x100000000n) this.shortest = false;
      return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
    }
    const value = info === 24 ? bytes[0] : info === 25 ? view.getUint16(0) : view.getUint32(0);
    if (value < [24, 0x100, 0x10000][info - 24]) this.shortest = false;
    return value;
  }

  take(length) {
    if (length > this.bytes.length - this.at) refuse(this.malformed);
    const end = this.at + Number(length);
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  text(bytes) {
    return fromUtf8(bytes) ?? refuse(this.malformed);
  }
}

/** RFC 8949 appendix D. */
function half(bits) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  let size = (1024 + fraction) * 2 ** (exponent - 25);
  if (exponent === 0) size = fraction * 2 ** -24;
  if (exponent === 31) size = fraction === 0 ? Infinity : NaN;
  return bits >> 15 ? -size : size;
}
