/** Who signed: nothing that is refused is remembered, and a kid decides nothing. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { fromHex } from "../src/bytes.js";
import { encode, Tagged } from "../src/cbor.js";
import { inForce, openCredential } from "../src/chain.js";
import { openTrustBundle, verify } from "../src/index.js";
import { loadVectors } from "./load.js";

const vectors = loadVectors();
const named = (name) => vectors.find((each) => each.name === name).request;
const OF_THE_CREDENTIAL = [
  "chain_issuer_differs", "demo_key_in_production", "scope_role", "scope_profession", "scope_gln", "scope_organisation",
];
const judge = ({ input, now, policy }, trust) => verify(fromHex(input), trust, Date.parse(now) / 1000, { policy });

test("a credential that is refused is refused the second time, too", async () => {
  const met = new Set();
  for (const { name, request, vector } of vectors) {
    if (!["prescription", "credential"].includes(request.layer) || !OF_THE_CREDENTIAL.includes(vector.expect)) continue;
    const trust = await openTrustBundle(request.trust);
    for (let again = 0; again < 2; again++) {
      if (request.layer === "prescription") assert.equal((await judge(request, trust)).code, vector.expect, name);
      else await assert.rejects(openCredential(fromHex(request.input), trust), { code: vector.expect }, name);
    }
    assert.equal(trust.opened.size, trust.credentials.length, name);
    met.add(vector.expect);
  }
  assert.deepEqual([...met].sort(), [...OF_THE_CREDENTIAL].sort());
});

test("of two held credentials with one kid, the signer is the one whose key verified", async () => {
  const request = named("prescription:kid-only");
  const trust = await openTrustBundle(request.trust);
  const { prescriber } = await judge(request, trust);
  const [held] = trust.credentials.filter(({ claims }) => claims.key === prescriber.key);
  const { issuers } = trust.list.content;
  const kid = await held.key.kid();
  const other = issuers.flatMap(({ keys }) => keys).find(({ algorithm }) => algorithm === held.key.algorithm);
  const key = Object.assign(Object.create(other), { kid: async () => kid });
  const claims = { ...held.claims, key, valid_from: held.claims.valid_from + 1, holder: { ...held.claims.holder, name: "Other" } };
  for (const both of [[held, { ...held, key, claims }], [{ ...held, key, claims }, held]]) {
    trust.credentials = both;
    const verdict = await judge(request, trust);
    assert.ok(verdict.accepted, verdict.code);
    assert.equal(verdict.prescriber.holder.name, prescriber.holder.name);
  }
});

test("a credential is in force from its first instant until before its last", () => {
  const key = { encoded: () => Uint8Array.of(1) };
  const [early, late] = [[10, 20], [20, 30]].map(([from, until]) => ({ key, claims: { valid_from: from, valid_until: until } }));
  for (const [instant, expected] of [[9, early], [10, early], [19, early], [20, late], [29, late], [30, early]]) {
    assert.equal(inForce([early, late], late, instant), expected, String(instant));
  }
});

test("several issuers of one key are ambiguous among those in force, and where none is among all", () => {
  const key = { encoded: () => Uint8Array.of(1) };
  const other = { encoded: () => Uint8Array.of(2) };
  const of = (issuer, from, until, its = key) => ({ key: its, claims: { issuer, valid_from: from, valid_until: until } });
  const ambiguous = { code: "chain_credential_ambiguous" };
  const [a, b, again] = [of("a", 10, 30), of("b", 20, 40), of("a", 5, 40)];
  for (const both of [[a, b], [b, a]]) {
    for (const instant of [9, 20, 29, 40]) assert.throws(() => inForce(both, a, instant), ambiguous, String(instant));
    assert.equal(inForce(both, b, 19), a);
    assert.equal(inForce(both, a, 30), b);
  }
  assert.throws(() => inForce([a, again, b], a, 20), ambiguous, "wherever it stands");
  assert.equal(inForce([a, again], a, 20), a, "one issuer's renewal");
  assert.equal(inForce([a, of("b", 10, 30, other)], a, 20), a, "of another key with the same kid");
});

test("the kind is judged before the credential that a document carries", async () => {
  const request = named("prescription:one-item");
  const trust = await openTrustBundle(request.trust);
  const carrying = (typ, carried) => {
    const header = new Map([[1, -7], [4, Uint8Array.of(1)], [13, carried], [16, typ]]);
    return [encode(header), new Map(), new Uint8Array(0), new Uint8Array(64)];
  };
  const opened = [];
  trust.remember = (name) => opened.push(name);
  const whole = (typ, carried) => encode(new Tagged(18, carrying(typ, carried)));
  const code = async (bytes) => (await verify(bytes, trust, 0, { policy: request.policy })).code;
  assert.equal(await code(whole("dpr-dispensing", null)), "document_kind", "not what is wrong with null as a credential");
  assert.equal(await code(whole("dpr-prescription", null)), "cose_tag");
  const within = new Tagged(18, carrying("dpr-prescription", null));
  assert.equal(await code(whole("dpr-prescription", within)), "document_kind");
  assert.deepEqual(opened, []);
});
