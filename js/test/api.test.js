/** The public functions, as README.md shows them. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { concat, fromHex, sha256, toHex } from "../src/bytes.js";
import { DprError, explain, fromText, fromTexts, humanText } from "../src/index.js";
import { openTrust, openTrustBundle, Parts, readPolicy, toJson, verify } from "../src/index.js";
import { loadVectors } from "./load.js";

const vectors = loadVectors();
const named = (name) => vectors.find((each) => each.name === name);
const { request, vector } = named("prescription:one-item");
const now = Date.parse(request.now) / 1000;
const { policy } = request;
const asText = (bytes) => `DPR1${BigInt(`0x01${toHex(bytes)}`)}`;

test("from QR text to human text", async () => {
  const { anchor, trust_list: list, status_lists: statusLists } = request.trust;
  const trust = await openTrust(anchor, fromHex(list), { statusLists: statusLists.map(fromHex) });
  const verdict = await verify(fromText(asText(fromHex(request.input))), trust, now, { policy });
  assert.ok(verdict.accepted);
  assert.deepEqual(toJson(verdict.prescription), vector.claims);
  assert.equal(verdict.prescriber.holder.name, "Karin Sjöström");
  assert.equal(verdict.issuer.name, "Region Test");
  assert.equal(verdict.digest.length, 32);
  for (const language of ["sv", "en"]) assert.deepEqual(humanText(verdict, language), vector.text[language]);
});

test("a remembered credential changes nothing in the verdict, and is forgotten at 256", async () => {
  const trust = await openTrustBundle(request.trust);
  const first = await verify(fromHex(request.input), trust, now, { policy });
  const second = await verify(fromHex(request.input), trust, now, { policy });
  assert.deepEqual(first.checks, second.checks);
  assert.equal(trust.opened.size, 1);
  for (let i = 0; i < 400; i++) trust.remember(`other ${i}`, null);
  assert.equal(trust.opened.size, 256);
  assert.ok((await verify(fromHex(request.input), trust, now, { policy })).accepted);
});

test("the default policy is production's, so a test list is refused", async () => {
  const verdict = await verify(fromHex(request.input), await openTrustBundle(request.trust), now);
  assert.equal(verdict.code, "environment_differs");
  assert.ok(verdict.checks.length > 10, "the other steps are judged all the same");
});

test("a setting outside its limits is refused when the policy is read, one of another kind by every verdict", async () => {
  const trust = await openTrustBundle(request.trust);
  const wrong = [
    { environment: "Test" }, { gln: null }, { gln: "735000000000" }, { gln: 7350000000009 }, { gln: "7350000000000" }, { accept_bearer: "false" },
    { clock_skew_seconds: "300" }, { status_red_hours: -1 }, { status_fresh_hours: 0.5 }, { special_status_hours: NaN },
    { class_status_hours: null }, { class_status_hours: [] }, { class_status_hours: { none: 1 } },
    { class_status_hours: { x: 1 } },
    { class_status_hours: { narcotic_ii: 8785 } }, { class_status_hours: { narcotic_ii: "1" } }, { clock_behind_stop_hours: -1 },
  ];
  for (const setting of wrong) {
    const verdict = await verify(fromHex(request.input), trust, now, { policy: { ...policy, ...setting } });
    assert.equal(verdict.code, "policy_invalid", JSON.stringify(setting));
    assert.throws(() => readPolicy(setting), { code: "policy_invalid" });
  }
  for (const setting of [{ clock_skew_seconds: 3601 }, { trust_list_red_hours: 8785 }, { status_red_hours: 8785 }]) {
    assert.throws(() => readPolicy(setting), { code: "policy_invalid", facts: { setting: Object.keys(setting)[0] } });
  }
  assert.equal(readPolicy({}).environment, "production");
  assert.equal(readPolicy({ clock_skew_seconds: 3600 }).clock_skew_seconds, 3600);
  assert.ok((await verify(fromHex(request.input), trust, now, { policy: { ...policy, offline_days: "another's" } })).accepted);
});

test("a trust list that does not open is an error, another part that does not is left out", async () => {
  const { anchor, trust_list: list, status_lists: statusLists } = request.trust;
  const changed = fromHex(list);
  changed[changed.length - 1] ^= 1;
  await assert.rejects(openTrust(anchor, changed), DprError);
  await assert.rejects(openTrust(anchor, changed), { code: "trust_list_threshold" });
  await assert.rejects(openTrust({ ...anchor, keys: ["00"] }, fromHex(list)), { code: "key_malformed" });
  const more = { statusLists: [Uint8Array.of(1), fromHex(statusLists[0])], credentials: [changed] };
  const trust = await openTrust(anchor, fromHex(list), more);
  assert.deepEqual(trust.notTakenUp, ["cose_tag", "cose_tag"]);
  assert.equal(trust.statusLists.size, 1);
});

test("without a trust list nobody is known", async () => {
  for (const trust of [null, await openTrust(null, null), await openTrust(request.trust.anchor, null)]) {
    assert.deepEqual(await verify(fromHex(request.input), trust, now, { policy }), {
      accepted: false,
      code: "chain_issuer_unknown",
      checks: [{ step: 1, code: "chain_issuer_unknown", outcome: "stop" }],
    });
  }
});

test("a fault of the document is of step 1, a fault of its claims of step 7", async () => {
  for (const [name, step] of [["prescription_bytes:untagged", 1], ["prescription_bytes:claims-as-array", 7]]) {
    const other = named(name);
    const verdict = await verify(fromHex(other.request.input), await openTrustBundle(other.request.trust), now, { policy });
    assert.deepEqual(verdict.checks, [{ step, code: other.vector.expect, outcome: "stop" }]);
  }
});

test("parts say which are missing, and one alone says which it is", async () => {
  const [first, second, third] = named("parts:in-order").request.input;
  const parts = new Parts();
  assert.equal(await parts.add(second), null);
  assert.deepEqual(parts.missing(), [{ numbers: [1, 3], total: 3 }]);
  await assert.rejects(parts.add("DPR1"), { code: "qr_cut_off" });
  assert.equal(await parts.add(third), null);
  assert.deepEqual([...(await parts.add(first))], [...(await fromTexts([first, second, third]))[0]]);
  assert.deepEqual(parts.missing(), []);
  assert.equal(await parts.add(third), null);
  assert.throws(() => fromText(second), { code: "qr_part", facts: { number: 2, total: 3 } });
});

test("every code that can be met is explained in both languages; an unknown one is shown", () => {
  const met = vectors.flatMap((each) => [each.vector.expect, ...(each.vector.checks ?? []).map((check) => check.code)]);
  for (const code of new Set(["algorithm_unavailable", "internal_error", ...met.filter((each) => each !== "accepted")])) {
    for (const language of ["sv", "en"]) assert.notEqual(explain(code, language).what, code);
  }
  assert.deepEqual(explain("tostring", "sv"), { what: "tostring", todo: "" });
  assert.deepEqual(explain("constructor", "en"), { what: "constructor", todo: "" });
});

test("a browser without Ed25519 refuses by name, and not the document", async () => {
  const { request: ed25519 } = named("prescription:ed25519");
  const trust = await openTrustBundle(ed25519.trust);
  const { importKey } = Object.getPrototypeOf(crypto.subtle);
  crypto.subtle.importKey = function (format, key, algorithm, ...more) {
    if (algorithm.name === "Ed25519") throw new DOMException("unknown", "NotSupportedError");
    return importKey.call(this, format, key, algorithm, ...more);
  };
  try {
    assert.equal((await verify(fromHex(ed25519.input), trust, now, { policy })).code, "algorithm_unavailable");
  } finally {
    delete crypto.subtle.importKey;
  }
  assert.ok((await verify(fromHex(ed25519.input), trust, now, { policy })).accepted);
});

test("a refused part changes nothing, and unfinished sets can begin anew", async () => {
  const [first, second, third] = named("parts:other-hash").request.input;
  const parts = new Parts();
  for (const text of [first, second]) await parts.add(text);
  for (let again = 0; again < 2; again++) {
    await assert.rejects(parts.add(third), { code: "qr_parts_damaged" });
    assert.deepEqual(parts.missing(), [{ numbers: [3], total: 3 }]);
  }
  parts.restart();
  assert.deepEqual(parts.missing(), []);
});

/** One document in two parts; with empty DEFLATE blocks before it the same document is another set. */
async function inTwo(empty) {
  const document = Uint8Array.of(0xd2, ...Array(20).fill(7));
  const blocks = Array(empty).fill(Uint8Array.of(0, 0, 0, 0xff, 0xff));
  const body = concat([...blocks, Uint8Array.of(1, document.length, 0, ~document.length, 0xff), document]);
  const setId = (await sha256(body)).subarray(0, 8);
  const chunks = [body.subarray(0, -3), body.subarray(-3)];
  return chunks.map((chunk, index) => asText(concat([Uint8Array.of(6), setId, Uint8Array.of(index, 2), chunk])));
}

test("72 sets are remembered, whole ones too, and a part of one more is refused", async () => {
  const parts = new Parts();
  const sets = await Promise.all(Array.from({ length: 73 }, (_, empty) => inTwo(empty)));
  for (const text of sets.slice(0, 71).flat()) await parts.add(text);
  assert.equal(await parts.add(sets[71][0]), null);
  await assert.rejects(parts.add(sets[72][0]), { code: "qr_too_many" });
  assert.equal(await parts.add(sets[71][1]), null, "the last one can be made whole");
  await assert.rejects(parts.add(sets[72][1]), { code: "qr_too_many" });
  assert.equal(await parts.add(sets[0][0]), null, "what is known says nothing");
  assert.equal(parts.documents.length, 1);
  assert.equal(parts.sets.size, 72);
});

test("64 documents are held, the 65th is refused", async () => {
  const texts = Array.from({ length: 65 }, (_, number) => asText(Uint8Array.of(0xd2, number)));
  assert.equal((await fromTexts([...texts.slice(0, 64), texts[0]])).length, 64);
  await assert.rejects(fromTexts(texts), { code: "qr_too_many" });
});

test("a Node Buffer is read as the bytes in it, and is not changed", async () => {
  const { request: ed25519 } = named("prescription:ed25519");
  const { anchor, trust_list: list, status_lists: statusLists } = ed25519.trust;
  const keys = anchor.keys.map((key) => Buffer.from(key, "hex"));
  const more = { statusLists: statusLists.map((each) => Buffer.from(each, "hex")) };
  const trust = await openTrust({ ...anchor, keys }, Buffer.from(list, "hex"), more);
  const given = Buffer.from(ed25519.input, "hex");
  assert.ok((await verify(given, trust, now, { policy })).accepted);
  assert.equal(given.toString("hex"), ed25519.input);
  assert.deepEqual(keys.map((key) => key.toString("hex")), anchor.keys);
});

test("bytes that change while a signature is awaited are judged as they came", async () => {
  const trust = await openTrustBundle(request.trust);
  const given = fromHex(request.input);
  const pending = verify(given, trust, now, { policy });
  given.fill(0);
  const verdict = await pending;
  assert.ok(verdict.accepted);
  assert.deepEqual(toJson(verdict.prescription), vector.claims);
});
