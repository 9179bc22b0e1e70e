/**
 * COSE_Sign1 as other people write it, and the parts that a COSE_Sign shares with it (docs/format.md section 6, RFC 9052).
 *
 * Rules: lenient about encoding, strict about meaning; the order of section 6. No dpr document is judged by verify1.
 */

import { decodeLenient, encode, isInteger, MOST_BYTES, Tagged } from "./cbor.js";
import { Reader } from "./cbor_read.js";
import { refuse } from "./errors.js";

const [ALG, CRIT] = [1, 2];
export const MOST_WITH_PAYLOAD = 4_194_304;
const UNDERSTOOD = [1, 2, 3, 4, 13, 15, 16];
const NOTHING = new Uint8Array(0);

/**
 * Verifies a COSE_Sign1.
 * @param {Uint8Array} bytes
 * @param {import("./keys.js").PublicKey} key
 * @param {Uint8Array} [externalAad]
 * @returns {Promise<Uint8Array>} the payload
 */
export async function verify1(bytes, key, externalAad = NOTHING) {
  const [protectedBytes, unprotected, payload, signature] = message(decodeLenient(bytes, mostOf(bytes)), 18);
  const header = readHeaders(protectedBytes, unprotected);
  if (payload === null) refuse("cose_detached");
  if (!(payload instanceof Uint8Array) || !(signature instanceof Uint8Array)) refuse("cose_malformed");
  if (header.get(ALG) !== key.algorithm) refuse("cose_algorithm");
  const signed = signedBytes(["Signature1", protectedBytes, externalAad, payload]);
  return (await key.verifies(signature, signed)) ? payload : refuse("signature_invalid");
}

/** A large payload is one byte string that costs no decoding; what stands beside it keeps the cap. */
function mostOf(bytes) {
  if (bytes.length <= MOST_BYTES || bytes[0] !== 0xd2 || bytes[1] !== 0x84) return MOST_BYTES;
  const beside = new Reader(bytes.subarray(2, 2 + MOST_BYTES), { lenient: true, malformed: "cbor_too_large" });
  beside.item(2);
  beside.item(2);
  const payload = new Reader(bytes.subarray(2 + beside.at), { lenient: true, malformed: "cbor_too_large" });
  const value = bytes[2 + beside.at] >> 5 === 2 ? payload.item(2) : refuse("cbor_too_large");
  return bytes.length - value.length > MOST_BYTES ? MOST_BYTES : MOST_WITH_PAYLOAD;
}

/**
 * The four parts of a tagged COSE message.
 * @param {unknown} value @param {number} tag
 * @returns {unknown[]}
 */
export function message(value, tag) {
  if (!(value instanceof Tagged) || value.tag !== tag) refuse("cose_tag");
  return Array.isArray(value.value) && value.value.length === 4 ? value.value : refuse("cose_malformed");
}

/**
 * Both headers of a message or of a signature (section 6 steps 3 to 5).
 * @param {unknown} protectedBytes @param {unknown} unprotected
 * @returns {Map<unknown, unknown>} the protected header
 */
export function readHeaders(protectedBytes, unprotected) {
  if (!(protectedBytes instanceof Uint8Array) || !(unprotected instanceof Map)) refuse("cose_malformed");
  const header = protectedBytes.length === 0 ? new Map() : decodeLenient(protectedBytes);
  if (!(header instanceof Map)) refuse("cose_malformed");
  for (const label of [...header.keys(), ...unprotected.keys()]) {
    if (!isInteger(label) && typeof label !== "string") refuse("cose_header");
  }
  for (const label of unprotected.keys()) if (header.has(label)) refuse("cose_header");
  if (unprotected.has(ALG) || unprotected.has(CRIT)) refuse("cose_header");
  if (header.has(CRIT)) readCrit(header, header.get(CRIT));
  return header;
}

function readCrit(header, crit) {
  if (!Array.isArray(crit) || crit.length === 0) refuse("cose_crit");
  for (const label of crit) if (!UNDERSTOOD.includes(label) || !header.has(label)) refuse("cose_crit");
}

/**
 * A Sig_structure (RFC 9052 §4.4), encoded.
 * @param {unknown[]} structure context, protected headers, external_aad, payload
 * @returns {Uint8Array}
 */
export function signedBytes(structure) {
  return encode(structure);
}
