/**
 * Identifiers: form, then day, then check digit (docs/format.md section 8.2).
 *
 * Rules: each takes text that is already printable and returns nothing, or refuses with its own code. Digits are ASCII. That a
 * number is well formed says nothing about whether it was ever issued.
 */

import { WORDING } from "./data.js";
import { dayOf } from "./days.js";
import { refuse } from "./errors.js";

const whole = (pattern) => new RegExp(`^(?:${pattern})$`);

function form(pattern, code) {
  const expression = whole(pattern);
  return (text) => void (expression.test(text) || refuse(code));
}

/** ISO/IEC 7812-1, over all digits, or GS1: from the right, weights 1, 2 (digit sum) or 1, 3. */
function checks(digits, weigh) {
  const sum = [...digits].reverse().reduce((total, digit, at) => total + weigh(Number(digit), at % 2 === 1), 0);
  return sum % 10 === 0;
}

const luhn = (digits) => checks(digits, (digit, second) => (second ? 2 * digit - (digit > 4 ? 9 : 0) : digit));
const gs1 = (digits) => checks(digits, (digit, second) => (second ? 3 * digit : digit));

/**
 * The day that the first 8 digits name.
 * @param {string} digits YYYYMMDD…
 * @param {number} [added] to the day
 * @returns {number | null} as days.js; null where there is none in the 18th to 20th hundreds
 */
export function dayInDigits(digits, added = 0) {
  if (!/^(18|19|20)/.test(digits)) return null;
  return dayOf(Number(digits.slice(0, 4)), Number(digits.slice(4, 6)), Number(digits.slice(6, 8)) - added);
}

function personal(name, added) {
  const hasForm = form("[0-9]{12}", `${name}_form`);
  return (text) => {
    hasForm(text);
    if (dayInDigits(text, added) === null) refuse(`${name}_date`);
    if (!luhn(text.slice(2))) refuse(`${name}_check_digit`);
  };
}

function checked(name, digits, isRight) {
  const hasForm = form(`[0-9]{${digits}}`, `${name}_form`);
  return (text) => {
    hasForm(text);
    if (!isRight(text)) refuse(`${name}_check_digit`);
  };
}

/** `gln:` and a GLN, or `key:` and 32 hexadecimal digits. */
function queueName(text) {
  const isGln = /^gln:[0-9]{13}$/.test(text) && gs1(text.slice(4));
  if (!isGln && !/^key:[0-9a-f]{32}$/.test(text)) refuse("mail_queue");
}

export const IDENTIFIERS = {
  personnummer: personal("personnummer", 0),
  samordningsnummer: personal("samordningsnummer", 60),
  organisation_number: checked("organisation_number", 10, luhn),
  gln: checked("gln", 13, gs1),
  birth_date: (text) => void (/^[0-9]{8}$/.test(text) && dayInDigits(text) !== null ? null : refuse("birth_date_form")),
  npl_id: form("[0-9]{14}", "npl_id_form"),
  npl_pack_id: form("[0-9]{14}", "npl_pack_id_form"),
  varunummer: form("[0-9]{6}", "varunummer_form"),
  prescriber_code: form("[0-9]{7}", "prescriber_code_form"),
  workplace_code: form("[0-9]{13}", "workplace_code_form"),
  atc: form("Q?[A-Z]([0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?)?", "atc_form"),
  snomed: form("[1-9][0-9]{5,17}", "snomed_form"),
  organisation: form("SE[0-9]{10}", "organisation_form"),
  list_name: form("[a-z0-9-]+(/[a-z0-9-]+)?", "snapshot_name"),
  hsa_id: form("SE[0-9]{10}-[A-Z0-9]{1,20}", "hsa_id_form"),
  origin: form("https?://[a-z0-9.\\[\\]:-]{1,120}", "mail_origin"),
  queue: queueName,
  phone: form("\\+?[0-9]([ -]?[0-9]){4,18}", "phone_form"),
};

const OID = whole("1\\.2\\.752(\\.(0|[1-9][0-9]{0,9})){1,12}");

/**
 * What is wrong with a reservnummer; judged with the rules of a prescription.
 * @param {{oid: string, number: string}} reservnummer
 * @returns {string | null} a code
 */
export function faultOfReservnummer({ oid, number }) {
  if (!OID.test(oid)) return "reservnummer_oid";
  const forms = WORDING.reservnummer_forms;
  const expected = Object.hasOwn(forms, oid) ? forms[oid] : WORDING.reservnummer_form_other;
  return whole(expected).test(number) ? null : "reservnummer_form";
}
