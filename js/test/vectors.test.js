import assert from "node:assert/strict";
import { test } from "node:test";

import { answer } from "../src/judges.js";
import { loadVectors, STATED } from "./load.js";

const vectors = loadVectors();

test("there are vectors of every layer", () => {
  const layers = new Set(vectors.map(({ request }) => request.layer));
  assert.deepEqual(
    [...layers].sort(),
    [
      "address_book", "body", "carriage", "cbor", "chain", "cose", "credential", "dispensing", "key", "mail_key", "message",
      "opened", "parts", "prescription", "qr", "receipt", "revocation", "root", "sealed", "snapshot", "status_list", "token",
      "trust_list",
    ],
  );
});

test("refused prescriptions state their checks", () => {
  assert.ok(vectors.filter(({ vector }) => vector.expect !== "accepted" && vector.checks?.length > 0).length > 200);
});

for (const { name, request, vector } of vectors) {
  test(name, async (context) => {
    const given = await answer(request);
    if (given.verdict === "unsupported" && request.layer === "opened") return context.skip("no ML-KEM here");
    if (vector.expect !== "accepted") {
      const checks = "checks" in vector ? { checks: vector.checks } : {};
      return assert.deepEqual(given, { number: 1, verdict: "refused", code: vector.expect, ...checks });
    }
    assert.equal(given.verdict, "accepted", given.code);
    for (const member of STATED) if (member in vector) assert.deepEqual(given[member], vector[member]);
  });
}
