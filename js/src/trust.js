/**
 * What a site holds: root, trust list, snapshot, status lists, revocations, credentials, floor (docs/format.md section 10).
 *
 * Rules: nothing is held that did not verify; of several lists of one issuer under one name the newest counts; what the
 * authority signed proves a time, what an issuer signs does not. Credentials that documents carry are remembered once opened,
 * at most 256, since opening one costs a third of a verdict.
 *
 *     const trust = await openTrust(null, bytes, { root: bytes, snapshot: bytes, statusLists: [bytes] });
 */

import { anchorOf, openRoot, openSnapshot, openTrustList } from "./authority.js";
import { copyOf, fromHex, sha256, toHex, toUtf8 } from "./bytes.js";
import { open, openCredential } from "./chain.js";
import { REVOCATION, STATUS_LIST } from "./documents.js";
import { DprError } from "./errors.js";
import { decodeKey } from "./keys.js";

const MOST_REMEMBERED = 256;
const LENGTH_OF_NAME = 24;

export class Trust {
  /**
   * @param {import("./authority.js").Anchor | null} anchor
   * @param {any} list the claims of the trust list, or null
   * @param {{root?: import("./authority.js").Root | null, floor?: number}} [more] floor: the kept one, in seconds
   */
  constructor(anchor, list, { root = null, floor = -Infinity } = {}) {
    this.anchor = anchor;
    this.root = root;
    this.list = list;
    /** @type {any} claims, or null */
    this.snapshot = null;
    this.keptFloor = floor;
    /** @type {Map<string, import("./chain.js").IssuerKey[]>} */
    this.issuersByKid = new Map();
    /** @type {Map<string, {uri: string, issued_at: number, entries: {bits: number, lst: Uint8Array}}>} */
    this.statusLists = new Map();
    /** @type {Map<string, {issued_at: number, revokedFrom: Map<number, number>}>} */
    this.revocations = new Map();
    /** @type {import("./chain.js").Credential[]} */
    this.credentials = [];
    /** @type {Map<string, import("./chain.js").Credential>} */
    this.opened = new Map();
    /** @type {string[]} codes of what was given and not taken up */
    this.notTakenUp = [];
  }

  /** The instant before which it is not. */
  get floor() {
    return Math.max(this.keptFloor, this.list?.issued_at ?? -Infinity, this.snapshot?.issued_at ?? -Infinity);
  }

  /** How many issuers of the trust list only a later version of this program knows. */
  get issuersLeftOut() {
    return this.list?.content.issuers.leftOut ?? 0;
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
    keepNewest(this.statusLists, nameOf(signer.issuer.id, claims.uri), claims);
  }

  /** @param {Uint8Array} bytes */
  async addRevocations(bytes) {
    const { claims, signer } = await open(bytes, REVOCATION, this);
    const revokedFrom = new Map(claims.content.entries.map((entry) => [entry.idx, entry.revoked_from]));
    keepNewest(this.revocations, nameOf(signer.issuer.id, claims.uri), { issued_at: claims.issued_at, revokedFrom });
  }

  /** @param {any} credential claims @returns the status list that answers for it, or undefined */
  statusListFor({ issuer, status }) {
    return this.statusLists.get(nameOf(issuer, status.uri));
  }

  /** @param {any} credential claims @returns {number | undefined} the instant in its entry of the revocations */
  revokedFromFor({ issuer, status }) {
    return this.revocations.get(nameOf(issuer, status.uri))?.revokedFrom.get(status.idx);
  }

  /**
   * Whether the snapshot demands a newer status list, or newer revocations, than are held for a credential.
   * @param {any} credential claims @returns {Promise<boolean>}
   */
  async isBehindSnapshotFor({ issuer, status }) {
    if (!this.snapshot) return false;
    const hash = await sha256(toUtf8(`${issuer}\0${status.uri}`));
    const name = toHex(hash).slice(0, LENGTH_OF_NAME);
    const held = (lists) => lists.get(nameOf(issuer, status.uri))?.issued_at ?? 0;
    const isBehind = (folder, lists) => this.isBelow(`${folder}/${name}`, held(lists));
    return isBehind("status", this.statusLists) || isBehind("revocations", this.revocations);
  }

  /** @param {string} name of a list @param {number} version that is held */
  isBelow(name, version) {
    return version < (this.snapshot?.content.minimums.get(name) ?? 0);
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

function keepNewest(lists, name, list) {
  const known = lists.get(name);
  if (!known || list.issued_at > known.issued_at) lists.set(name, list);
}

/**
 * Reads an anchor.
 * @param {{authority: string, environment: import("./authority.js").Environment, threshold: number,
 *   keys: (Uint8Array | string)[]}} anchor keys: COSE_Keys, as bytes or in hexadecimal
 * @returns {import("./authority.js").Anchor}
 */
export function readAnchor({ authority, environment, threshold, keys }) {
  return { authority, environment, threshold, keys: keys.map((key) => decodeKey(asBytes(key))) };
}

/**
 * Opens what a site was installed with and has fetched.
 * @param {Parameters<typeof readAnchor>[0] | null} anchor judges the trust list; null where the root does
 * @param {Uint8Array | null} trustListBytes
 * @param {{root?: Uint8Array | null, snapshot?: Uint8Array | null, statusLists?: Uint8Array[], revocations?: Uint8Array[],
 *   credentials?: Uint8Array[], floor?: number}} [more] root: the one in force, which was verified when it came; what of the
 *   others does not verify is left out, and its code is in notTakenUp; floor: the kept one, in seconds
 * @returns {Promise<Trust>}
 * @throws {DprError} where the root does not open, or the trust list under it or the anchor
 */
export async function openTrust(anchor, trustListBytes, more = {}) {
  const { snapshot = null, statusLists = [], revocations = [], credentials = [], floor = -Infinity } = more;
  if (typeof floor !== "number" || Number.isNaN(floor)) throw new TypeError("floor");
  const root = more.root ? await openRoot(copyOf(more.root)) : null;
  const judging = anchor ? readAnchor(anchor) : root && anchorOf(root);
  const list = judging && trustListBytes && (await openTrustList(copyOf(trustListBytes), judging));
  const trust = new Trust(judging, list, { root, floor });
  await trust.indexIssuers();
  if (root && snapshot) await trust.takeUp(async () => void (trust.snapshot = await openSnapshot(copyOf(snapshot), root)));
  for (const bytes of statusLists.map(copyOf)) await trust.takeUp(() => trust.addStatusList(bytes));
  for (const bytes of revocations.map(copyOf)) await trust.takeUp(() => trust.addRevocations(bytes));
  for (const bytes of credentials.map(copyOf)) {
    await trust.takeUp(async () => void trust.credentials.push(await openCredential(bytes, trust)));
  }
  return trust;
}

/**
 * The same from JSON, as `trust` in the test vectors: bytes in hexadecimal.
 * @param {{anchor?: any, root?: string | null, trust_list?: string | null, snapshot?: string | null, floor?: number | null,
 *   status_lists?: string[], revocations?: string[], credentials?: string[]}} bundle
 * @returns {Promise<Trust>}
 */
export function openTrustBundle(bundle) {
  const { anchor = null, status_lists: statusLists = [], revocations = [], credentials = [] } = bundle;
  const [root, list, snapshot] = [bundle.root, bundle.trust_list, bundle.snapshot].map((each) => (each ? fromHex(each) : null));
  const lists = { statusLists: statusLists.map(fromHex), revocations: revocations.map(fromHex) };
  const floor = bundle.floor ?? undefined;
  return openTrust(anchor, list, { root, snapshot, ...lists, credentials: credentials.map(fromHex), floor });
}
