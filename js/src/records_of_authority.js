/**
 * The fields of what the authority signs: the tables of docs/format.md sections 7.1, 7.6 and 7.7.
 *
 * Rules: key, name, type, and whether it must be there. These documents reach old programs too, so they have room for what a
 * later version adds (section 18). Rules that span fields are in claims.js.
 */

import { extensible, instant, integer, knownKeys, list, listOfKnown, names, oneOf, oneOfOrLater, record } from "./fields.js";
import { required, text } from "./fields.js";

const CONTENT = -65_537;
const version = integer(1, 1_099_511_627_776);

/** A claims set with this content. */
const signedByAuthority = (content) =>
  record([
    [1, "authority", text(64), required],
    [6, "issued_at", instant, required],
    [CONTENT, "content", content, required],
  ]);

const quorum = extensible([
  [0, "threshold", integer(1, 16), required],
  [1, "keys", knownKeys(16), required],
]);

export const root = signedByAuthority(
  extensible([
    [0, "version", version, required],
    [1, "environment", oneOf("environment"), required],
    [2, "root", quorum, required],
    [3, "lists", quorum, required],
    [4, "snapshot", quorum, required],
  ]),
);

const issuer = extensible([
  [0, "id", text(64), required],
  [1, "name", text(100), required],
  [2, "role", oneOfOrLater("issuer_role"), required],
  [3, "keys", knownKeys(8), required],
  [4, "professions", listOfKnown(1, 16, oneOfOrLater("profession"))],
  [5, "kinds", listOfKnown(1, 16, oneOfOrLater("prescription_kind"))],
  [6, "glns", list(1, 5000, text(13, "gln"))],
  [7, "valid_from", instant, required],
  [8, "valid_until", instant, required],
  [9, "organisations", list(1, 500, text(12, "organisation"))],
]);

export const trustList = signedByAuthority(
  extensible([
    [0, "version", version, required],
    [1, "environment", oneOf("environment"), required],
    [2, "next_update", instant, required],
    [3, "issuers", listOfKnown(1, 20_000, issuer), required],
  ]),
);

export const snapshot = signedByAuthority(
  extensible([
    [0, "version", version, required],
    [1, "environment", oneOf("environment"), required],
    [2, "next_update", instant, required],
    [3, "minimums", names(1, 50_000, text(64, "list_name"), version), required],
  ]),
);
