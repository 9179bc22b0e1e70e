/**
 * Documents that several keys sign: root, trust list, snapshot, address book (docs/format.md section 5.1, COSE_Sign).
 *
 * Rules: as many keys of a quorum as its threshold must have signed, each counted once; a signature that counts for no key
 * harms nothing, so that old and new keys can sign together; the claims are looked at once one signature counts.
 */

import { equalBytes } from "./bytes.js";
import { decode, MOST_BYTES } from "./cbor.js";
import { message, MOST_WITH_PAYLOAD, readHeaders, signedBytes } from "./cose.js";
import { ADDRESS_BOOK, ALG, ALGORITHMS, exactFrame, KID, readClaims, ROOT, SNAPSHOT, TRUST_LIST, TYP } from "./documents.js";
import { refuse } from "./errors.js";

const TAG = 98;
const MOST_SIGNATURES = 32;
const MOST_BESIDE_PAYLOAD = 8_192;
const MOST_HASHED = 16_777_216;
const NOTHING = new Uint8Array(0);
const TOO_FEW = new Map([
  [ROOT, "root_threshold_not_met"],
  [TRUST_LIST, "trust_list_threshold"],
  [SNAPSHOT, "snapshot_threshold"],
  [ADDRESS_BOOK, "address_book_threshold"],
]);

/** @typedef {{threshold: number, keys: import("./keys.js").PublicKey[]}} Quorum */

/**
 * @param {Uint8Array} bytes @param {string} kind
 * @param {Quorum[]} quorums one; for a root that follows also the held one's
 * @returns {Promise<any>} the claims
 */
export async function openSeveral(bytes, kind, quorums) {
  judgeSize(bytes);
  const read = readMessage(decode(bytes, MOST_WITH_PAYLOAD));
  const counted = await countKeys(read, quorums.flatMap((quorum) => quorum.keys));
  judgeHeaders(read, kind);
  if (counted.size === 0) refuse(TOO_FEW.get(kind));
  const claims = await readClaims(kind, read.payload);
  for (const quorum of quorums) if (!(await isMet(quorum, counted))) refuse(TOO_FEW.get(kind));
  return claims;
}

/** Step 1. */
function judgeSize(bytes) {
  if (bytes.length <= MOST_BYTES) return;
  const frame = exactFrame(bytes, [0xd8, 0x62, 0x84], 1);
  if (!frame || bytes.length - frame.strings[1].length > MOST_BESIDE_PAYLOAD) refuse("document_too_large");
  if (bytes.length > MOST_WITH_PAYLOAD) refuse("cbor_too_large");
}

/**
 * Step 3.
 * @param {unknown} value decoded
 * @returns {{body: Uint8Array, unprotected: Map<any, any>, payload: Uint8Array, signatures: any[]}}
 */
export function readMessage(value) {
  const [body, unprotected, payload, signatures] = message(value, TAG);
  readHeaders(body, unprotected);
  if (payload === null) refuse("cose_detached");
  if (!(payload instanceof Uint8Array) || !Array.isArray(signatures)) refuse("cose_malformed");
  if (signatures.length < 1 || signatures.length > MOST_SIGNATURES) refuse("cose_malformed");
  return { body, unprotected, payload, signatures: signatures.map(readSignature) };
}

function readSignature(entry) {
  if (!Array.isArray(entry) || entry.length !== 3 || !(entry[2] instanceof Uint8Array)) refuse("cose_malformed");
  const [protectedBytes, unprotected, signature] = entry;
  return { protectedBytes, unprotected, signature, header: readHeaders(protectedBytes, unprotected) };
}

/** Step 4: the thumbprints of the keys that signed. */
async function countKeys({ body, payload, signatures }, keys) {
  const counted = new Set();
  let hashed = 0;
  for (const { header, protectedBytes, signature } of signatures) {
    const signed = signedBytes(["Signature", body, protectedBytes, NOTHING, payload]);
    for (const key of keys) {
      const thumbprint = await key.thumbprintHex();
      if (counted.has(thumbprint) || !(await mayMean(header, key))) continue;
      hashed += payload.length;
      if (hashed > MOST_HASHED) refuse("cose_malformed");
      if (await key.verifies(signature, signed)) counted.add(thumbprint);
    }
  }
  return counted;
}

async function mayMean(header, key) {
  if (header.get(ALG) !== key.algorithm || !ALGORITHMS.includes(key.algorithm)) return false;
  if (!header.has(KID)) return true;
  const kid = header.get(KID);
  return kid instanceof Uint8Array && equalBytes(kid, await key.kid());
}

/** Step 5. */
function judgeHeaders({ body, unprotected, signatures }, kind) {
  if (unprotected.size > 0 || signatures.some((entry) => entry.unprotected.size > 0)) refuse("document_unprotected");
  const header = decode(body);
  if (!(header instanceof Map) || header.size !== 1 || !header.has(TYP)) refuse("document_header");
  if (header.get(TYP) !== kind) refuse("document_kind");
  for (const { protectedBytes } of signatures) {
    const own = decode(protectedBytes);
    const hasLabels = own instanceof Map && own.size === 2 && own.has(ALG);
    if (!hasLabels || !(own.get(KID) instanceof Uint8Array)) refuse("document_header");
  }
}

/** Step 8. */
async function isMet({ threshold, keys }, counted) {
  const thumbprints = new Set(await Promise.all(keys.map((key) => key.thumbprintHex())));
  const signers = [...thumbprints].filter((thumbprint) => counted.has(thumbprint));
  return threshold >= 1 && signers.length >= threshold;
}
