/**
 * The fields of what issuers and holders sign: the tables of docs/format.md sections 7.2 to 7.5 and 7.8.
 *
 * Rules: key, name, type, and whether it must be there. Rules that span fields are in claims.js and rules.js.
 */

import { bytes, coseKey, digits, flag, instant, integer, list, oneOf, only, record, required } from "./fields.js";
import { substitution, text, yesNo, zlib } from "./fields.js";

const CONTENT = -65_537;

const workplace = record([
  [0, "name", text(80), required],
  [1, "place", text(40), required],
  [2, "code", digits(13, "workplace_code")],
  [3, "hsa_id", text(33, "hsa_id")],
]);

const holder = record([
  [0, "role", oneOf("role"), required],
  [1, "name", text(80), required],
  [2, "prescriber_code", digits(7, "prescriber_code")],
  [3, "profession", oneOf("profession")],
  [4, "specialist", text(60)],
  [5, "phone", text(20, "phone")],
  [6, "workplace", workplace],
  [7, "gln", text(13, "gln")],
]);

const statusReference = record([
  ["idx", "idx", integer(0, 2_147_483_647), required],
  ["uri", "uri", text(200), required],
]);

export const credential = record([
  [1, "issuer", text(64), required],
  [4, "valid_until", instant, required],
  [5, "valid_from", instant, required],
  [8, "key", only(1, coseKey), required],
  [65_535, "status", only("status_list", statusReference), required],
  [CONTENT, "holder", holder, required],
]);

const entries = record([
  ["bits", "bits", integer(1, 2), required],
  ["lst", "lst", zlib, required],
]);

export const statusList = record([
  [2, "uri", text(200), required],
  [6, "issued_at", instant, required],
  [65_533, "entries", entries, required],
]);

const revocation = record([
  [0, "idx", integer(0, 2_147_483_647), required],
  [1, "revoked_from", instant, required],
  [2, "reason", oneOf("revocation_reason"), required],
]);

const revocationsContent = record([[0, "entries", list(1, 100_000, revocation), required]]);

export const revocations = record([
  [2, "uri", text(200), required],
  [6, "issued_at", instant, required],
  [CONTENT, "content", revocationsContent, required],
]);

const reservnummer = record([
  [0, "oid", text(64), required],
  [1, "number", text(12), required],
]);

const patient = record([
  [0, "personnummer", digits(12, "personnummer")],
  [1, "samordningsnummer", digits(12, "samordningsnummer")],
  [2, "reservnummer", reservnummer],
  [3, "birth_date", digits(8, "birth_date")],
  [4, "name", text(80)],
  [5, "protected", oneOf("protection")],
]);

const owner = record([
  [0, "personnummer", digits(12, "personnummer")],
  [1, "organisation_number", digits(10, "organisation_number")],
  [2, "name", text(80), required],
]);

const animal = record([
  [0, "species", text(40), required],
  [1, "owner", owner, required],
  [2, "withdrawal_days", integer(0, 3650)],
]);

const dose = record([
  [0, "amount_thousandths", integer(1, 100_000_000), required],
  [1, "unit", text(20), required],
  [2, "times", integer(1, 96), required],
  [3, "period_days", integer(2, 365)],
]);

const item = record([
  [0, "npl_pack_id", digits(14, "npl_pack_id")],
  [1, "npl_id", digits(14, "npl_id")],
  [2, "varunummer", digits(6, "varunummer")],
  [3, "atc", text(8, "atc")],
  [4, "unlisted", oneOf("unlisted")],
  [5, "control_class", oneOf("control_class")],
  [6, "name", text(100), required],
  [7, "form", text(60)],
  [8, "strength", text(40)],
  [9, "pack", text(60)],
  [10, "packages", integer(1, 999), required],
  [11, "dispensings", integer(1, 99), required],
  [12, "interval_days", integer(1, 365)],
  [13, "dosage", text(250), required],
  [14, "dose", dose],
  [15, "purpose", text(120)],
  [16, "reason", text(18, "snomed")],
  [17, "benefit", yesNo],
  [18, "benefit_conditions", yesNo],
  [19, "substitution", substitution],
  [20, "first_pack", flag],
  [21, "dose_dispensing", flag],
  [22, "infection_act", flag],
  [23, "max_dose_exceeded", flag],
]);

const prescriptionContent = record([
  [0, "kind", oneOf("prescription_kind"), required],
  [1, "reason", oneOf("format_reason")],
  [2, "patient", patient],
  [3, "animal", animal],
  [4, "telephone", flag],
  [5, "items", list(1, 20, item), required],
]);

export const prescription = record([
  [3, "audience", text(13, "gln")],
  [4, "expires_at", instant, required],
  [6, "authored_at", instant, required],
  [7, "id", bytes(16), required],
  [CONTENT, "content", prescriptionContent, required],
]);

const charge = record([
  [0, "amount_ore", integer(0, 100_000_000), required],
  [1, "basis", oneOf("charge_basis"), required],
]);

const ground = record([
  [0, "decided_by", text(80), required],
  [1, "reason", text(250), required],
  [2, "since", instant, required],
]);

const checked = record([
  [0, "step", integer(1, 13), required],
  [1, "code", text(60), required],
  [2, "outcome", oneOf("outcome"), required],
  [3, "age_seconds", integer(0, 1_099_511_627_776)],
]);

const override = record([
  [0, "code", text(60), required],
  [1, "reason", text(250), required],
]);

const dispensingContent = record([
  [0, "prescription_id", bytes(16), required],
  [1, "prescription_digest", bytes(32), required],
  [2, "item", integer(1, 20), required],
  [3, "number", integer(1, 99), required],
  [4, "of", integer(1, 99), required],
  [5, "npl_pack_id", digits(14, "npl_pack_id")],
  [6, "varunummer", digits(6, "varunummer")],
  [7, "product_text", text(250), required],
  [8, "packages", integer(1, 999), required],
  [9, "batch", text(20)],
  [10, "serial", text(20)],
  [11, "substitution_reason", text(120)],
  [12, "handed_over_at", instant, required],
  [13, "pharmacist", bytes(), required],
  [14, "collector", oneOf("collector"), required],
  [15, "identity_check", oneOf("identity_check"), required],
  [16, "charge", charge],
  [17, "ground", ground],
  [18, "checks", list(1, 40, checked), required],
  [19, "overrides", list(1, 20, override)],
]);

export const dispensing = record([
  [6, "recorded_at", instant, required],
  [7, "id", bytes(16), required],
  [CONTENT, "content", dispensingContent, required],
]);
