/**
 * The words of the page (demo.js), beside those of the specification.
 *
 * Rules: Swedish and English say the same; an age is told in the unit that a person would use, rounded down.
 */

/** @typedef {"sv" | "en"} Language */

export const OUTCOMES = {
  pass: { sv: "● Äkta och giltigt", en: "● Authentic and valid" },
  warn: { sv: "▲ Äkta, bedöm varningarna", en: "▲ Authentic, judge the warnings" },
  stop: { sv: "■ Får inte lämnas ut", en: "■ Must not be dispensed" },
};
export const UNSPENT = {
  sv: "Vad som redan är uttaget prövas inte här.",
  en: "What has been dispensed already is not judged here.",
};
export const FAULTS = {
  json: { sv: "Tilliten är inte JSON.", en: "The trust is not JSON." },
  shape: {
    sv: "Tilliten har inte samma form som i testvektorerna: {\"trust\": …, \"policy\": …}.",
    en: "The trust has not the form that it has in the test vectors: {\"trust\": …, \"policy\": …}.",
  },
  time: {
    sv: "Tiden kan inte läsas. Skriv den som 2026-11-21T12:00:00Z, eller lämna fältet tomt.",
    en: "The time cannot be read. Write it as 2026-11-21T12:00:00Z, or leave the field empty.",
  },
};
export const MISSING = {
  sv: ({ numbers, total }) => `Saknas: kod ${numbers.join(", ")} av ${total}.`,
  en: ({ numbers, total }) => `Missing: code ${numbers.join(", ")} of ${total}.`,
};
export const SETTING = { sv: "Inställning:", en: "Setting:" };
export const IN_ORDER = { sv: "Det som är i sin ordning", en: "What is in order" };
export const JUDGED_BY = { sv: "Prövat mot", en: "Judged by" };
export const NOT_HELD = { sv: "saknas", en: "not held" };
export const ITEM = { sv: (item) => `receptrad ${item}`, en: (item) => `item ${item}` };
export const OVERRIDE = { sv: "kräver ett skäl som sparas", en: "needs a reason that is recorded" };
export const RESTS_ON = { sv: (age) => `underlaget är ${age} gammalt`, en: (age) => `what it rests on is ${age} old` };
export const HELD = {
  root: { sv: "Rotdokument", en: "Root" },
  list: { sv: "Lista över utfärdare", en: "Trust list" },
  snapshot: { sv: "Uppgift om de senaste listorna", en: "Snapshot of the latest lists" },
  statusLists: { sv: "Spärrlistor", en: "Status lists" },
  revocations: { sv: "Spärrar med datum", en: "Revocations with dates" },
  leftOut: { sv: "Utfärdare som ett senare program känner till", en: "Issuers that a later program knows" },
  notTakenUp: { sv: "Togs inte upp", en: "Not taken up" },
};

const UNITS = [
  { seconds: 86_400, sv: ["dygn", "dygn"], en: ["day", "days"] },
  { seconds: 3_600, sv: ["timme", "timmar"], en: ["hour", "hours"] },
  { seconds: 60, sv: ["minut", "minuter"], en: ["minute", "minutes"] },
];

/**
 * @param {number} seconds @param {Language} language
 * @returns {string} such as "26 hours": days from two on, hours from two on, else minutes
 */
export function showAge(seconds, language) {
  const unit = UNITS.find((each) => seconds >= 2 * each.seconds) ?? UNITS[2];
  const count = Math.floor(seconds / unit.seconds);
  return `${count} ${unit[language][count === 1 ? 0 : 1]}`;
}

/**
 * A list that is held: its version, where it has one, and when it was issued.
 * @param {number | null} version @param {number} age in seconds @param {Language} language
 * @returns {string}
 */
export function showHeld(version, age, language) {
  const issued = language === "sv" ? `för ${showAge(age, language)} sedan` : `${showAge(age, language)} ago`;
  return version === null ? issued : `version ${version}, ${issued}`;
}
