/**
 * The rules of a prescription whose fields are well formed (docs/format.md section 12).
 *
 * Rules: all are judged, in the order of the specification; each broken one yields its code. Nothing here knows the site or
 * the time.
 */

import { WORDING } from "./data.js";
import { ageOn, aYearAfter, dayEndingAt, dayHolding } from "./days.js";
import { dayInDigits, faultOfReservnummer } from "./identifiers.js";

const count = (...values) => values.filter((value) => value !== undefined).length;

/**
 * @param {any} claims of a prescription
 * @returns {string[]} codes of the broken rules
 */
export function brokenRules(claims) {
  const { content } = claims;
  const authored = dayHolding(claims.authored_at);
  return [
    ...ofValidity(claims, authored),
    ...ofSubject(content),
    ...ofPatient(claims, authored),
    ...content.items.flatMap((item) => ofItem(item, content.kind)),
  ];
}

/** The codes whose conditions hold. */
function broken(rules) {
  return rules.filter(([holds]) => holds).map(([, code]) => code);
}

function ofValidity({ expires_at: expiresAt, content }, authored) {
  const validTo = dayEndingAt(expiresAt);
  if (validTo === null) return ["validity_not_whole_days"];
  if (validTo < authored) return ["validity_before_authored"];
  if (content.telephone) return broken([[validTo > authored + WORDING.telephone_days, "validity_telephone"]]);
  return broken([[validTo > aYearAfter(authored), "validity_too_long"]]);
}

function ofSubject({ kind, patient, animal, reason }) {
  const forAnimal = kind === "animal";
  const owner = animal?.owner;
  return broken([
    [forAnimal && !animal, "animal_missing"],
    [forAnimal && patient, "patient_not_for_animal"],
    [!forAnimal && animal, "animal_not_for_people"],
    [!forAnimal && !patient, "patient_missing"],
    [owner && count(owner.personnummer, owner.organisation_number) !== 1, "owner_identity"],
    [kind === "prescription" && reason === undefined, "reason_missing"],
    [kind !== "prescription" && reason !== undefined, "reason_not_applicable"],
  ]);
}

function ofPatient({ audience, content }, authored) {
  const { patient, items, kind } = content;
  if (!patient) return [];
  const { personnummer, samordningsnummer, reservnummer, birth_date: birthDate, name } = patient;
  const fault = reservnummer && faultOfReservnummer(reservnummer);
  const identities = count(personnummer, samordningsnummer, reservnummer, birthDate);
  const bornLater = births(patient).some((birth) => birth > authored);
  const tooOld = births(patient).some((birth) => ageOn(birth, authored) >= WORDING.food_age_years);
  return broken([
    [identities !== 1, "patient_identity"],
    [fault, fault],
    [birthDate && name === undefined, "patient_name_missing"],
    [birthDate && audience === undefined, "birth_date_needs_audience"],
    [birthDate && items.some((item) => item.dose_dispensing), "birth_date_dose_dispensing"],
    [patient.protected && name !== undefined, "protected_name"],
    [patient.protected && birthDate, "protected_birth_date"],
    [bornLater, "patient_born_later"],
    [!bornLater && kind === "food" && tooOld, "food_age"],
  ]);
}

/** The day of birth, from the first identity that tells one; none or one. */
function births({ personnummer, samordningsnummer, birth_date: birthDate }) {
  if (personnummer) return [dayInDigits(personnummer)];
  if (samordningsnummer) return [dayInDigits(samordningsnummer, 60)];
  return birthDate ? [dayInDigits(birthDate)] : [];
}

function ofItem(item, kind) {
  const isGoods = kind === "consumables" || kind === "food";
  const forAnimal = kind === "animal";
  const { benefit, unlisted, varunummer } = item;
  const nplIds = count(item.npl_pack_id, item.npl_id);
  const codes = nplIds + count(varunummer);
  return broken([
    [isGoods && (varunummer === undefined || nplIds > 0), "product_code_kind"],
    [isGoods && item.control_class !== undefined, "control_class_kind"],
    [!isGoods && codes + count(unlisted) === 0, "product_code_missing"],
    [unlisted !== undefined && codes > 0, "unlisted_with_code"],
    [forAnimal && (benefit !== undefined || item.infection_act), "benefit_not_for_animals"],
    [!forAnimal && benefit === undefined, "benefit_missing"],
    [(item.benefit_conditions !== undefined) !== (benefit === true), "benefit_conditions"],
    [!isGoods && item.substitution === undefined, "substitution_missing"],
    [item.interval_days !== undefined && item.dispensings === 1, "interval_without_repeats"],
  ]);
}
