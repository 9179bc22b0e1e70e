/**
 * Opening a trust list under an anchor (docs/format.md section 5).
 *
 * Rules: as many keys of the anchor as its threshold must have signed, each counted once; a signature that counts for no key
 * harms nothing; environments never mix.
 */

import { equalBytes } from "./bytes.js";
import { decode, MOST_BYTES } from "./cbor.js";
import { refuseDemoKeys } from "./chain.js";
import { judgeTrustList } from "./claims.js";
import { message, MOST_WITH_PAYLOAD, readHeaders, signedBytes } from "./cose.js";
import { ALG, exactFrame, KID, TRUST_LIST, TYP } from "./documents.js";
import { refuse } from "./errors.js";
import { trustList } from "./records.js";

const TAG = 98;
const MOST_SIGNATURES = 32;
const MOST_BESIDE_PAYLOAD = 8_192;
const MOST_HASHED = 16_777_216;
const NOTHING = new Uint8Array(0);

/**
 * @typedef {"test" | "production"} Environment
 * @typedef {{authority: string, environment: Environment, threshold: number, keys: import("./keys.js").PublicKey[]}} Anchor
 */

/**
 * @param {Uint8Array} bytes @param {Anchor} anchor
 * @returns {Promise<any>} the claims
 */
export async function openTrustList(bytes, anchor) {
  judgeSize(bytes);
  const list = readMessage(decode(bytes, MOST_WITH_PAYLOAD));
  const counted = await countKeys(list, anchor);
  judgeHeaders(list);
  if (anchor.threshold < 1 || counted < anchor.threshold) refuse("trust_list_threshold");
  const claims = trustList(decode(list.payload, list.payload.length, Infinity));
  await judgeTrustList(claims);
  if (claims.content.environment !== anchor.environment) refuse("trust_list_environment");
  if (claims.authority !== anchor.authority) refuse("trust_list_authority");
  if (anchor.environment === "production") await refuseDemoKeys(claims.content.issuers.flatMap((issuer) => issuer.keys));
  return claims;
}

/** Step 1. */
function judgeSize(bytes) {
  if (bytes.length <= MOST_BYTES) return;
  const frame = exactFrame(bytes, [0xd8, 0x62, 0x84], 1);
  if (!frame || bytes.length - frame.strings[1].length > MOST_BESIDE_PAYLOAD) refuse("document_too_large");
  if (bytes.length > MOST_WITH_PAYLOAD) refuse("cbor_too_large");
}

/** Step 3. */
function readMessage(value) {
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

/** Step 4: how many keys of the anchor signed. */
async function countKeys(list, anchor) {
  const counted = new Set();
  let hashed = 0;
  for (const { header, protectedBytes, signature } of list.signatures) {
    const signed = signedBytes(["Signature", list.body, protectedBytes, NOTHING, list.payload]);
    for (const key of anchor.keys) {
      const thumbprint = await key.thumbprintHex();
      if (counted.has(thumbprint) || header.get(ALG) !== key.algorithm || !(await mayMean(header, key))) continue;
      hashed += list.payload.length;
      if (hashed > MOST_HASHED) refuse("cose_malformed");
      if (await key.verifies(signature, signed)) counted.add(thumbprint);
    }
  }
  return counted.size;
}

async function mayMean(header, key) {
  if (!header.has(KID)) return true;
  const kid = header.get(KID);
  return kid instanceof Uint8Array && equalBytes(kid, await key.kid());
}

/** Step 5. */
function judgeHeaders({ body, unprotected, signatures }) {
  if (unprotected.size > 0 || signatures.some((entry) => entry.unprotected.size > 0)) refuse("document_unprotected");
  const header = decode(body);
  if (!(header instanceof Map) || header.size !== 1 || header.get(TYP) !== TRUST_LIST) refuse("document_header");
  for (const { protectedBytes } of signatures) {
    const own = decode(protectedBytes);
    const hasLabels = own instanceof Map && own.size === 2 && own.has(ALG);
    if (!hasLabels || !(own.get(KID) instanceof Uint8Array)) refuse("document_header");
  }
}
