/**
 * What a status list says of one credential (docs/format.md section 11).
 *
 * Rules: an index beyond the list has no answer, never "valid"; 3 counts as revoked.
 */

/**
 * @param {{bits: number, lst: Uint8Array}} entries @param {number} idx
 * @returns {"valid" | "revoked" | "suspended" | "unknown"}
 */
export function statusAt({ bits, lst }, idx) {
  const bit = idx * bits;
  const byte = Math.floor(bit / 8);
  if (byte >= lst.length) return "unknown";
  const value = (lst[byte] >> bit % 8) & (2 ** bits - 1);
  return /** @type {const} */ (["valid", "revoked", "suspended", "revoked"])[value];
}
