/**
 * The fields of what travels between nodes: the tables of docs/protocol.md.
 *
 * Rules: key, name, type, and whether it must be there. Rules that span fields are in claims_of_mail.js.
 */

import { atLeastOneKnown, bytes, extensible, instant, integer, list, listOfKnown, oneOf, oneOfOrLater, record } from "./fields.js";
import { required, text } from "./fields.js";

const CONTENT = -65_537;
const MOST_BYTES_SEALED = 66_944;
const queue = text(40, "queue");
const origin = text(130, "origin");
const id = bytes(16);
const digest = bytes(32);

export const message = record([
  [4, "not_after", instant, required],
  [6, "created", instant, required],
  [7, "id", id, required],
  [
    CONTENT,
    "content",
    record([
      [0, "queue", queue, required],
      [1, "environment", oneOf("environment"), required],
      [2, "documents", list(1, 16, bytes()), required],
    ]),
    required,
  ],
]);

/** What a relay reads of a sealed message. */
export const outer = record([
  [4, "not_after", instant, required],
  [6, "created", instant, required],
  [7, "id", id, required],
  [
    CONTENT,
    "content",
    record([
      [0, "queue", queue, required],
      [1, "environment", oneOf("environment"), required],
      [2, "bucket", integer(0, 2), required],
    ]),
    required,
  ],
]);

const sealingKey = extensible([
  [0, "kem", oneOfOrLater("kem"), required],
  [1, "public", bytes(), required],
]);

export const mailKey = record([
  [4, "valid_until", instant, required],
  [6, "issued_at", instant, required],
  [
    CONTENT,
    "content",
    extensible([
      [0, "queue", queue, required],
      [1, "environment", oneOf("environment"), required],
      [2, "keys", atLeastOneKnown(4, sealingKey), required],
    ]),
    required,
  ],
]);

export const token = record([
  [3, "audience", origin, required],
  [4, "valid_until", instant, required],
  [6, "issued_at", instant, required],
  [7, "id", id, required],
]);

export const receipt = record([
  [6, "issued_at", instant, required],
  [
    CONTENT,
    "content",
    record([
      [0, "type", oneOf("receipt_type"), required],
      [1, "queue", queue, required],
      [2, "message_id", id],
      [3, "digest", digest],
      [4, "sequence", integer(0, 1_099_511_627_776)],
      [5, "previous", digest],
      [6, "head", digest],
      [7, "documents", list(1, 16, digest)],
      [8, "outcome", oneOf("receipt_outcome")],
      [9, "code", text(60)],
      [10, "detail", text(250)],
      [11, "handed_over_at", instant],
    ]),
    required,
  ],
]);

const endpoint = extensible([
  [0, "url", origin, required],
  [1, "network", text(20), required],
]);

const entry = extensible([
  [0, "queue", queue, required],
  [1, "name", text(100), required],
  [2, "place", text(60), required],
  [3, "organisation", text(100), required],
  [4, "endpoints", atLeastOneKnown(8, endpoint), required],
  [5, "mail_key", bytes(), required],
  [
    6,
    "sdk",
    extensible([
      [0, "organisation", text(80), required],
      [1, "functional", text(120), required],
    ]),
  ],
]);

export const addressBook = record([
  [1, "authority", text(64), required],
  [6, "issued_at", instant, required],
  [
    CONTENT,
    "content",
    extensible([
      [0, "version", integer(1, 1_099_511_627_776), required],
      [1, "environment", oneOf("environment"), required],
      [2, "next_update", instant, required],
      [3, "entries", listOfKnown(0, 20_000, entry), required],
    ]),
    required,
  ],
]);

/** Bodies of the relay's API, by their names. */
export const BODIES = {
  inbox_answer: extensible([
    [0, "head", bytes(), required],
    [1, "chain", list(1, 500, bytes())],
    [2, "messages", list(1, 100, bytes(undefined, MOST_BYTES_SEALED))],
    [3, "ended", list(1, 500, bytes())],
  ]),
  acks: extensible([
    [0, "digests", list(1, 100, digest)],
    [1, "receipts", list(1, 200, bytes())],
  ]),
  receipts: extensible([[0, "receipts", list(1, 500, bytes())]]),
};
