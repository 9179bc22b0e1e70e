/**
 * What a site holds: anchor, trust list, status lists, credentials (docs/format.md section 10).
 *
 * Rules: nothing is held that did not verify; of several status lists of one issuer under one name the newest counts.
 * Credentials that documents carry are remembered once opened, at most 256, since opening one costs a third of a verdict.
 *
 *     const trust = await openTrust(anchor, bytes, { statusLists: [bytes] });
 */

import { copyOf, fromHex, toHex } from "./bytes.js";
import { open, openCredential } from "./chain.js";
import { STATUS_LIST } from "./documents.js";
import { DprError } from "./errors.js";
import { decodeKey } from "./keys.js";
import { openTrustList } from "./trust_list.js";

const MOST_REMEMBERED = 256;

export class Trust {
  /** @param {import("./trust_list.js").Anchor | null} anchor @param {any} list the claims of the trust list, or null */
  constructor(anchor, list) {
    this.anchor = anchor;
    this.list = list;
    /** @type {Map<string, import("./chain.js").IssuerKey[]>} */
    this.issuersByKid = new Map();
    /** @type {Map<string, {uri: string, issued_at: number, entries: {bits: number, lst: Uint8Array}}>} */
    this.statusLists = new Map();
    /** @type {import("./chain.js").Credential[]} */
    this.credentials = [];
    /** @type {Map<string, import("./chain.js").Credential>} */
    this.opened = new Map();
    /** @type {string[]} codes of what was given and not taken up */
    this.notTakenUp = [];
  }

  async indexIssuers() {
    for (const issuer of this.list?.content.issuers ?? []) {
      for (const key of issuer.keys) {
        const kid = toHex(await key.kid());
        this.issuersByKid.set(kid, [...(this.issuersByKid.get(kid) ?? []), { key, issuer }]);
      }
    }
  }

  /** @param {Uint8Array} bytes */
  async addStatusList(bytes) {
    const { claims, signer } = await open(bytes, STATUS_LIST, this);
    const name = nameOf(signer.issuer.id, claims.uri);
    const known = this.statusLists.get(name);
    if (!known || claims.issued_at > known.issued_at) this.statusLists.set(name, claims);
  }

  /** @param {any} credential claims @returns the status list that answers for it, or undefined */
  statusListFor({ issuer, status }) {
    return this.statusLists.get(nameOf(issuer, status.uri));
  }

  remember(name, credential) {
    if (this.opened.size >= MOST_REMEMBERED) this.opened.delete(this.opened.keys().next().value);
    this.opened.set(name, credential);
    return credential;
  }

  async takeUp(adding) {
    try {
      await adding();
    } catch (error) {
      if (!(error instanceof DprError)) throw error;
      this.notTakenUp.push(error.code);
    }
  }
}

const nameOf = (issuer, uri) => JSON.stringify([issuer, uri]);
const asBytes = (value) => (typeof value === "string" ? fromHex(value) : copyOf(value));

/**
 * Reads an anchor.
 * @param {{authority: string, environment: import("./trust_list.js").Environment, threshold: number,
 *   keys: (Uint8Array | string)[]}} anchor keys: COSE_Keys, as bytes or in hexadecimal
 * @returns {import("./trust_list.js").Anchor}
 */
export function readAnchor({ authority, environment, threshold, keys }) {
  return { authority, environment, threshold, keys: keys.map((key) => decodeKey(asBytes(key))) };
}

/**
 * Opens what a site was installed with and has fetched.
 * @param {Parameters<typeof readAnchor>[0] | null} anchor
 * @param {Uint8Array | null} trustListBytes
 * @param {{statusLists?: Uint8Array[], credentials?: Uint8Array[]}} [more] what of these does not verify is left out, and its
 *   code is in notTakenUp
 * @returns {Promise<Trust>}
 * @throws {DprError} where the trust list does not open under the anchor
 */
export async function openTrust(anchor, trustListBytes, { statusLists = [], credentials = [] } = {}) {
  const read = anchor && readAnchor(anchor);
  const list = read && trustListBytes && (await openTrustList(copyOf(trustListBytes), read));
  const trust = new Trust(read, list);
  await trust.indexIssuers();
  for (const bytes of statusLists.map(copyOf)) await trust.takeUp(() => trust.addStatusList(bytes));
  for (const bytes of credentials.map(copyOf)) {
    await trust.takeUp(async () => void trust.credentials.push(await openCredential(bytes, trust)));
  }
  return trust;
}

/**
 * The same from JSON, as `trust` in the test vectors: bytes in hexadecimal.
 * @param {{anchor: any, trust_list: string | null, status_lists?: string[], credentials?: string[]}} bundle
 * @returns {Promise<Trust>}
 */
export function openTrustBundle({ anchor, trust_list: list, status_lists: statusLists = [], credentials = [] }) {
  const more = { statusLists: statusLists.map(fromHex), credentials: credentials.map(fromHex) };
  return openTrust(anchor, list ? fromHex(list) : null, more);
}
