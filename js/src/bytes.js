/**
 * Bytes: hexadecimal, joining, comparing, UTF-8.
 *
 * Rules: nothing here throws for any bytes; text is valid UTF-8 or null.
 */

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const ENCODER = new TextEncoder();
// ignoreBOM keeps U+FEFF: a decoder that drops it would show another text than was signed.
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @param {Uint8Array} bytes @returns {string} */
export function toHex(bytes) {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** @param {string} text of an even number of hexadecimal digits @returns {Uint8Array} */
export function fromHex(text) {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) throw new TypeError("not hexadecimal");
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/**
 * A copy that nobody else can change while signatures are awaited; also of a Node Buffer, whose slices are views.
 * @param {Uint8Array} bytes @returns {Uint8Array}
 */
export function copyOf(bytes) {
  if (!(bytes instanceof Uint8Array)) throw new TypeError("no bytes");
  return new Uint8Array(bytes);
}

/** @param {Uint8Array[]} pieces @returns {Uint8Array} */
export function concat(pieces) {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** @param {Uint8Array} a @param {Uint8Array} b @returns {number} below, at or above 0, as the first difference says */
export function compareBytes(a, b) {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/** @param {Uint8Array} a @param {Uint8Array} b @returns {boolean} */
export function equalBytes(a, b) {
  return a.length === b.length && compareBytes(a, b) === 0;
}

/** @param {string} text @returns {Uint8Array} */
export function toUtf8(text) {
  return ENCODER.encode(text);
}

/** @param {Uint8Array} bytes @returns {string | null} null where they are not UTF-8 */
export function fromUtf8(bytes) {
  try {
    return DECODER.decode(bytes);
  } catch {
    return null;
  }
}

/** @param {Uint8Array} bytes big-endian @returns {bigint} */
export function toNumber(bytes) {
  return bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`);
}

/** @param {bigint} number not negative @param {number} length in bytes @returns {Uint8Array} big-endian */
export function fromNumber(number, length) {
  return fromHex(number.toString(16).padStart(2 * length, "0"));
}

/** @param {Uint8Array} bytes @returns {Promise<Uint8Array>} SHA-256 */
export async function sha256(bytes) {
  return new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", /** @type {BufferSource} */ (bytes)));
}
