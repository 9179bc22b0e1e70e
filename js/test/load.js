/** The vectors of tests/vectors as requests, and numbers that are random and the same each time. */

import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../../tests/vectors/", import.meta.url);
const SHARED = ["now", "policy", "trust"];

/** @returns {{name: string, request: Record<string, any>, vector: Record<string, any>}[]} */
export function loadVectors() {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => {
      const file = JSON.parse(readFileSync(new URL(name, FOLDER), "utf-8"));
      const nameOf = (vector) => `${name.slice(0, -5)}:${vector.name}`;
      return file.vectors.map((vector) => ({ name: nameOf(vector), request: asRequest(file, vector), vector }));
    });
}

function asRequest(file, vector) {
  const request = { number: 1, layer: vector.layer, input: vector.input };
  for (const name of ["key", "external_aad", "known_since", "given"]) if (name in vector) request[name] = vector[name];
  for (const name of SHARED) {
    if (!(name in file)) continue;
    request[name] = name === "now" ? (vector.now ?? file.now) : { ...file[name], ...vector[name] };
  }
  return request;
}

/** What an accepted vector states beside its verdict. */
export const STATED = ["claims", "checks", "text", "payload", "document", "documents", "thumbprint", "fingerprint", "key_id"];
STATED.push("place", "beyond", "state", "receipt");

/** A small generator (mulberry32); @returns a function from a bound to an integer below it */
export function seeded(seed) {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}
