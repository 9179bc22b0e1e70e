/**
 * The chain: anchor, trust list, issuer, credential, document (docs/format.md section 10).
 *
 * Rules: exactly two links; a kid selects candidates, only a signature decides; an issuer vouches for what its scope names
 * and nothing else. Times, kinds and status are judged by the verdict.
 */

import { encode } from "./cbor.js";
import { equalBytes, toHex } from "./bytes.js";
import { WORDING } from "./data.js";
import { CREDENTIAL, holdersOf, KCWT, KID, openSigned, readClaims, signedAt } from "./documents.js";
import { refuse } from "./errors.js";

/**
 * @typedef {{key: import("./keys.js").PublicKey, issuer: any}} IssuerKey
 * @typedef {{key: import("./keys.js").PublicKey, issuer: any, claims: any}} Credential issuer: of the trust list, who signed it
 */

/**
 * Opens any COSE_Sign1 document as an expected kind.
 * @param {Uint8Array} bytes @param {string} kind @param {import("./trust.js").Trust} trust
 * @returns {Promise<{claims: any, signer: IssuerKey | Credential}>}
 */
export async function open(bytes, kind, trust) {
  const { payload, signer, candidates } = await openSigned(bytes, kind, candidatesUnder(trust));
  const claims = await readClaims(kind, payload);
  return { claims, signer: holdersOf(kind) ? inForce(candidates, signer, signedAt(kind, claims)) : signer };
}

/**
 * Of several held credentials of one key, the first in force when the document was signed; where none was, the first.
 * @param {Credential[]} candidates @param {Credential} signer @param {number} instant
 * @throws {DprError} chain_credential_ambiguous where those come from several issuers, each of which can name whom it likes
 */
export function inForce(candidates, signer, instant) {
  const ofKey = candidates.filter(({ key }) => equalBytes(key.encoded(), signer.key.encoded()));
  const then = ofKey.filter(({ claims }) => claims.valid_from <= instant && instant < claims.valid_until);
  const [first, ...others] = then.length > 0 ? then : ofKey;
  if (others.some(({ claims }) => claims.issuer !== first.claims.issuer)) refuse("chain_credential_ambiguous");
  return first;
}

/** @param {import("./trust.js").Trust} trust */
export function candidatesUnder(trust) {
  return async (header, kind) => {
    const roles = holdersOf(kind);
    return roles ? holders(header, roles, trust) : issuers(header, trust);
  };
}

function issuers(header, trust) {
  const found = trust.issuersByKid.get(toHex(header.get(KID)));
  return found ?? refuse("chain_issuer_unknown");
}

async function holders(header, roles, trust) {
  const found = header.has(KCWT) ? [await openCredential(encode(header.get(KCWT)), trust)] : await held(header.get(KID), trust);
  if (found.length === 0) refuse("chain_credential_unknown");
  const ofRole = found.filter((credential) => roles.includes(credential.claims.holder.role));
  return ofRole.length > 0 ? ofRole : refuse("chain_role");
}

/** The latest first: a renewed credential has the key of the one before. */
async function held(kid, trust) {
  const kids = await Promise.all(trust.credentials.map((credential) => credential.key.kid()));
  const found = trust.credentials.filter((_, at) => equalBytes(kids[at], kid));
  return found.sort((a, b) => b.claims.valid_from - a.claims.valid_from);
}

/**
 * A credential, vouched for by an issuer within its scope.
 * @param {Uint8Array} bytes @param {import("./trust.js").Trust} trust
 * @returns {Promise<Credential>}
 */
export async function openCredential(bytes, trust) {
  const name = toHex(bytes);
  const known = trust.opened.get(name);
  if (known) return known;
  const { claims, signer } = await open(bytes, CREDENTIAL, trust);
  const { issuer } = signer;
  if (claims.issuer !== issuer.id) refuse("chain_issuer_differs");
  if (trust.anchor.environment === "production") await refuseDemoKeys([claims.key]);
  judgeScope(claims.holder, issuer);
  return trust.remember(name, { key: claims.key, issuer, claims });
}

/** @param {import("./keys.js").PublicKey[]} keys */
export async function refuseDemoKeys(keys) {
  for (const key of keys) if (WORDING.demo_keys.includes(await key.thumbprintHex())) refuse("demo_key_in_production");
}

/** What an issuer's scope leaves out it vouches for nobody. */
function judgeScope({ role, profession, gln, workplace }, issuer) {
  const isWithin = (value, scope = []) => value === undefined || scope.includes(value);
  const organisation = workplace?.hsa_id?.split("-")[0];
  if (!isWithin(role, WORDING.holders_of_issuer_role[issuer.role])) refuse("scope_role");
  if (!isWithin(profession, WORDING.professions_of_issuer_role[issuer.role])) refuse("scope_role");
  if (!isWithin(profession, issuer.professions)) refuse("scope_profession");
  if (!isWithin(gln, issuer.glns)) refuse("scope_gln");
  if (!isWithin(organisation, issuer.organisations)) refuse("scope_organisation");
}
