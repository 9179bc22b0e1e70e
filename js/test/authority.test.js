/** Roots one after another, and what a site holds under one. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { fromHex } from "../src/bytes.js";
import { openRoot, openTrust, openTrustBundle, Trust, verify } from "../src/index.js";
import { graceOf } from "../src/grades.js";
import { revokedFrom } from "../src/status.js";
import { loadVectors } from "./load.js";

const vectors = loadVectors();
const isHeld = ({ request }) => request.layer === "prescription" && request.trust.root && request.trust.snapshot;
const held = vectors.find((each) => isHeld(each) && each.vector.checks.some(({ code }) => code === "snapshot_ok"));
const { request } = held;
const now = Date.parse(request.now) / 1000;
const codes = ({ checks }) => checks.map(({ code }) => code);
const judge = (trust, at = now, more = {}) => verify(fromHex(request.input), trust, at, { policy: request.policy, ...more });

test("a root opens under the one before, not under itself or another", async () => {
  const follows = ({ request: { layer, trust }, vector }) => layer === "root" && trust.root && vector.expect === "accepted";
  const next = vectors.find(follows);
  const first = await openRoot(fromHex(next.request.trust.root));
  const second = await openRoot(fromHex(next.request.input), first);
  assert.equal(second.claims.content.version, first.claims.content.version + 1);
  assert.match(second.fingerprint, /^[0-9a-f]{64}$/);
  assert.notEqual(second.fingerprint, first.fingerprint);
  await assert.rejects(openRoot(fromHex(next.request.trust.root), second), { name: "DprError" });
  await assert.rejects(openRoot(fromHex(next.request.input), second), { code: "root_version" });
});

test("a site with a root needs no anchor", async () => {
  const { anchor: _, ...bundle } = request.trust;
  const [with_, without] = [await openTrustBundle(request.trust), await openTrustBundle(bundle)];
  assert.equal(without.anchor.authority, with_.anchor.authority);
  assert.deepEqual((await judge(without)).checks, (await judge(with_)).checks);
});

test("a root that does not open is an error, a snapshot that does not is left out and said to be missing", async () => {
  const { root, snapshot, trust_list: list } = request.trust;
  const torn = fromHex(snapshot).subarray(0, -1);
  const trust = await openTrust(null, fromHex(list), { root: fromHex(root), snapshot: torn });
  assert.equal(trust.snapshot, null);
  assert.deepEqual(trust.notTakenUp, ["cbor_malformed"]);
  assert.ok(codes(await judge(trust)).includes("snapshot_missing"));
  await assert.rejects(openTrust(null, fromHex(list), { root: torn }), { name: "DprError" });
});

test("a clock that is set back is judged at the floor: what was kept, or what the authority signed last", async () => {
  const trust = await openTrustBundle({ ...request.trust, floor: now + 301 });
  assert.equal(trust.floor, now + 301);
  assert.ok(codes(await judge(trust)).includes("clock_behind"));
  assert.ok(!codes(await judge(trust, now + 1)).includes("clock_behind"), "300 seconds are within the skew");
  assert.ok(codes(await judge(trust, now + 301 - 25 * 3_600)).includes("clock_far_behind"));
  assert.equal((await openTrustBundle({ ...request.trust, floor: 0 })).floor, trust.snapshot.issued_at);
  assert.equal(new Trust(null, null).floor, -Infinity);
  await assert.rejects(openTrust(null, null, { floor: NaN }), TypeError);
});

test("issuers of a later version are left out, and counted", async () => {
  const later = vectors.find(({ name }) => name === "trust_list:later-issuers-only").request;
  const trust = await openTrust(later.trust.anchor, fromHex(later.input));
  assert.equal(trust.list.content.issuers.length, 0);
  assert.equal(trust.issuersLeftOut, 3);
  assert.equal((await openTrustBundle(request.trust)).issuersLeftOut, 0);
  assert.equal((await judge(trust)).code, "chain_issuer_unknown");
});

test("known since when is an instant or nothing", async () => {
  const trust = await openTrustBundle(request.trust);
  assert.deepEqual(codes(await judge(trust, now, { knownSince: now })), codes(await judge(trust, now, { knownSince: null })));
  for (const knownSince of ["1795262400", NaN, Infinity]) {
    assert.equal((await judge(trust, now, { knownSince })).code, "internal_error", String(knownSince));
  }
});

test("a credential is revoked from its entry's instant, else since ever by its bit", () => {
  assert.equal(revokedFrom("valid", 10, 10), 10);
  assert.equal(revokedFrom("valid", 11, 10), null);
  assert.equal(revokedFrom("revoked", 11, 10), 11);
  assert.equal(revokedFrom("revoked", undefined, 10), -Infinity);
  assert.equal(revokedFrom("revoked", 9, 10), 9);
  assert.equal(revokedFrom(undefined, 9, 10), 9);
  assert.equal(revokedFrom("suspended", undefined, 10), null);
});

test("a grace is short, long or over, and none where a renewal could have come", () => {
  const policy = { credential_grace_hours: 1, credential_grace_red_hours: 2 };
  const graces = [-1, 0, 3_600, 3_601, 7_200, 7_201].map((over) => graceOf(1_000_000, 1_000_000 + over, false, policy));
  assert.deepEqual(graces, ["in_force", "short", "short", "long", "long", "over"]);
  assert.equal(graceOf(1_000_000, 1_000_000, true, policy), "over");
  assert.equal(graceOf(1_000_000, 999_999, true, policy), "in_force");
  assert.equal(graceOf(0, 7_200, false, { credential_grace_hours: 3, credential_grace_red_hours: 1 }), "over");
});
