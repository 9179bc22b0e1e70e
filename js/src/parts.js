/**
 * Several QR codes of one document (docs/format.md section 16).
 *
 * Rules: parts of several documents may lie on one table, in any order, some read twice; a text that is refused changes
 * nothing of what was read before; at most 8 sets that lack parts, 64 documents and 72 sets in all are held.
 *
 *     const parts = new Parts();
 *     for (const text of texts) if (await parts.add(text)) …  // a document, when its last part is there
 *     parts.missing();                                         // [{ numbers: [2], total: 3 }]
 */

import { concat, equalBytes, sha256, toHex } from "./bytes.js";
import { refuse } from "./errors.js";
import { bodyOf, documentOf, MOST_BYTES_INFLATED, PART, readPart } from "./qr.js";

const MOST_UNFINISHED = 8;
const MOST_DOCUMENTS = 64;
const MOST_SETS = MOST_UNFINISHED + MOST_DOCUMENTS; // one document can be cut up in ways without end

/** @typedef {{total: number, chunks: Map<number, Uint8Array>}} PartSet */

export class Parts {
  constructor() {
    /** @type {Map<string, PartSet>} by set id in hexadecimal */
    this.sets = new Map();
    /** @type {Uint8Array[]} each once, in the order completed */
    this.documents = [];
  }

  /**
   * Takes one QR text, of a part or of a whole document.
   * @param {string} text
   * @returns {Promise<Uint8Array | null>} a document that was not there before, where this text makes one whole
   * @throws {DprError} qr_…
   */
  async add(text) {
    const body = bodyOf(text);
    if (body[0] !== PART) return this.take(documentOf(body));
    const part = readPart(body);
    const known = this.sets.get(toHex(part.setId)) ?? { total: part.total, chunks: new Map() };
    check(known, part);
    if (known.chunks.has(part.index)) return null;
    const set = { total: part.total, chunks: new Map([...known.chunks, [part.index, part.chunk]]) };
    if (set.chunks.size < set.total) return this.keep(part, set);
    const document = this.take(await join(set, part.setId));
    this.keep(part, set);
    return document;
  }

  keep(part, set) {
    const key = toHex(part.setId);
    const isFull = this.sets.size >= MOST_SETS || this.unfinished().length >= MOST_UNFINISHED;
    if (isFull && !this.sets.has(key)) refuse("qr_too_many");
    this.sets.set(key, set);
    return null;
  }

  take(document) {
    if (this.documents.some((known) => equalBytes(known, document))) return null;
    if (this.documents.length >= MOST_DOCUMENTS) refuse("qr_too_many");
    this.documents.push(document);
    return document;
  }

  unfinished() {
    return [...this.sets.values()].filter((set) => set.chunks.size < set.total);
  }

  /** @returns {{numbers: number[], total: number}[]} for each unfinished set the parts not yet read; 1 is the first */
  missing() {
    return this.unfinished().map(({ total, chunks }) => ({
      numbers: Array.from({ length: total }, (_, index) => index + 1).filter((number) => !chunks.has(number - 1)),
      total,
    }));
  }

  /** Begins the sets that lack parts anew: a chunk that was misread would keep its set from ever being whole. */
  restart() {
    for (const [key, set] of this.sets) if (set.chunks.size < set.total) this.sets.delete(key);
  }
}

/** Section 16 step 3. */
function check(set, part) {
  const last = part.total - 1;
  const known = set.chunks.get(part.index);
  if (part.total !== set.total || (known && !equalBytes(known, part.chunk))) refuse("qr_parts_differ");
  for (const [index, chunk] of set.chunks) {
    const [mine, other] = [part.chunk.length, chunk.length];
    const fits = part.index === last ? mine <= other : index === last ? mine >= other : mine === other;
    if (index !== part.index && !fits) refuse("qr_parts_differ");
  }
  const size = [...set.chunks.values()].reduce((sum, chunk) => sum + chunk.length, 0);
  if (!known && size + part.chunk.length > MOST_BYTES_INFLATED) refuse("qr_too_long");
}

/** Section 16 step 4. */
async function join(set, setId) {
  const body = concat([...set.chunks].sort((a, b) => a[0] - b[0]).map(([, chunk]) => chunk));
  if (!equalBytes((await sha256(body)).subarray(0, 8), setId)) refuse("qr_parts_damaged");
  return documentOf(body[0] === PART ? refuse("qr_part_malformed") : body);
}

/**
 * Every document in a list of texts, in the order completed; one that is there twice once.
 * @param {string[]} texts
 * @returns {Promise<Uint8Array[]>}
 * @throws {DprError} qr_…; qr_part_missing where a set is not whole
 */
export async function fromTexts(texts) {
  const parts = new Parts();
  for (const text of texts) await parts.add(text);
  const [missing] = parts.missing();
  return missing ? refuse("qr_part_missing", missing) : parts.documents;
}
