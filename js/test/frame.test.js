/** Frames, sizes and forms: what a signature alone would not notice. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { openTrustList } from "../src/authority.js";
import { concat, fromHex, fromNumber } from "../src/bytes.js";
import { encode, Tagged } from "../src/cbor.js";
import { ED_ORDER, WEIERSTRASS } from "../src/curves.js";
import { exactFrame } from "../src/documents.js";
import { openTrustBundle, verify } from "../src/index.js";
import { PublicKey } from "../src/keys.js";
import { readAnchor } from "../src/trust.js";
import { loadVectors } from "./load.js";

const { request } = loadVectors().find(({ name }) => name === "prescription:one-item");
const anchor = readAnchor(request.trust.anchor);
const judge = async (bytes) => {
  const trust = await openTrustBundle(request.trust);
  return verify(bytes, trust, Date.parse(request.now) / 1000, { policy: request.policy });
};

const HEADS = [
  (length) => (length < 256 ? Uint8Array.of(0x58, length) : null),
  (length) => Uint8Array.of(0x59, length >> 8, length & 255),
  (length) => Uint8Array.of(0x5a, 0, 0, length >> 8, length & 255),
  (length) => Uint8Array.of(0x5b, 0, 0, 0, 0, 0, 0, length >> 8, length & 255),
];

test("a document that verifies is refused when one length in its frame is longer than it need be", async () => {
  const document = fromHex(request.input);
  const { strings } = exactFrame(document, [0xd2, 0x84], 2);
  const [accepted, refused] = [[], []];
  for (let place = 0; place < 3; place++) {
    for (const head of HEADS) {
      const [first, second, third] = strings.map((bytes, at) => {
        const long = at === place ? head(bytes.length) : null;
        return long ? concat([long, bytes]) : encode(bytes);
      });
      const made = concat([Uint8Array.of(0xd2, 0x84), first, Uint8Array.of(0xa0), second, third]);
      const verdict = await judge(made);
      (made.length === document.length ? accepted : refused).push(verdict.code);
    }
  }
  assert.deepEqual(new Set(accepted), new Set([undefined]), "the shortest form is the document itself");
  assert.ok(refused.length >= 8);
  assert.deepEqual(new Set(refused), new Set(["cbor_not_deterministic"]));
});

test("a protected header of more than 8,192 bytes is not read", async () => {
  const header = (length) => new Map([[1, -7], [4, Uint8Array.of(1)], [16, "other"], [99, new Uint8Array(length)]]);
  const beside = encode(header(8_000)).length - 8_000;
  for (const [length, code] of [[8_192, "document_kind_unknown"], [8_193, "document_header"]]) {
    const body = encode(header(length - beside));
    assert.equal(body.length, length);
    assert.equal((await judge(encode(new Tagged(18, [body, new Map(), body, body])))).code, code);
  }
});

async function trustListOf(payload, signatures) {
  const body = encode(new Map([[16, "dpr-trust-list"]]));
  const own = encode(new Map([[1, anchor.keys[0].algorithm], [4, await anchor.keys[0].kid()]]));
  const bytes = encode(new Tagged(98, [body, new Map(), payload, signatures.map((each) => [own, new Map(), each])]));
  return { bytes, opened: openTrustList(bytes, { ...anchor, keys: anchor.keys.slice(0, 1), threshold: 1 }) };
}

test("at most 16,777,216 bytes are hashed for the signatures of a trust list", async () => {
  const payload = new Uint8Array(4_190_000);
  const signature = new Uint8Array(64).fill(1);
  for (const [count, code] of [[4, "trust_list_threshold"], [5, "cose_malformed"]]) {
    const { opened } = await trustListOf(payload, Array(count).fill(signature));
    await assert.rejects(opened, { code });
  }
});

test("a great trust list has at most 8,192 bytes beside its payload", async () => {
  const payload = new Uint8Array(70_000);
  const small = await trustListOf(payload, [new Uint8Array(1_000)]);
  await assert.rejects(small.opened, { code: "trust_list_threshold" });
  const room = 8_192 - (small.bytes.length - payload.length);
  for (const [more, code] of [[room, "trust_list_threshold"], [room + 1, "document_too_large"]]) {
    await assert.rejects((await trustListOf(payload, [new Uint8Array(1_000 + more)])).opened, { code });
  }
});

test("r and s are 1 to n − 1, S is below L, and nothing else has the form of a signature", () => {
  for (const curve of WEIERSTRASS) {
    const key = new PublicKey(curve, new Uint8Array(curve.size), 0n);
    const signature = (r, s) => concat([fromNumber(r, curve.size), fromNumber(s, curve.size)]);
    for (const [r, s] of [[1n, 1n], [curve.n - 1n, curve.n - 1n]]) assert.ok(key.hasForm(signature(r, s)));
    for (const wrong of [0n, curve.n, curve.n + 1n, 2n ** BigInt(8 * curve.size) - 1n]) {
      assert.equal(key.hasForm(signature(wrong, 1n)), false, `r ${wrong}`);
      assert.equal(key.hasForm(signature(1n, wrong)), false, `s ${wrong}`);
    }
    for (const length of [0, 2 * curve.size - 1, 2 * curve.size + 1]) assert.equal(key.hasForm(new Uint8Array(length).fill(1)), false);
  }
  const ed25519 = new PublicKey(null, new Uint8Array(32), null);
  const ending = (s) => concat([new Uint8Array(32), fromNumber(s, 32).reverse()]);
  for (const s of [0n, 1n, ED_ORDER - 1n]) assert.ok(ed25519.hasForm(ending(s)));
  for (const s of [ED_ORDER, ED_ORDER + 1n, 2n ** 256n - 1n]) assert.equal(ed25519.hasForm(ending(s)), false);
  for (const length of [0, 63, 65]) assert.equal(ed25519.hasForm(new Uint8Array(length)), false);
});
