/**
 * Days in Europe/Stockholm (docs/format.md section 9), as the fixed rule for 2000 to 2199; no table of time zones is asked.
 *
 * Rules: an instant is whole seconds since 1970 UTC; a day is whole days since 1970-01-01 as a number, so days compare and
 * subtract.
 *
 *     showDay(dayHolding(1795262340)) === "2026-11-21"
 */

const SECONDS = 86_400;
const HOUR = 3_600;

/** @param {number} year @param {number} month 1 … 12 @param {number} day @returns {number | null} null where there is none */
export function dayOf(year, month, day) {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isReal = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal ? date.getTime() / (1000 * SECONDS) : null;
}

/** @param {number} day @returns {[number, number, number]} year, month, day */
export function partsOf(day) {
  const date = new Date(day * SECONDS * 1000);
  return [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
}

/** @param {number} day @returns {string} YYYY-MM-DD */
export function showDay(day) {
  return new Date(day * SECONDS * 1000).toISOString().slice(0, 10);
}

/** 01:00 UTC on the last Sunday of a month of 31 days. */
function change(year, month) {
  const last = dayOf(year, month, 31);
  return (last - ((last + 4) % 7)) * SECONDS + HOUR; // day 0 was a Thursday
}

function offset(instant) {
  const [year] = partsOf(Math.floor(instant / SECONDS));
  return instant >= change(year, 3) && instant < change(year, 10) ? 2 * HOUR : HOUR;
}

/** @param {number} instant @returns {number} the day that holds it */
export function dayHolding(instant) {
  return Math.floor((instant + offset(instant)) / SECONDS);
}

/** @param {number} instant @returns {number | null} the day that ends exactly then */
export function dayEndingAt(instant) {
  const local = instant + offset(instant);
  return local % SECONDS === 0 ? local / SECONDS - 1 : null;
}

/** @param {number} day @returns {number} the same date next year; for 29 February the 28th */
export function aYearAfter(day) {
  const [year, month, date] = partsOf(day);
  return dayOf(year + 1, month, date) ?? dayOf(year + 1, 2, 28);
}

/** @param {number} birth @param {number} day @returns {number} full years */
export function ageOn(birth, day) {
  const [[year, ...date], [yearNow, ...dateNow]] = [partsOf(birth), partsOf(day)];
  const before = dateNow[0] < date[0] || (dateNow[0] === date[0] && dateNow[1] < date[1]);
  return yearNow - year - (before ? 1 : 0);
}
