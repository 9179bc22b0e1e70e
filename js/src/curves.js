/**
 * Points of the four curves: is this a point at all, and is it strong enough to mean anything?
 *
 * Rules: public points only, so nothing here needs constant time. Parameters are those of FIPS 186 and RFC 8032 §5.1.
 *
 *     decompress(WEIERSTRASS[0], x, true) -> the odd y, or null where no point has this x
 */

/**
 * @typedef {{crv: number, size: number, name: string, algorithm: number, hash: string, p: bigint, b: bigint, n: bigint}} Curve
 */

/** @type {Curve[]} y² = x³ − 3x + b mod p, of order n; every p is 3 mod 4 */
export const WEIERSTRASS = [
  {
    crv: 1, size: 32, name: "P-256", algorithm: -7, hash: "SHA-256",
    p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  {
    crv: 2, size: 48, name: "P-384", algorithm: -35, hash: "SHA-384",
    p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  {
    crv: 3, size: 66, name: "P-521", algorithm: -36, hash: "SHA-512",
    p: 2n ** 521n - 1n,
    b: BigInt(
      "0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109" +
        "e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
    ),
    n: BigInt(
      "0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" +
        "a51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    ),
  },
];

const ED_P = 2n ** 255n - 19n;
const ED_D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
export const ED_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** @param {bigint} a @param {bigint} p @returns {bigint} 0 … p − 1 */
function mod(a, p) {
  const rest = a % p;
  return rest < 0n ? rest + p : rest;
}

function power(base, exponent, p) {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % p;
    if (bit === "1") result = (result * base) % p;
  }
  return result;
}

function rightSide({ p, b }, x) {
  return mod(x * x * x - 3n * x + b, p);
}

/**
 * @param {Curve} curve @param {bigint} x @param {bigint} y
 * @returns {boolean} whether (x, y) is a point of the curve in its one form
 */
export function onCurve(curve, x, y) {
  return x < curve.p && y < curve.p && mod(y * y, curve.p) === rightSide(curve, x);
}

/**
 * The y of an x (RFC 9053 §7.1.1).
 * @param {Curve} curve @param {bigint} x @param {boolean} odd
 * @returns {bigint | null}
 */
export function decompress(curve, x, odd) {
  if (x >= curve.p) return null;
  const w = rightSide(curve, x);
  const y = power(w, (curve.p + 1n) / 4n, curve.p);
  if ((y * y) % curve.p !== w) return null;
  return (y & 1n) === (odd ? 1n : 0n) ? y : curve.p - y;
}

/**
 * Whether 32 bytes, as a little-endian number, are a point of Ed25519 (RFC 8032 §5.1.3) of another order than 1, 2, 4 and 8:
 * under a key of low order anybody can make signatures.
 * @param {bigint} number
 * @returns {boolean}
 */
export function isStrongEd25519(number) {
  const y = BigInt.asUintN(255, number);
  if (y >= ED_P) return false;
  const u = mod(y * y - 1n, ED_P);
  const v = mod(ED_D * y * y + 1n, ED_P);
  const x = u === 0n ? null : squareRoot(u, v);
  if (x === null) return false;
  let point = [x, y, 1n];
  for (let doubling = 0; doubling < 3; doubling++) point = double(point);
  return point[0] !== 0n || point[1] !== point[2];
}

/** A root of u/v, or null (RFC 8032 §5.1.3 step 2 and 3). */
function squareRoot(u, v) {
  const v3 = mod(v * v * v, ED_P);
  const x = mod(u * v3 * power(mod(u * v3 * v3 * v, ED_P), (ED_P - 5n) / 8n, ED_P), ED_P);
  const vxx = mod(v * x * x, ED_P);
  if (vxx === u) return x;
  return vxx === ED_P - u ? mod(x * power(2n, (ED_P - 1n) / 4n, ED_P), ED_P) : null;
}

/** Doubling in projective coordinates; no inversion. */
function double([x, y, z]) {
  const xx = x * x;
  const yy = y * y;
  const f = yy - xx;
  const j = f - 2n * z * z;
  return [mod(2n * x * y * j, ED_P), mod(-f * (xx + yy), ED_P), mod(f * j, ED_P)];
}
