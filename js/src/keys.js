/**
 * Public keys as COSE_Key (docs/format.md section 3), and signatures under them.
 *
 * Rules: the curve fixes the algorithm; exactly the parameters of the table; a weak or impossible point is refused when it is
 * read, before any signature. Two keys are one when their thumbprints are equal. A kid selects, it proves nothing.
 *
 *     const key = decodeKey(bytes);            // DprError key_malformed, key_unsupported, key_weak
 *     await key.verifies(signature, message);  // boolean
 */

import { fromNumber, sha256, toHex, toNumber, concat } from "./bytes.js";
import { decode, encode, isInteger } from "./cbor.js";
import { decompress, ED_ORDER, isStrongEd25519, onCurve, WEIERSTRASS } from "./curves.js";
import { refuse } from "./errors.js";

export const EDDSA = -8;
const [KTY, CRV, X, Y] = [1, -1, -2, -3];
const subtle = () => globalThis.crypto?.subtle ?? refuse("algorithm_unavailable");

export class PublicKey {
  /**
   * @param {import("./curves.js").Curve | null} curve null for Ed25519
   * @param {Uint8Array} x @param {bigint | null} y
   */
  constructor(curve, x, y) {
    this.curve = curve;
    this.x = x;
    this.y = y;
    this.algorithm = curve ? curve.algorithm : EDDSA;
    /** @type {Uint8Array | undefined} */
    this.knownThumbprint = undefined;
    /** @type {CryptoKey | undefined} */
    this.imported = undefined;
  }

  /** @returns {Uint8Array} the COSE_Key as a writer writes it: y as its sign bit */
  encoded() {
    return encode(this.map((this.y ?? 0n) % 2n === 1n));
  }

  map(y) {
    if (!this.curve) return new Map([[KTY, 1], [CRV, 6], [X, this.x]]);
    return new Map([[KTY, 2], [CRV, this.curve.crv], [X, this.x], [Y, y]]);
  }

  yBytes() {
    return fromNumber(this.y, this.curve.size);
  }

  /** @returns {Promise<Uint8Array>} RFC 9679, with y written out */
  async thumbprint() {
    this.knownThumbprint ??= await sha256(encode(this.map(this.curve && this.yBytes())));
    return this.knownThumbprint;
  }

  /** @returns {Promise<string>} the thumbprint in hexadecimal */
  async thumbprintHex() {
    return toHex(await this.thumbprint());
  }

  /** @returns {Promise<Uint8Array>} the first 4 bytes of the thumbprint: a hint */
  async kid() {
    return (await this.thumbprint()).subarray(0, 4);
  }

  /**
   * @param {Uint8Array} signature @param {Uint8Array} message
   * @returns {Promise<boolean>}
   * @throws {DprError} algorithm_unavailable: this browser has no Ed25519
   */
  async verifies(signature, message) {
    if (!this.hasForm(signature)) return false;
    const algorithm = this.curve ? { name: "ECDSA", hash: this.curve.hash } : { name: "Ed25519" };
    this.imported ??= await this.import();
    return subtle().verify(algorithm, this.imported, signature, message);
  }

  /** The length, and r, s in 1 … n−1 (FIPS 186) or S < L (RFC 8032 §5.1.7): not every program asks for it. */
  hasForm(signature) {
    const size = this.curve ? this.curve.size : 32;
    if (signature.length !== 2 * size) return false;
    if (!this.curve) return toNumber(signature.slice(32).reverse()) < ED_ORDER;
    const [r, s] = [toNumber(signature.subarray(0, size)), toNumber(signature.subarray(size))];
    return r > 0n && r < this.curve.n && s > 0n && s < this.curve.n;
  }

  async import() {
    const raw = this.curve ? concat([Uint8Array.of(4), this.x, this.yBytes()]) : this.x;
    const algorithm = this.curve ? { name: "ECDSA", namedCurve: this.curve.name } : { name: "Ed25519" };
    try {
      return await subtle().importKey("raw", raw, algorithm, false, ["verify"]);
    } catch {
      return refuse("algorithm_unavailable");
    }
  }
}

/**
 * A key from its bytes, in strict encoding.
 * @param {Uint8Array} bytes
 * @returns {PublicKey}
 */
export function decodeKey(bytes) {
  return readKey(decode(bytes));
}

/**
 * A decoded value as a key, judged in the order of section 3.
 * @param {unknown} value
 * @returns {PublicKey}
 * @throws {DprError} key_malformed, key_unsupported, key_weak
 */
export function readKey(value) {
  if (!(value instanceof Map)) refuse("key_malformed");
  const [kty, crv, x] = [KTY, CRV, X].map((label) => value.get(label));
  if (!isInteger(kty)) refuse("key_malformed");
  if (kty !== 1 && kty !== 2) refuse("key_unsupported"); // a later type may have neither curve nor x
  if (!isInteger(crv) || !(x instanceof Uint8Array)) refuse("key_malformed");
  if (kty === 1 && crv === 6) return readEd25519(value, x);
  const curve = kty === 2 && WEIERSTRASS.find((known) => known.crv === crv);
  if (!curve) return refuse("key_unsupported");
  const y = value.get(Y);
  const yHasForm = typeof y === "boolean" || (y instanceof Uint8Array && y.length === curve.size);
  if (value.size !== 4 || x.length !== curve.size || !yHasForm) refuse("key_malformed");
  return new PublicKey(curve, x.slice(), readY(curve, toNumber(x), y));
}

function readY(curve, x, y) {
  if (typeof y === "boolean") return decompress(curve, x, y) ?? refuse("key_weak");
  const number = toNumber(y);
  return onCurve(curve, x, number) ? number : refuse("key_weak");
}

function readEd25519(value, x) {
  if (value.size !== 3 || x.length !== 32) refuse("key_malformed");
  if (!isStrongEd25519(toNumber(x.slice().reverse()))) refuse("key_weak");
  return new PublicKey(null, x.slice(), null);
}
