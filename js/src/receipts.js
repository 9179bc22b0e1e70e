/**
 * Receipts: read under what they must be about, as a relay's chain, and as what has become of a message (docs/protocol.md
 * sections 8 to 10).
 *
 * Rules: a recipient speaks for its own queues, a relay for every queue; a receipt of another queue, message or content says
 * nothing here. A state is a function of what is held, never of the order in which it came.
 */

import { compareBytes, equalBytes, sha256, toHex } from "./bytes.js";
import { open } from "./chain.js";
import { RECEIPTS } from "./claims_of_mail.js";
import { RECEIPT } from "./documents.js";
import { refuse } from "./errors.js";

const NO_RECEIPT = new Uint8Array(32);

/**
 * @typedef {{content: any, at: number, relay: string, digest: Uint8Array}} Attested relay: which one signed it, whatever its key
 * @typedef {{queue?: string, id?: Uint8Array, digest?: Uint8Array}} Expected
 * @typedef {{sequence: number, head: Uint8Array}} Place the last R1 that a reader has verified
 */

/** @param {any} claims of a credential @returns {Promise<string[]>} the queues that its holder may read */
export async function queuesOf({ key, holder }) {
  const own = `key:${(await key.thumbprintHex()).slice(0, 32)}`;
  return holder.gln === undefined ? [own] : [`gln:${holder.gln}`, own];
}

/**
 * @param {Uint8Array} bytes @param {import("./trust.js").Trust} trust @param {Expected} expected
 * @returns {Promise<Attested & {claims: any}>}
 */
export async function readReceipt(bytes, trust, expected) {
  const { claims, signer } = await open(bytes, RECEIPT, trust);
  const { content } = claims;
  const { holder, issuer } = signer.claims;
  const isRelays = !RECEIPTS[content.type].byRecipient && holder.role === "relay";
  if (!isRelays && !(await queuesOf(signer.claims)).includes(content.queue)) refuse("receipt_signer");
  if (expected.queue !== undefined && content.queue !== expected.queue) refuse("receipt_queue");
  if (expected.id && !isSame(content.message_id, expected.id)) refuse("receipt_message");
  if (expected.digest && !isSame(content.digest, expected.digest)) refuse("receipt_digest");
  const relay = JSON.stringify([issuer, holder.name]);
  return { claims, content, at: claims.issued_at, relay, digest: await sha256(bytes) };
}

const isSame = (value, expected) => value !== undefined && equalBytes(value, expected);

/**
 * Where a reader without a place begins.
 * @param {Attested[]} shown @param {Attested} head @returns {Place}
 */
export function begin(shown, head) {
  const { content } = shown[0] ?? head;
  if (content.type !== (shown.length > 0 ? "R1" : "H1")) refuse("receipt_fields");
  return shown.length > 0
    ? { sequence: content.sequence - 1, head: content.previous }
    : { sequence: content.sequence, head: content.head };
}

/**
 * The place after R1s in their order.
 * @param {Place} place @param {Attested[]} shown @returns {Place}
 */
export function extend(place, shown) {
  for (const { content, digest, relay } of shown) {
    if (content.type !== "R1") refuse("receipt_fields");
    if (relay !== shown[0].relay || content.queue !== shown[0].content.queue) refuse("receipt_relay");
    if (content.sequence < place.sequence) continue;
    if (content.sequence > place.sequence + 1) refuse("relay_gap");
    const isNext = content.sequence > place.sequence;
    if (!equalBytes(isNext ? content.previous : digest, place.head)) refuse("relay_forked");
    if (isNext) place = { sequence: content.sequence, head: digest };
  }
  return place;
}

/**
 * How many R1s the relay says there are beyond a place.
 * @param {Place} place @param {Attested} head an H1
 */
export function checkHead(place, { content }) {
  if (content.type !== "H1") refuse("receipt_fields");
  if (content.sequence < place.sequence) refuse("relay_rolled_back");
  if (content.sequence === place.sequence && !equalBytes(content.head, place.head)) refuse("relay_forked");
  return content.sequence - place.sequence;
}

export const START = { sequence: 0, head: NO_RECEIPT };

const of = (type, outcome) => (held) => held.filter(({ content }) => content.type === type && content.outcome === outcome);

function contradicting(held) {
  const answers = held.filter(({ content }) => content.type === "R4");
  const said = answers.map(({ content: { outcome, code, documents } }) => JSON.stringify([outcome, code, documents.map(toHex)]));
  return new Set(said).size > 1 ? answers : [];
}

function inCustody(held) {
  const ended = new Set([...of("W1")(held), ...of("N1")(held)].map(({ relay }) => relay));
  return of("R1")(held).filter(({ relay }) => !ended.has(relay));
}

/** By precedence: the first that finds a receipt says the state. */
const STATES = [
  ["conflict", contradicting],
  ["accepted", of("R4", "accepted")],
  ["rejected", of("R4", "rejected")],
  ["quarantined", of("N2")],
  ["verified", of("R3")],
  ["handed_over", of("R2")],
  ["in_custody", inCustody],
  ["withdrawn", of("W1")],
];

/**
 * What has become of a message.
 * @param {Attested[]} receipts all that are held of it
 * @param {{notAfter: number, now: number, recalled: boolean}} message recalled: has its sender asked for it back?
 * @returns {{state: string, receipt: Attested | null}}
 */
export function standing(receipts, { notAfter, now, recalled }) {
  const held = [...receipts].sort((one, other) => one.at - other.at || compareBytes(one.digest, other.digest));
  for (const [state, found] of STATES) {
    if (state === "withdrawn" && !recalled) continue; // a relay's word, which nobody asked for
    const [first] = found(held);
    if (first) return { state, receipt: first };
  }
  return now >= notAfter ? { state: "expired", receipt: of("N1")(held)[0] ?? null } : { state: "waiting", receipt: null };
}
