/**
 * Huffman codes of DEFLATE (RFC 1951 §3.2.2): a table for short codes that is asked with the next bits, counting for long ones.
 *
 * Rules: making a set of codes is cheap, since one document can have hundreds; an over-subscribed or incomplete set is refused,
 * but for a single code of one bit and, for distances, none at all: what these leave without a code is refused when it is met.
 */

import { refuse } from "./errors.js";

const NO_CODE = 0xffff;
const MOST_BITS_IN_TABLE = 9;
const [NEXT, PLACE] = [new Uint16Array(17), new Uint16Array(17)]; // of each length: its next code and place

/**
 * @typedef {{bits: number, entries: Uint16Array, count: Uint16Array, symbols: Uint16Array}} Codes an entry is
 *   symbol·16 + length; count: of each length; symbols: in the order of their codes
 */

/**
 * @param {Uint8Array} lengths of the code of each symbol, 0 to 15
 * @param {boolean} [mayBeIncomplete]
 * @returns {Codes}
 */
export function makeCodes(lengths, mayBeIncomplete = false) {
  const count = new Uint16Array(16);
  for (let symbol = 0; symbol < lengths.length; symbol++) count[lengths[symbol]]++;
  count[0] = 0;
  let bits = 15;
  while (bits > 1 && count[bits] === 0) bits--;
  let left = 1;
  for (let length = 1; length <= bits; length++) left = 2 * left - count[length];
  if (left < 0 || (left > 0 && !(mayBeIncomplete && bits === 1))) refuse("qr_damaged");
  return { bits, ...fill(lengths, count, Math.min(bits, MOST_BITS_IN_TABLE)), count };
}

function fill(lengths, count, bits) {
  NEXT[1] = PLACE[1] = 0;
  for (let length = 1; length <= 15; length++) {
    NEXT[length + 1] = (NEXT[length] + count[length]) << 1;
    PLACE[length + 1] = PLACE[length] + count[length];
  }
  const entries = new Uint16Array(1 << bits).fill(NO_CODE);
  const symbols = new Uint16Array(lengths.length);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol];
    if (length === 0) continue;
    symbols[PLACE[length]++] = symbol;
    if (length > bits) continue;
    for (let at = reverse(NEXT[length]++, length); at < entries.length; at += 1 << length) entries[at] = (symbol << 4) | length;
  }
  return { entries, symbols };
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
  if (entry !== NO_CODE) return (entry & 15) <= held ? entry : -1;
  if (codes.bits > MOST_BITS_IN_TABLE) return counted(codes, buffer, held);
  return held >= 1 ? refuse("qr_damaged") : -1;
}

/** Codes of one length are consecutive numbers, and the first of them follows from how many shorter ones there are. */
function counted({ count, symbols }, buffer, held) {
  let first = 0;
  let place = 0;
  for (let length = 1, code = 0; length <= held; length++) {
    code = (code << 1) | ((buffer >> (length - 1)) & 1);
    if (code - first < count[length]) return (symbols[place + code - first] << 4) | length;
    place += count[length];
    first = (first + count[length]) << 1;
  }
  return -1;
}
