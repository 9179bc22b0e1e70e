/**
 * Signed documents: the frame, the header, the signature, the claims (docs/format.md section 4).
 *
 * Rules: caps, then the frame, then the header, then who may have signed, then the signature; nothing of the payload is used
 * before it. Faults of openSigned are of the document, faults of readClaims are of what was signed. What the authority signs
 * is a COSE_Sign and opened in several.js.
 */

import { decode, isInteger, MOST_BYTES, Tagged } from "./cbor.js";
import { Reader } from "./cbor_read.js";
import { judgeAddressBook, judgeLife, judgeMailKey, judgeReceipt, judgeToken } from "./claims_of_mail.js";
import { judgeCredential, judgeDispensing, judgeRevocations, judgeRoot, judgeSnapshot, judgeTrustList } from "./claims.js";
import { MOST_WITH_PAYLOAD, signedBytes } from "./cose.js";
import { refuse } from "./errors.js";
import * as records from "./records.js";
import * as recordsOfAuthority from "./records_of_authority.js";
import * as recordsOfMail from "./records_of_mail.js";

export const [ALG, KID, KCWT, TYP] = [1, 4, 13, 16];
export const ROOT = "dpr-root";
export const TRUST_LIST = "dpr-trust-list";
export const SNAPSHOT = "dpr-snapshot";
export const CREDENTIAL = "dpr-credential";
export const STATUS_LIST = "application/statuslist+cwt";
export const REVOCATION = "dpr-revocation";
export const PRESCRIPTION = "dpr-prescription";
export const DISPENSING = "dpr-dispensing";
export const MESSAGE = "dpr-message";
export const MAIL_KEY = "dpr-mail-key";
export const TOKEN = "dpr-token";
export const RECEIPT = "dpr-receipt";
export const ADDRESS_BOOK = "dpr-address-book";
const MOST_BYTES_OF_HEADER = 8_192;
export const ALGORITHMS = [-7, -8];
const NOTHING = new Uint8Array(0);

/** Who sends and receives messages. */
const NODES = ["pharmacy", "node"];
/**
 * Who signs each kind, how its claims are read, what is judged across them; large: its payload may be, once it verified;
 * signedAt: the claim that says when a holder signed.
 */
const KINDS = new Map([
  [ROOT, { several: true, read: recordsOfAuthority.root, judge: judgeRoot }],
  [TRUST_LIST, { several: true, large: true, read: recordsOfAuthority.trustList, judge: judgeTrustList }],
  [SNAPSHOT, { several: true, large: true, read: recordsOfAuthority.snapshot, judge: judgeSnapshot }],
  [CREDENTIAL, { read: records.credential, judge: judgeCredential }],
  [STATUS_LIST, { large: true, read: records.statusList }],
  [REVOCATION, { large: true, read: records.revocations, judge: judgeRevocations }],
  [PRESCRIPTION, { holders: ["prescriber"], signedAt: "authored_at", read: records.prescription }],
  [DISPENSING, { holders: ["pharmacy"], signedAt: "recorded_at", read: records.dispensing, judge: judgeDispensing }],
  [MESSAGE, { holders: NODES, signedAt: "created", read: recordsOfMail.message, judge: judgeLife }],
  [MAIL_KEY, { holders: NODES, signedAt: "issued_at", read: recordsOfMail.mailKey, judge: judgeMailKey }],
  [TOKEN, { holders: NODES, signedAt: "issued_at", read: recordsOfMail.token, judge: judgeToken }],
  [RECEIPT, { holders: [...NODES, "relay"], signedAt: "issued_at", read: recordsOfMail.receipt, judge: judgeReceipt }],
  [ADDRESS_BOOK, { several: true, large: true, read: recordsOfMail.addressBook, judge: judgeAddressBook }],
]);

/** @param {string} kind @returns {string[] | undefined} the roles of the holders who sign it; none where an issuer does */
export function holdersOf(kind) {
  return KINDS.get(kind)?.holders;
}

/** @param {string} kind @param {any} claims @returns {number} the instant at which a holder signed them */
export function signedAt(kind, claims) {
  return claims[KINDS.get(kind).signedAt];
}

/**
 * Steps 1 to 5: the payload, and who signed it.
 * @template {{key: import("./keys.js").PublicKey}} Signer
 * @param {Uint8Array} bytes
 * @param {string} expectedKind
 * @param {(header: Map<any, any>, kind: string) => Promise<Signer[]>} candidatesOf the signers that the header can mean
 * @returns {Promise<{payload: Uint8Array, signer: Signer, candidates: Signer[]}>}
 */
export async function openSigned(bytes, expectedKind, candidatesOf) {
  const frame = readFrame(bytes);
  const { header, kind } = readHeader(frame.protected);
  if (kind !== expectedKind) refuse("document_kind"); // before kcwt: a document in a credential's place is not opened
  const candidates = await candidatesOf(header, kind);
  if (bytes.length > MOST_BYTES && !KINDS.get(kind).large) refuse("document_too_large");
  const signed = signedBytes(["Signature1", frame.protected, NOTHING, frame.payload]);
  for (const signer of candidates) {
    const fits = signer.key.algorithm === header.get(ALG);
    if (fits && (await signer.key.verifies(frame.signature, signed))) return { payload: frame.payload, signer, candidates };
  }
  return refuse("signature_invalid");
}

/**
 * Step 6.
 * @param {string} kind @param {Uint8Array} payload whose signature has verified, unless its kind is not large
 * @returns {Promise<any>} the claims
 */
export async function readClaims(kind, payload) {
  const { large, read, judge } = KINDS.get(kind);
  const claims = read(large ? decode(payload, MOST_WITH_PAYLOAD, Infinity) : decode(payload));
  await judge?.(claims);
  return claims;
}

/** d2 84, a byte string, a0, two byte strings, the end; or the fault that keeps it from being that. */
function readFrame(bytes) {
  const parts = bytes.length <= MOST_WITH_PAYLOAD && exactFrame(bytes, [0xd2, 0x84], 2);
  if (parts && parts.end === bytes.length && parts.strings[0].length <= MOST_BYTES_OF_HEADER) {
    const [header, payload, signature] = parts.strings;
    return { protected: header, payload, signature };
  }
  if (bytes.length > MOST_BYTES) refuse("document_too_large");
  const value = decode(bytes);
  if (!(value instanceof Tagged) || value.tag !== 18) refuse("cose_tag");
  if (!Array.isArray(value.value) || value.value.length !== 4) refuse("cose_malformed");
  const [header, , payload, signature] = value.value;
  if (![header, payload, signature].every((part) => part instanceof Uint8Array)) refuse("cose_malformed");
  return refuse(header.length > MOST_BYTES_OF_HEADER ? "document_header" : "document_unprotected");
}

/**
 * The byte strings of a frame: its head, one byte string, a0, and more of them, each in the shortest form.
 * @param {Uint8Array} bytes @param {number[]} head @param {number} more
 * @returns {{strings: Uint8Array[], end: number} | null}
 */
export function exactFrame(bytes, head, more) {
  if (!head.every((byte, at) => bytes[at] === byte)) return null;
  const reader = new Reader(bytes);
  reader.at = head.length;
  const strings = [];
  for (let count = 0; count <= more; count++) {
    if (count === 1 && bytes[reader.at++] !== 0xa0) return null;
    const length = lengthOfString(bytes, reader);
    if (length === null) return null;
    strings.push(reader.take(length));
  }
  return { strings, end: reader.at };
}

function lengthOfString(bytes, reader) {
  const first = bytes[reader.at];
  const info = first & 31;
  const heldBack = info < 24 ? 1 : 1 + (1 << (info - 24));
  if (first === undefined || first >> 5 !== 2 || info > 27 || reader.at + heldBack > bytes.length) return null;
  reader.at++;
  const length = reader.argument(info);
  return reader.shortest && length <= bytes.length - reader.at ? Number(length) : null;
}

/** Step 2. */
function readHeader(bytes) {
  const header = decode(bytes);
  if (!(header instanceof Map)) refuse("document_header");
  const kind = header.get(TYP);
  if (!KINDS.has(kind)) refuse("document_kind_unknown");
  if (KINDS.get(kind).several) refuse("cose_tag");
  const [algorithm, kid] = [header.get(ALG), header.get(KID)];
  if (!isInteger(algorithm) || !ALGORITHMS.includes(algorithm)) refuse("cose_algorithm");
  if (!(kid instanceof Uint8Array) || kid.length < 1 || kid.length > 32) refuse("document_header");
  const known = holdersOf(kind) ? [ALG, KID, KCWT, TYP] : [ALG, KID, TYP];
  for (const label of header.keys()) if (!known.includes(label)) refuse("document_header");
  return { header, kind };
}
