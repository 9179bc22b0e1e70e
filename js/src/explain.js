/**
 * Words for a code, for the people at the counter (docs/codes.md).
 *
 * Rules: an unknown code is shown as it is; a program that reads verdicts goes by the outcome.
 */

import { WORDING } from "./data.js";

/** The one code that only this package has. */
const OWN = {
  algorithm_unavailable: {
    sv: "Webbläsaren kan inte pröva den här sortens underskrift (Ed25519).",
    en: "This browser cannot check this kind of signature (Ed25519).",
    do_sv: "Uppdatera webbläsaren, eller pröva receptet i ett annat program.",
    do_en: "Update the browser, or check the prescription in another program.",
  },
};

/**
 * @param {string} code @param {"sv" | "en"} language
 * @returns {{what: string, todo: string}}
 */
export function explain(code, language) {
  const known = [OWN, WORDING.codes].find((codes) => Object.hasOwn(codes, code));
  if (!known) return { what: code, todo: "" };
  return { what: known[code][language], todo: known[code][`do_${language}`] ?? "" };
}
