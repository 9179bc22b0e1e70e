/** Whatever comes in, what comes out is a value or DprError; answer() calls anything else "unforeseen". */

import assert from "node:assert/strict";
import { test } from "node:test";

import { fromHex, toHex } from "../src/bytes.js";
import { answer } from "../src/judges.js";
import { fromText, fromTexts, openTrustBundle, verify } from "../src/index.js";
import { loadVectors, seeded } from "./load.js";

const LAYERS_OF_BYTES = [
  "cbor", "key", "cose", "root", "trust_list", "snapshot", "credential", "status_list", "revocation", "dispensing",
  "prescription",
];
const vectors = loadVectors();
const site = vectors.find(({ name }) => name === "prescription:one-item").request;
const { trust: ofRoot } = vectors.find(({ name }) => name.startsWith("snapshot:")).request;
const key = vectors.find(({ request }) => request.layer === "cose").request.key;

async function isForeseen(request) {
  const given = await answer({ ...site, key, external_aad: "", ...request });
  const isNamed = given.verdict === "accepted" || /^[a-z0-9_]+$/.test(given.code);
  assert.ok(isNamed && given.code !== "internal_error", `${given.code} for ${JSON.stringify(request.input)}`);
}

function mutate(bytes, random) {
  const changed = Uint8Array.from(bytes);
  const kind = random(5);
  if (changed.length === 0 || kind === 0) return changed.subarray(0, random(changed.length + 1));
  if (kind === 1) return Uint8Array.of(...changed, ...changed.subarray(random(changed.length)));
  const [from, to] = [random(changed.length), random(changed.length)];
  if (kind === 2) changed.copyWithin(to, from);
  else if (kind === 3) changed[from] = random(256);
  else changed[from] ^= 1 << random(8);
  return changed;
}

test("random bytes", async () => {
  const random = seeded(11);
  for (let i = 0; i < 600; i++) {
    const input = toHex(Uint8Array.from({ length: random(200) }, () => random(256)));
    for (const layer of LAYERS_OF_BYTES) {
      const trust = layer === "root" || layer === "snapshot" ? ofRoot : site.trust;
      await isForeseen({ layer, input, trust });
    }
  }
});

test("mutated vectors of bytes", async () => {
  const random = seeded(12);
  const ofBytes = vectors.filter(({ request }) => LAYERS_OF_BYTES.includes(request.layer));
  for (let i = 0; i < 3000; i++) {
    const { request } = ofBytes[random(ofBytes.length)];
    if (request.input.length > 40_000) continue;
    await isForeseen({ ...request, input: toHex(mutate(fromHex(request.input), random)) });
  }
});

test("mutated QR texts and parts", async () => {
  const random = seeded(13);
  const texts = vectors.filter(({ request }) => request.layer === "qr").map(({ request }) => request.input);
  for (let i = 0; i < 3000; i++) {
    const text = texts[random(texts.length)];
    const at = random(text.length + 1);
    const put = ["", "0", "9", "\ud800", "é", "\u0000", "DPR1", text.slice(random(text.length + 1))][random(8)];
    const input = text.slice(0, at) + put + text.slice(at + random(3));
    await isForeseen({ layer: "qr", input });
    await isForeseen({ layer: "parts", input: [input, texts[random(texts.length)]] });
  }
});

test("a document cut off at any byte is refused", async () => {
  const bytes = fromHex(site.input);
  const trust = await openTrustBundle(site.trust);
  for (let length = 0; length < bytes.length; length++) {
    const verdict = await verify(bytes.subarray(0, length), trust, Date.parse(site.now) / 1000, { policy: site.policy });
    assert.equal(verdict.accepted, false);
    assert.equal(verdict.code, "cbor_malformed");
  }
});

test("every byte of a document counts", async () => {
  const bytes = fromHex(site.input);
  const trust = await openTrustBundle(site.trust);
  for (let at = 0; at < bytes.length; at++) {
    const changed = Uint8Array.from(bytes);
    changed[at] ^= 1;
    const verdict = await verify(changed, trust, Date.parse(site.now) / 1000, { policy: site.policy });
    assert.equal(verdict.accepted, false, `byte ${at}`);
    assert.notEqual(verdict.code, "internal_error");
  }
});

test("verify never throws, even for what are no bytes or no site", async () => {
  const trust = await openTrustBundle(site.trust);
  for (const input of [null, undefined, "text", 1, [], {}]) {
    assert.equal((await verify(input, trust, 0)).accepted, false);
  }
  assert.equal((await verify(fromHex(site.input), null, 0)).accepted, false);
  const { policy } = site;
  assert.equal((await verify(fromHex(site.input), trust, Date.parse(site.now) / 1000 + 0.9, { policy })).accepted, true);
  for (const now of [NaN, Infinity, undefined]) {
    assert.equal((await verify(fromHex(site.input), trust, now, { policy })).code, "internal_error");
  }
});

test("a great number and a great text end soon", async () => {
  assert.throws(() => fromText(`DPR1${"9".repeat(4296)}`), { code: "qr_cut_off" });
  assert.throws(() => fromText("1".repeat(50_000_000)), { code: "qr_too_long" });
  assert.throws(() => fromText("🙂".repeat(17_184)), { code: "qr_not_dpr" });
  await assert.rejects(fromTexts(Array(10_000).fill("")), { code: "qr_empty" });
});
