/**
 * The rules of what travels between nodes that span fields (docs/protocol.md), judged when a document is opened.
 *
 * Rules: in the order of the specification; the first fault is named. RECEIPTS is the whole of what each type of receipt has
 * and who may sign it.
 */

import { refuse } from "./errors.js";

const MOST_SECONDS = 14 * 86_400;
const MOST_SECONDS_OF_TOKEN = 300;
const BYTES_OF_PUBLIC_KEY = { mlkem768_x25519: 1_216 };
const ofCopy = ["message_id", "digest", "sequence"];
const ofReading = ["message_id", "digest", "documents"];

/** What each type has and may have besides queue and type. @type {Record<string, {byRecipient?: true, needs: string[], may?: string[]}>} */
export const RECEIPTS = {
  R1: { needs: [...ofCopy, "previous"] },
  R2: { needs: ofCopy },
  R3: { byRecipient: true, needs: ofReading },
  R4: { byRecipient: true, needs: [...ofReading, "outcome"], may: ["code", "detail"] },
  N1: { needs: ofCopy },
  N2: { byRecipient: true, needs: ["message_id", "digest", "code"], may: ["detail"] },
  W1: { needs: ofCopy },
  W2: { needs: ofCopy, may: ["handed_over_at"] },
  H1: { needs: ["sequence", "head"] },
};

/** @param {{created: number, not_after: number}} times @throws {DprError} mail_times */
export function judgeLife({ created, not_after: notAfter }) {
  if (notAfter <= created || notAfter - created > MOST_SECONDS) refuse("mail_times");
}

/** @param {any} claims of a mail key @throws {DprError} mail_times, mail_key_malformed */
export function judgeMailKey({ issued_at: issuedAt, valid_until: until, content }) {
  if (until <= issuedAt) refuse("mail_times");
  for (const key of content.keys) if (key.public.length !== BYTES_OF_PUBLIC_KEY[key.kem]) refuse("mail_key_malformed");
}

/** @param {any} claims of a token @throws {DprError} mail_times */
export function judgeToken({ issued_at: issuedAt, valid_until: until }) {
  if (until <= issuedAt || until - issuedAt > MOST_SECONDS_OF_TOKEN) refuse("mail_times");
}

const isZero = (bytes) => bytes.every((byte) => byte === 0);

/** @param {any} claims of a receipt @throws {DprError} receipt_fields */
export function judgeReceipt({ content }) {
  const { type, queue: _, ...fields } = content;
  const { needs, may = [] } = RECEIPTS[type];
  const has = Object.keys(fields);
  if (!needs.every((name) => has.includes(name))) refuse("receipt_fields");
  if (!has.every((name) => needs.includes(name) || may.includes(name))) refuse("receipt_fields");
  if (content.outcome === "rejected" && content.code === undefined) refuse("receipt_fields");
  if (content.sequence !== undefined && !isInChain(content)) refuse("receipt_fields");
}

function isInChain({ type, sequence, head, previous }) {
  if (type === "H1") return (sequence === 0) === isZero(head);
  return sequence !== 0 && (type !== "R1" || (sequence === 1) === isZero(previous));
}

/** @param {any} claims of an address book @throws {DprError} address_book_times, address_book_queue_twice */
export function judgeAddressBook({ issued_at: issuedAt, content: { next_update: nextUpdate, entries } }) {
  if (nextUpdate <= issuedAt) refuse("address_book_times");
  if (new Set(entries.map(({ queue }) => queue)).size < entries.length) refuse("address_book_queue_twice");
}
