/**
 * What the authority signs: roots, the trust list, snapshots (docs/format.md sections 5.2 to 5.4), address books
 * (docs/protocol.md section 12).
 *
 * Rules: a root says by whom it must be signed itself, and the root before must agree; the trust list and snapshots are judged
 * by the root in force; environments never mix, and demo keys vouch for nobody in production.
 *
 *     const first = await openRoot(bytes);          // a person compares first.fingerprint
 *     const next = await openRoot(more, first);     // in force as soon as it opens
 */

import { sha256, toHex } from "./bytes.js";
import { decodeLenient, MOST_BYTES } from "./cbor.js";
import { refuseDemoKeys } from "./chain.js";
import { ADDRESS_BOOK, readClaims, ROOT, SNAPSHOT, TRUST_LIST } from "./documents.js";
import { refuse } from "./errors.js";
import { openSeveral, readMessage } from "./several.js";

/**
 * @typedef {"test" | "production"} Environment
 * @typedef {{authority: string, environment: Environment} & import("./several.js").Quorum} Anchor
 * @typedef {{claims: any, fingerprint: string}} Root fingerprint: 64 hexadecimal digits
 */

/**
 * @param {Uint8Array} bytes
 * @param {Root | null} [held] the root that it must follow on; none for the first one
 * @returns {Promise<Root>}
 */
export async function openRoot(bytes, held = null) {
  if (bytes.length > MOST_BYTES) refuse("document_too_large");
  const { payload } = readMessage(decodeLenient(bytes));
  const { content } = await readClaims(ROOT, payload); // nobody vouches for them yet: they say who must
  const before = held ? [held.claims.content.root] : [];
  const claims = await openSeveral(bytes, ROOT, [content.root, ...before]);
  if (held) follow(claims, held.claims);
  await refuseDemoKeysOf(claims.content, [content.root, content.lists, content.snapshot]);
  return { claims, fingerprint: toHex(await sha256(payload)) };
}

/** Step 5. */
function follow({ authority, content }, held) {
  if (content.environment !== held.content.environment) refuse("root_environment");
  if (authority !== held.authority) refuse("root_authority");
  if (content.version !== held.content.version + 1) refuse("root_version");
}

async function refuseDemoKeysOf({ environment }, holders) {
  if (environment === "production") await refuseDemoKeys(holders.flatMap((holder) => holder.keys));
}

/**
 * What judges a trust list.
 * @param {Root} root @returns {Anchor}
 */
export function anchorOf({ claims: { authority, content } }) {
  return { authority, environment: content.environment, ...content.lists };
}

/**
 * @param {Uint8Array} bytes @param {Anchor} anchor
 * @returns {Promise<any>} the claims
 */
export async function openTrustList(bytes, anchor) {
  const claims = await openSeveral(bytes, TRUST_LIST, [anchor]);
  if (claims.content.environment !== anchor.environment) refuse("trust_list_environment");
  if (claims.authority !== anchor.authority) refuse("trust_list_authority");
  await refuseDemoKeysOf(anchor, claims.content.issuers);
  return claims;
}

/**
 * @param {Uint8Array} bytes @param {Root} root the one in force
 * @returns {Promise<any>} the claims
 */
export async function openSnapshot(bytes, root) {
  return openOnline(bytes, SNAPSHOT, "snapshot", root);
}

/**
 * @param {Uint8Array} bytes @param {Root} root the one in force
 * @returns {Promise<any>} the claims
 */
export async function openAddressBook(bytes, root) {
  return openOnline(bytes, ADDRESS_BOOK, "address_book", root);
}

/** What the authority's online keys sign. */
async function openOnline(bytes, kind, name, { claims: { authority, content } }) {
  const claims = await openSeveral(bytes, kind, [content.snapshot]);
  if (claims.content.environment !== content.environment) refuse(`${name}_environment`);
  if (claims.authority !== authority) refuse(`${name}_authority`);
  return claims;
}
