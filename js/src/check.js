/**
 * One check of a verdict (docs/format.md section 13).
 *
 * Rules: what does not apply is not in it.
 */

/**
 * @typedef {"pass" | "warn" | "stop"} Outcome
 * @typedef {{step: number, code: string, outcome: Outcome, age_seconds?: number, item?: number, override?: true}} Check
 */

/**
 * @param {number} step @param {Outcome} outcome @param {string} code
 * @param {{age?: number, item?: number, override?: boolean}} [more] age: seconds; item: 1 is the first
 * @returns {Check}
 */
export function check(step, outcome, code, { age, item, override } = {}) {
  /** @type {Check} */
  const made = { step, code, outcome };
  if (age !== undefined) made.age_seconds = age;
  if (item !== undefined) made.item = item;
  if (override) made.override = true;
  return made;
}

/**
 * A check for each item of which a test says so.
 * @param {any} claims of a prescription @param {(each: any, item: number) => Check | null} test
 * @returns {Check[]}
 */
export function forItems(claims, test) {
  return claims.content.items.flatMap((each, at) => test(each, at + 1) ?? []);
}
