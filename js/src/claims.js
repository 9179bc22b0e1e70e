/**
 * The rules of claims that span fields (docs/format.md section 7), judged when a document is opened.
 *
 * Rules: in the order of the specification; the first fault is named. A prescription's are in rules.js: the verdict judges
 * them.
 */

import { WORDING } from "./data.js";
import { refuse } from "./errors.js";

/** The algorithms that sign documents (section 3). */
const SIGNING = [-7, -8];

const thumbprintsOf = (keys) => Promise.all(keys.map((key) => key.thumbprintHex()));

/**
 * @param {any} claims of a root
 * @returns {Promise<void>}
 * @throws {DprError} root_key_twice, root_threshold, root_online_key
 */
export async function judgeRoot({ content: { root, lists, snapshot } }) {
  const offline = new Set();
  for (const { threshold, keys } of [root, lists, snapshot]) {
    const thumbprints = new Set(await thumbprintsOf(keys));
    if (thumbprints.size < keys.length) refuse("root_key_twice");
    if (threshold > keys.filter(({ algorithm }) => SIGNING.includes(algorithm)).length) refuse("root_threshold");
    if (keys !== snapshot.keys) thumbprints.forEach((thumbprint) => offline.add(thumbprint));
  }
  if ((await thumbprintsOf(snapshot.keys)).some((thumbprint) => offline.has(thumbprint))) refuse("root_online_key");
}

/**
 * @param {any} claims of a snapshot
 * @throws {DprError} snapshot_times
 */
export function judgeSnapshot({ issued_at: issuedAt, content }) {
  if (content.next_update <= issuedAt) refuse("snapshot_times");
}

/**
 * @param {any} claims of revocations
 * @throws {DprError} revocation_order
 */
export function judgeRevocations({ content: { entries } }) {
  if (entries.some(({ idx }, at) => at > 0 && idx <= entries[at - 1].idx)) refuse("revocation_order");
}

/**
 * @param {any} claims of a trust list
 * @returns {Promise<void>}
 * @throws {DprError} trust_list_times, trust_list_issuer_twice, trust_list_key_twice, trust_list_scope
 */
export async function judgeTrustList({ issued_at: issuedAt, content }) {
  const { next_update: nextUpdate, issuers } = content;
  if (nextUpdate <= issuedAt) refuse("trust_list_times");
  if (new Set(issuers.map((issuer) => issuer.id)).size < issuers.length) refuse("trust_list_issuer_twice");
  const keys = issuers.flatMap((issuer) => issuer.keys);
  if (new Set(await thumbprintsOf(keys)).size < keys.length) refuse("trust_list_key_twice");
  issuers.forEach(judgeIssuer);
}

function judgeIssuer({ role, professions = [], valid_from: from, valid_until: until }) {
  const allowed = WORDING.professions_of_issuer_role[role];
  if (!professions.every((profession) => allowed.includes(profession)) || until <= from) refuse("trust_list_scope");
}

/**
 * @param {any} claims of a credential
 * @throws {DprError} credential_times, holder_…
 */
export function judgeCredential({ valid_from: from, valid_until: until, holder }) {
  const { role, profession } = holder;
  const isPrescriber = role === "prescriber";
  if (until <= from) refuse("credential_times");
  const professions = WORDING.professions_of_holder_role[role];
  if (professions.length > 0 ? !professions.includes(profession) : profession !== undefined) refuse("holder_profession");
  if ((holder.workplace !== undefined) !== isPrescriber) refuse("holder_workplace");
  if (isPrescriber && profession !== "VT" && holder.prescriber_code === undefined) refuse("holder_prescriber_code");
  if ((holder.gln !== undefined) !== (role === "pharmacy")) refuse("holder_gln");
  if (isPrescriber && holder.phone === undefined) refuse("holder_phone");
}

/**
 * @param {any} claims of a dispensing
 * @throws {DprError} dispensing_number, dispensing_product
 */
export function judgeDispensing({ content }) {
  if (content.number > content.of) refuse("dispensing_number");
  if (content.npl_pack_id !== undefined && content.varunummer !== undefined) refuse("dispensing_product");
}
