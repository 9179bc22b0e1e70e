/**
 * The human text: what prescriber, patient and pharmacist compare (docs/format.md section 14).
 *
 * Rules: formed from the signed claims alone, every signed field is shown; plain text, whoever shows it escapes it; a protected
 * identity shows no name, no place and no issuer.
 *
 *     humanText(verdict, "sv") -> [["Patient", [["Namn", "Tolvan Tolvansson"], …]], …]
 */

import { toHex } from "./bytes.js";
import { WORDING } from "./data.js";
import { dayEndingAt, dayHolding, showDay } from "./days.js";

/** @typedef {"sv" | "en"} Language */
/** @typedef {[string, [string, string][]]} Section heading, rows of label and value */

class Words {
  /** @param {Language} language */
  constructor(language) {
    this.language = language;
  }

  label(name) {
    return WORDING.labels[name][this.language];
  }

  value(enumeration, name) {
    return WORDING.enumerations[enumeration].find((entry) => entry.name === name)[this.language];
  }

  days(number) {
    const { one, other } = WORDING.days[this.language];
    return `${number} ${number === 1 ? one : other}`;
  }

  yesNo(value) {
    return this.label(value ? "yes" : "no");
  }

  decimal(thousandths) {
    return String(thousandths / 1000).replace(".", WORDING.decimal_mark[this.language]);
  }

  section(label, rows) {
    return [this.label(label), this.rows(rows)];
  }

  /** Labels for the rows that have a value. */
  rows(rows) {
    return rows.filter(([, value]) => value !== undefined).map(([name, value]) => [this.label(name), value]);
  }
}

const dashed = (digits, before) => digits && `${digits.slice(0, before)}-${digits.slice(before)}`;
const when = (value, show) => (value === undefined ? undefined : show(value));

/**
 * @param {{prescription: any, prescriber: any, issuer: any}} accepted what verify returned
 * @param {Language} language
 * @returns {Section[]}
 */
export function humanText({ prescription, prescriber, issuer }, language) {
  const words = new Words(language);
  const { patient, animal, items } = prescription.content;
  const isProtected = patient?.protected !== undefined;
  return [
    ...(patient ? [ofPatient(patient, words)] : []),
    ...(animal ? [ofAnimal(animal, words)] : []),
    ...items.map((item, at) => ofItem(item, at + 1, words)),
    ofPrescriber(prescriber.holder, issuer, isProtected, words),
    ofPrescription(prescription, words),
  ];
}

function ofPatient(patient, words) {
  const { reservnummer, birth_date: birthDate } = patient;
  return words.section("patient", [
    ["name", patient.protected && WORDING.protected_name[words.language]],
    ["protected", when(patient.protected, (name) => words.value("protection", name))],
    ["name", patient.protected ? undefined : patient.name],
    ["personnummer", dashed(patient.personnummer, 8)],
    ["samordningsnummer", dashed(patient.samordningsnummer, 8)],
    ["reservnummer", reservnummer && `${reservnummer.number} (${reservnummer.oid})`],
    ["birth_date", birthDate && `${birthDate.slice(0, 4)}-${birthDate.slice(4, 6)}-${birthDate.slice(6)}`],
  ]);
}

function ofAnimal({ species, owner, withdrawal_days: withdrawal }, words) {
  return words.section("animal", [
    ["species", species],
    ["owner", owner.name],
    ["personnummer", dashed(owner.personnummer, 8)],
    ["organisation_number", dashed(owner.organisation_number, 6)],
    ["withdrawal_days", when(withdrawal, (days) => words.days(days))],
  ]);
}

function ofItem(item, number, words) {
  const yes = (value) => value && words.label("yes");
  const heading = `${number}. ${item.name}${item.strength === undefined ? "" : ` ${item.strength}`}`;
  const rows = [
    ["product", item.name],
    ["form", item.form],
    ["strength", item.strength],
    ["pack", item.pack],
    ["packages", String(item.packages)],
    ["dispensings", String(item.dispensings)],
    ["interval_days", when(item.interval_days, (days) => words.days(days))],
    ["dosage", item.dosage],
    ["dose", when(item.dose, (dose) => showDose(dose, words))],
    ["purpose", item.purpose],
    ["reason", when(item.reason, (code) => `SNOMED CT ${code}`)],
    ["control_class", when(item.control_class, (name) => words.value("control_class", name))],
    ["unlisted", when(item.unlisted, (name) => words.value("unlisted", name))],
    ["substitution", when(item.substitution, (value) => showSubstitution(value, words))],
    ["benefit", when(item.benefit, (value) => words.yesNo(value))],
    ["benefit_conditions", when(item.benefit_conditions, (value) => words.yesNo(value))],
    ["first_pack", yes(item.first_pack)],
    ["dose_dispensing", yes(item.dose_dispensing)],
    ["infection_act", yes(item.infection_act)],
    ["max_dose_exceeded", yes(item.max_dose_exceeded)],
    ["codes", showCodes(item)],
  ];
  return [heading, words.rows(rows)];
}

function showDose({ amount_thousandths: amount, unit, times, period_days: period = 1 }, words) {
  return `${words.decimal(amount)} ${unit} × ${times} / ${words.days(period)}`;
}

function showSubstitution({ allowed, reason }, words) {
  return allowed ? words.label("allowed") : `${words.label("not_allowed")}: ${reason}`;
}

function showCodes({ npl_pack_id: pack, npl_id: npl, varunummer, atc }) {
  const all = [["NPL-pack-id", pack], ["NPL-id", npl], ["varunummer", varunummer], ["ATC", atc]];
  const codes = all.filter(([, code]) => code !== undefined);
  return codes.length > 0 ? codes.map((code) => code.join(" ")).join(", ") : undefined;
}

function ofPrescriber(holder, issuer, isProtected, words) {
  const masked = WORDING.masked[words.language];
  const { workplace } = holder;
  return words.section("prescriber", [
    ["name", `${holder.name}, ${words.value("profession", holder.profession)}`],
    ["specialist", holder.specialist],
    ["prescriber_code", holder.prescriber_code],
    ["phone", holder.phone],
    ["workplace", workplace && (isProtected ? masked : `${workplace.name}, ${workplace.place}`)],
    ["workplace_code", workplace?.code],
    ["issuer", isProtected ? masked : issuer.name],
  ]);
}

function ofPrescription({ audience, authored_at: authoredAt, expires_at: expiresAt, id, content }, words) {
  return words.section("prescription", [
    ["kind", words.value("prescription_kind", content.kind)],
    ["format_reason", when(content.reason, (name) => words.value("format_reason", name))],
    ["telephone", content.telephone && words.label("yes")],
    ["authored", showDay(dayHolding(authoredAt))],
    ["valid_to", showDay(dayEndingAt(expiresAt))],
    ["audience", when(audience, (gln) => `GLN ${gln}`)],
    ["id", toHex(id)],
  ]);
}
