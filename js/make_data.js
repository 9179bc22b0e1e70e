/**
 * Makes src/data.js from schemas/ (and the codes that docs/format.md and docs/protocol.md name), so that a page needs to fetch nothing.
 *
 *     node make_data.js            writes it
 *     node make_data.js --check    ends with 1 where it is not current
 */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const from = (path) => new URL(path, import.meta.url);
const WORDING = from("../schemas/wording.json");
const PAGES = [from("../docs/format.md"), from("../docs/protocol.md")];
const DICTIONARY = from("../schemas/dictionary/dpr1.bin");
const DATA = from("src/data.js");

const MORE_CODES = ["policy_invalid"];

/** Words for the codes that the specification names, and a few: the others belong to programs that do more than verify. */
function namedCodes(codes) {
  const pages = PAGES.map((page) => readFileSync(page, "utf-8")).join("\n");
  const isNamed = (code) => MORE_CODES.includes(code) || pages.includes(`\`${code}\``);
  return Object.fromEntries(Object.entries(codes).filter(([code]) => isNamed(code)).sort());
}

/** @returns {string} the module's text */
export function makeData() {
  const { about: _, codes, ...wording } = JSON.parse(readFileSync(WORDING, "utf-8"));
  wording.codes = namedCodes(codes);
  const members = Object.entries(wording).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  const dictionary = readFileSync(DICTIONARY).toString("base64");
  return [
    "/** Words and tables of schemas/wording.json, and the dictionary of DPR1. Made by make_data.js; do not edit. */",
    `export const WORDING = {\n${members.join("\n")}\n};`,
    `export const DICTIONARY_BASE64 =\n  "${dictionary}";\n`,
  ].join("\n\n");
}

/** @returns {boolean} whether src/data.js is what would be made */
export function isCurrent() {
  return readFileSync(DATA, "utf-8") === makeData();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes("--check")) writeFileSync(DATA, makeData());
  else if (!isCurrent()) process.exitCode = 1;
}
