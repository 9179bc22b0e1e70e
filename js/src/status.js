/**
 * What status list and revocations say of one credential (docs/format.md section 11).
 *
 * Rules: an index beyond the list has no answer, never "valid"; 3 counts as revoked; an entry of the revocations revokes
 * whatever the status list says.
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

/**
 * Since when a credential is revoked, at an instant. A bit without an entry that holds already is since ever: it has no date.
 * @param {string | undefined} status what its status list says; none where none is held
 * @param {number | undefined} from the instant in the entry of the issuer's revocations
 * @param {number} now
 * @returns {number | null} seconds, -Infinity for since ever; null: it is not revoked
 */
export function revokedFrom(status, from, now) {
  if (from !== undefined) return from <= now || status === "revoked" ? from : null;
  return status === "revoked" ? -Infinity : null;
}
