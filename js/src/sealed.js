/**
 * Sealed messages: read as a relay does, opened as the recipient does (docs/protocol.md section 4).
 *
 * Rules: the frame has one form; the outer header is bound as HPKE's info, so a header that was changed opens nothing. HPKE base
 * mode (RFC 9180) with X-Wing, HKDF-SHA256 and AES-256-GCM, from what the platform has: ML-KEM and SHA-3 are in Node 24 and not
 * yet in every browser; `canOpen` says whether they are here.
 */

import { concat, equalBytes, sha256, toUtf8 } from "./bytes.js";
import { decode, encode, isInteger } from "./cbor.js";
import { judgeLife } from "./claims_of_mail.js";
import { exactFrame } from "./documents.js";
import { refuse } from "./errors.js";
import { outer as readOuter } from "./records_of_mail.js";

const joined = (...pieces) => concat(pieces);
const [ALG, KID, CLAIMS, TYP] = [1, 4, 15, 16];
const ALGORITHM = -65_537;
const MOST_BYTES = 66_944;
const MOST_BYTES_OF_HEADER = 256;
const BUCKETS = [4_096, 16_384, 65_536];
const [KEM_BYTES, ENC_BYTES, TAG_BYTES] = [1_088, 1_120, 16];
/** HPKE's suite: KEM 0x647a, KDF 0x0001, AEAD 0x0002. */
const SUITE = joined(toUtf8("HPKE"), Uint8Array.of(0x64, 0x7a, 0, 1, 0, 2));
const X_WING_LABEL = toUtf8("\\.//^\\");
/** PKCS #8 of X25519 (RFC 8410) before the 32 bytes. */
const X25519_PKCS8 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20);
const NOTHING = new Uint8Array(0);
const { subtle } = globalThis.crypto;

/** @typedef {{outer: any, keyId: Uint8Array, info: Uint8Array, ciphertext: Uint8Array}} Sealed */

/** @returns {Promise<boolean>} whether this platform has ML-KEM-768 and SHA3-256 */
export async function canOpen() {
  try {
    await subtle.digest("SHA3-256", NOTHING);
    await subtle.importKey("raw-seed", new Uint8Array(64), { name: "ML-KEM-768" }, true, ["decapsulateBits"]);
    return "decapsulateBits" in subtle;
  } catch {
    return false;
  }
}

/** @param {Uint8Array} bytes @returns {Sealed} */
export function readSealed(bytes) {
  if (bytes.length > MOST_BYTES) refuse("mail_too_large");
  const frame = exactFrame(bytes, [0xd0, 0x83], 1);
  if (!frame || frame.end !== bytes.length) refuse("mail_malformed");
  const [header, ciphertext] = frame.strings;
  const { keyId, outer } = readHeader(header);
  if (ciphertext.length !== BUCKETS[outer.content.bucket] + ENC_BYTES + TAG_BYTES) refuse("mail_size");
  judgeLife(outer);
  return { outer, keyId, info: encode(["dpr-sealed", header]), ciphertext };
}

function readHeader(bytes) {
  if (bytes.length > MOST_BYTES_OF_HEADER) refuse("mail_header");
  const header = decode(bytes);
  const labels = [ALG, KID, CLAIMS, TYP];
  if (!(header instanceof Map) || header.size !== labels.length || !labels.every((label) => header.has(label))) refuse("mail_header");
  if (header.get(TYP) !== "dpr-sealed") refuse("mail_header");
  if (!isInteger(header.get(ALG)) || header.get(ALG) !== ALGORITHM) refuse("mail_algorithm");
  const keyId = header.get(KID);
  if (!(keyId instanceof Uint8Array) || keyId.length !== 8) refuse("mail_header");
  return { keyId, outer: readOuter(header.get(CLAIMS)) };
}

/**
 * The signed message inside.
 * @param {Sealed} sealed @param {Uint8Array} privateKey ML-KEM-768's seed (64 bytes) and X25519's private key (32)
 * @returns {Promise<Uint8Array>}
 */
export async function openSealed({ keyId, info, ciphertext }, privateKey) {
  const kem = await subtle.importKey("raw-seed", privateKey.slice(0, 64), { name: "ML-KEM-768" }, true, ["decapsulateBits"]);
  const scalar = await subtle.importKey("pkcs8", joined(X25519_PKCS8, privateKey.slice(64)), "X25519", false, ["deriveBits"]);
  const own = await exchange(scalar, Uint8Array.of(9, ...new Uint8Array(31))); // times the base point: our public key
  if (!equalBytes((await sha256(joined(await publicOf(kem), own))).slice(0, 8), keyId)) refuse("mail_key_unknown");
  let padded;
  try {
    padded = await decrypt({ kem, scalar, own }, ciphertext, info);
  } catch {
    refuse("mail_not_opened");
  }
  return unpad(padded);
}

async function publicOf(kem) {
  const { pub } = await subtle.exportKey("jwk", kem);
  return Uint8Array.from(atob(pub.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}

async function exchange(scalar, point) {
  const key = await subtle.importKey("raw", point, "X25519", false, []);
  return new Uint8Array(await subtle.deriveBits({ name: "X25519", public: key }, scalar, 256));
}

async function decrypt({ kem, scalar, own }, ciphertext, info) {
  const theirs = ciphertext.slice(KEM_BYTES, ENC_BYTES);
  const ofKem = new Uint8Array(await subtle.decapsulateBits({ name: "ML-KEM-768" }, kem, ciphertext.slice(0, KEM_BYTES)));
  const combined = joined(ofKem, await exchange(scalar, theirs), theirs, own, X_WING_LABEL);
  const { key, nonce } = await schedule(new Uint8Array(await subtle.digest("SHA3-256", combined)), info);
  const aes = await subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
  return new Uint8Array(await subtle.decrypt({ name: "AES-GCM", iv: nonce }, aes, ciphertext.slice(ENC_BYTES)));
}

/** RFC 9180 section 5.1, base mode. */
async function schedule(shared, info) {
  const hashes = [await extract(NOTHING, "psk_id_hash", NOTHING), await extract(NOTHING, "info_hash", info)];
  const context = joined(Uint8Array.of(0), ...hashes);
  const secret = await extract(shared, "secret", NOTHING);
  return { key: await expand(secret, "key", context, 32), nonce: await expand(secret, "base_nonce", context, 12) };
}

const labelled = (label) => joined(toUtf8("HPKE-v1"), SUITE, toUtf8(label));

function extract(salt, label, material) {
  return hmac(salt.length > 0 ? salt : new Uint8Array(32), joined(labelled(label), material));
}

/** One block: at most 32 bytes. */
async function expand(secret, label, context, length) {
  const made = await hmac(secret, joined(Uint8Array.of(0, length), labelled(label), context, Uint8Array.of(1)));
  return made.slice(0, length);
}

async function hmac(secret, data) {
  const key = await subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await subtle.sign("HMAC", key, data));
}

function unpad(padded) {
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0);
  const rest = padded.subarray(4 + length);
  if (length > padded.length - 4 || rest.some((byte) => byte !== 0)) refuse("mail_padding");
  return padded.slice(4, 4 + length);
}

/**
 * Whether the relay was told the same as the recipient.
 * @param {any} outer @param {any} message claims @throws {DprError} mail_header_differs
 */
export function requireSame(outer, message) {
  const of = ({ created, not_after: notAfter, content: { queue, environment } }) => JSON.stringify([created, notAfter, queue, environment]);
  if (of(outer) !== of(message) || !equalBytes(outer.id, message.id)) refuse("mail_header_differs");
}
