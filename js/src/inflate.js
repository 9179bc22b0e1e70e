/**
 * Raw DEFLATE (RFC 1951) and zlib (RFC 1950), into memory, with a preset dictionary and a cap on what comes out.
 *
 * Rules: stops at the cap, before more is written; memory grows with what was really inflated. Ends with qr_damaged (no
 * DEFLATE, or bytes after it), qr_too_long (over the cap) or qr_cut_off (no end).
 *
 *     inflateRaw(body, { dictionary, mostBytes: 16384 })
 */

import { refuse } from "./errors.js";
import { lookUp, makeCodes } from "./huffman.js";

const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = Array.from({ length: 30 }, (_, code) =>
  code < 4 ? code + 1 : 1 + ((2 + (code & 1)) << ((code >> 1) - 1)),
);
const LENGTHS_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const FIXED_LENGTHS = new Uint8Array(288).fill(8).fill(9, 144, 256).fill(7, 256, 280);
const FIXED = { literals: makeCodes(FIXED_LENGTHS), distances: makeCodes(new Uint8Array(32).fill(5)) };
const END_OF_BLOCK = 256;

class Inflater {
  constructor(bytes, dictionary, mostBytes) {
    this.bytes = bytes;
    this.at = 0;
    this.buffer = 0;
    this.held = 0;
    this.end = dictionary.length + mostBytes;
    this.out = new Uint8Array(Math.min(this.end, dictionary.length + 4 * bytes.length + 1024));
    this.out.set(dictionary);
    this.start = this.size = dictionary.length;
  }

  run() {
    for (let last = false; !last; ) {
      last = this.bits(1) === 1;
      const type = this.bits(2);
      if (type === 0) this.stored();
      else if (type === 1) this.compressed(FIXED);
      else if (type === 2) this.compressed(this.dynamic());
      else refuse("qr_damaged");
    }
    return this.out.subarray(this.start, this.size);
  }

  /** At most 16 bits. */
  bits(count) {
    while (this.held < count) this.more();
    const value = this.buffer & ((1 << count) - 1);
    this.buffer >>>= count;
    this.held -= count;
    return value;
  }

  more() {
    if (this.at >= this.bytes.length) refuse("qr_cut_off");
    this.buffer |= this.bytes[this.at++] << this.held;
    this.held += 8;
  }

  symbol(codes) {
    let entry = lookUp(codes, this.buffer, this.held);
    for (; entry < 0; entry = lookUp(codes, this.buffer, this.held)) this.more();
    this.buffer >>>= entry & 15;
    this.held -= entry & 15;
    return entry >> 4;
  }

  reserve(length) {
    if (this.size + length > this.end) refuse("qr_too_long");
    if (this.size + length <= this.out.length) return;
    const grown = new Uint8Array(Math.min(this.end, 2 * this.out.length + length));
    grown.set(this.out.subarray(0, this.size));
    this.out = grown;
  }

  stored() {
    this.buffer = this.held = 0;
    const length = this.bits(16);
    if (this.bits(16) !== (length ^ 0xffff)) refuse("qr_damaged");
    const taken = this.bytes.subarray(this.at, this.at + length);
    this.reserve(taken.length);
    this.out.set(taken, this.size);
    this.at += taken.length;
    this.size += taken.length;
    if (taken.length < length) refuse("qr_cut_off");
  }

  dynamic() {
    const [literals, distances, given] = [this.bits(5) + 257, this.bits(5) + 1, this.bits(4) + 4];
    if (literals > 286 || distances > 30) refuse("qr_damaged");
    const order = new Uint8Array(19);
    for (let at = 0; at < given; at++) order[LENGTHS_ORDER[at]] = this.bits(3);
    const lengths = this.codeLengths(makeCodes(order), literals + distances);
    if (lengths[END_OF_BLOCK] === 0) refuse("qr_damaged");
    return { literals: makeCodes(lengths.subarray(0, literals), true), distances: makeCodes(lengths.subarray(literals), true) };
  }

  codeLengths(codes, total) {
    const lengths = new Uint8Array(total);
    for (let filled = 0; filled < total; ) {
      const symbol = this.symbol(codes);
      if (symbol < 16) {
        lengths[filled++] = symbol;
        continue;
      }
      const repeat = symbol === 16 ? 3 + this.bits(2) : symbol === 17 ? 3 + this.bits(3) : 11 + this.bits(7);
      if ((symbol === 16 && filled === 0) || filled + repeat > total) refuse("qr_damaged");
      lengths.fill(symbol === 16 ? lengths[filled - 1] : 0, filled, filled + repeat);
      filled += repeat;
    }
    return lengths;
  }

  compressed({ literals, distances }) {
    for (;;) {
      const symbol = this.symbol(literals);
      if (symbol < END_OF_BLOCK) {
        this.reserve(1);
        this.out[this.size++] = symbol;
      } else if (symbol === END_OF_BLOCK) return;
      else this.match(symbol - 257, distances);
    }
  }

  match(code, distances) {
    if (code >= LENGTH_BASE.length) refuse("qr_damaged");
    const length = LENGTH_BASE[code] + this.bits(LENGTH_EXTRA[code]);
    const distanceCode = this.symbol(distances);
    if (distanceCode >= DISTANCE_BASE.length) refuse("qr_damaged");
    const distance = DISTANCE_BASE[distanceCode] + this.bits(Math.max(0, (distanceCode >> 1) - 1));
    if (distance > this.size) refuse("qr_damaged");
    this.reserve(length);
    if (distance >= length) this.out.copyWithin(this.size, this.size - distance, this.size - distance + length);
    else if (distance === 1) this.out.fill(this.out[this.size - 1], this.size, this.size + length);
    else for (let i = this.size; i < this.size + length; i++) this.out[i] = this.out[i - distance];
    this.size += length;
  }
}

/**
 * @param {Uint8Array} bytes the whole stream
 * @param {{dictionary?: Uint8Array, mostBytes: number}} options
 * @returns {Uint8Array}
 * @throws {DprError} qr_damaged, qr_too_long, qr_cut_off
 */
export function inflateRaw(bytes, { dictionary = new Uint8Array(0), mostBytes }) {
  const inflater = new Inflater(bytes, dictionary, mostBytes);
  const inflated = inflater.run();
  return inflater.at === bytes.length ? inflated : refuse("qr_damaged");
}

/**
 * zlib: complete, its checksum right, nothing after it.
 * @param {Uint8Array} bytes @param {number} mostBytes
 * @returns {Uint8Array}
 * @throws {DprError} qr_damaged, qr_too_long, qr_cut_off
 */
export function inflateZlib(bytes, mostBytes) {
  if (bytes.length < 6) refuse("qr_cut_off");
  const [method, flags] = bytes;
  if ((method & 15) !== 8 || method >> 4 > 7 || ((method << 8) | flags) % 31 !== 0 || flags & 32) refuse("qr_damaged");
  const inflated = inflateRaw(bytes.subarray(2, -4), { mostBytes });
  const checksum = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0);
  return checksum === adler32(inflated) ? inflated : refuse("qr_damaged");
}

function adler32(bytes) {
  let a = 1;
  let b = 0;
  for (let at = 0; at < bytes.length; ) {
    // 3,800 steps keep b below 2^31 (RFC 1950 §8.2 allows 5,552 for 32 bits without a sign).
    for (const end = Math.min(at + 3800, bytes.length); at < end; at++) b += a += bytes[at];
    a %= 65521;
    b %= 65521;
  }
  return b * 65536 + a;
}
