/**
 * Huffman codes of DEFLATE (RFC 1951 §3.2.2), as a table that is asked with the next bits.
 *
 * Rules: an over-subscribed or incomplete set of codes is refused, but for a single code of one bit and, for distances, none
 * at all: what these leave without a code is refused when it is met.
 */

import { refuse } from "./errors.js";

const NO_CODE = 0xffff;

/**
 * @typedef {{bits: number, entries: Uint16Array}} Codes an entry is symbol·16 + length
 */

/**
 * @param {Uint8Array} lengths of the code of each symbol, 0 to 15
 * @param {boolean} [mayBeIncomplete]
 * @returns {Codes}
 */
export function makeCodes(lengths, mayBeIncomplete = false) {
  const count = new Uint16Array(16);
  for (const length of lengths) if (length > 0) count[length]++;
  let bits = 15;
  while (bits > 1 && count[bits] === 0) bits--;
  let left = 1;
  for (let length = 1; length <= bits; length++) left = 2 * left - count[length];
  if (left < 0 || (left > 0 && !(mayBeIncomplete && bits === 1))) refuse("qr_damaged");
  return { bits, entries: fill(lengths, count, bits) };
}

function fill(lengths, count, bits) {
  const next = new Uint16Array(17);
  for (let length = 1; length <= 15; length++) next[length + 1] = (next[length] + count[length]) << 1;
  const entries = new Uint16Array(1 << bits).fill(NO_CODE);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol];
    if (length === 0) continue;
    for (let at = reverse(next[length]++, length); at < entries.length; at += 1 << length) entries[at] = (symbol << 4) | length;
  }
  return entries;
}

function reverse(code, length) {
  let reversed = 0;
  for (let i = 0; i < length; i++) reversed |= ((code >> i) & 1) << (length - 1 - i);
  return reversed;
}

/**
 * The entry for the next bits.
 * @param {Codes} codes @param {number} buffer the next bits, the first lowest @param {number} held how many there are
 * @returns {number} an entry, or −1 where more bits are needed
 */
export function lookUp(codes, buffer, held) {
  const entry = codes.entries[buffer & (codes.entries.length - 1)];
  if (entry === NO_CODE) return held >= 1 ? refuse("qr_damaged") : -1;
  return (entry & 15) <= held ? entry : -1;
}
