import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, deflateRawSync, deflateSync, inflateRawSync } from "node:zlib";

import { inflateRaw, inflateZlib } from "../src/inflate.js";
import { seeded } from "./load.js";

const refused = (...codes) => (error) => error.name === "DprError" && codes.includes(error.code);
const dictionary = new TextEncoder().encode("läkemedel Tablett 20 mg ".repeat(40));

function samples() {
  const random = seeded(7);
  const noise = Uint8Array.from({ length: 5_000 }, () => random(256));
  const word = () => ["Tablett", "mg", "daglig", "x"][random(4)];
  const words = new TextEncoder().encode(Array.from({ length: 900 }, word).join(" "));
  return [new Uint8Array(0), Uint8Array.of(1), noise, words, new Uint8Array(70_000), dictionary];
}

test("what zlib deflates is inflated, at every level and strategy, with and without a dictionary", () => {
  for (const sample of samples()) {
    for (let level = 0; level <= 9; level++) {
      for (const strategy of [constants.Z_DEFAULT_STRATEGY, constants.Z_HUFFMAN_ONLY, constants.Z_RLE, constants.Z_FIXED]) {
        const bytes = deflateRawSync(sample, { level, strategy, dictionary });
        assert.deepEqual(inflateRaw(bytes, { dictionary, mostBytes: sample.length }), sample);
        assert.deepEqual(inflateRaw(deflateRawSync(sample, { level, strategy }), { mostBytes: sample.length }), sample);
      }
    }
  }
});

test("inflating stops at the cap", () => {
  const bomb = deflateRawSync(new Uint8Array(50_000_000));
  assert.throws(() => inflateRaw(bomb, { mostBytes: 16_384 }), refused("qr_too_long"));
  for (const sample of samples().filter((bytes) => bytes.length > 0)) {
    assert.throws(() => inflateRaw(deflateRawSync(sample), { mostBytes: sample.length - 1 }), refused("qr_too_long"));
  }
});

test("a stream cut off at any byte has no end", () => {
  for (const sample of samples()) {
    const bytes = deflateRawSync(sample, { dictionary });
    for (let length = 0; length < bytes.length; length += 1 + Math.floor(bytes.length / 300)) {
      assert.throws(() => inflateRaw(bytes.subarray(0, length), { dictionary, mostBytes: 100_000 }), refused("qr_cut_off"));
    }
    const more = Uint8Array.of(...bytes, 0);
    assert.throws(() => inflateRaw(more, { dictionary, mostBytes: 100_000 }), refused("qr_damaged"));
  }
});

test("a distance reaches into the dictionary, and not beyond", () => {
  const bytes = deflateRawSync(dictionary, { dictionary });
  assert.throws(() => inflateRaw(bytes, { dictionary: dictionary.subarray(-20), mostBytes: 100_000 }), refused("qr_damaged"));
});

test("a zlib frame is judged whole: head, checksum, end", () => {
  const [, , , sample] = samples();
  const bytes = deflateSync(sample);
  assert.deepEqual(inflateZlib(bytes, sample.length), sample);
  for (const at of [0, 1, bytes.length - 1, bytes.length - 4]) {
    const changed = Uint8Array.from(bytes);
    changed[at] ^= 1;
    assert.throws(() => inflateZlib(changed, sample.length), refused("qr_damaged"), String(at));
  }
  assert.throws(() => inflateZlib(deflateSync(sample, { dictionary }), sample.length), refused("qr_damaged"));
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => inflateZlib(bytes.subarray(0, length), sample.length), refused("qr_damaged", "qr_cut_off"));
  }
});

/** As many blocks as 16,384 bytes hold that are empty, with codes of up to 15 bits each: hardly a symbol, only codes to make. */
function blocksOfCodes() {
  const bits = [];
  const put = (value, count) => void Array.from({ length: count }, (_, at) => bits.push((value >> at) & 1));
  const used = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 18]; // lengths of codes, 4 bits for each of them
  const lengths = (...many) => {
    for (const length of many) for (let bit = 3; bit >= 0; bit--) bits.push((used.indexOf(length) >> bit) & 1);
  };
  const upward = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15];
  for (let last = 0; !last; ) {
    last = Number(bits.length > 16_200 * 8);
    put(last | 4, 3);
    put(0, 5);
    put(15, 5);
    put(15, 4);
    for (const length of [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]) put(used.includes(length) ? 4 : 0, 3);
    for (const zeros of [138, 103]) {
      lengths(18);
      put(zeros - 11, 7);
    }
    lengths(...upward.slice(1), 1, ...upward);
    put(0, 1); // the end of the block
  }
  const byte = (at) => bits.slice(8 * at, 8 * at + 8).reduce((sum, bit, place) => sum | (bit << place), 0);
  return Uint8Array.from({ length: Math.ceil(bits.length / 8) }, (_, at) => byte(at));
}

test("hundreds of sets of codes are made in the time of a verdict", () => {
  const bytes = blocksOfCodes();
  assert.ok(bytes.length > 16_000 && bytes.length <= 16_384, String(bytes.length));
  assert.equal(inflateRawSync(bytes).length, 0);
  assert.equal(inflateRaw(bytes, { mostBytes: 16_384 }).length, 0);
  const { user } = process.cpuUsage();
  for (let again = 0; again < 5; again++) inflateRaw(bytes, { mostBytes: 16_384 });
  assert.ok((process.cpuUsage().user - user) / 5_000 < 25, "milliseconds");
});

test("codes of every length up to 15 bits are read as zlib reads them", () => {
  const fibonacci = [1, 1];
  while (fibonacci.length < 17) fibonacci.push(fibonacci.at(-1) + fibonacci.at(-2));
  const sample = Uint8Array.from(fibonacci.flatMap((count, symbol) => Array(count).fill(17 * symbol)));
  for (const strategy of [constants.Z_HUFFMAN_ONLY, constants.Z_DEFAULT_STRATEGY]) {
    const bytes = deflateRawSync(sample, { strategy });
    assert.deepEqual(inflateRaw(bytes, { mostBytes: sample.length }), sample);
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => inflateRaw(bytes.subarray(0, length), { mostBytes: sample.length }), refused("qr_cut_off"));
    }
  }
});

test("12,500,000 bytes of a status list are inflated in seconds", () => {
  const random = seeded(3);
  const sample = Uint8Array.from({ length: 12_500_000 }, () => (random(50) === 0 ? random(256) : 0));
  assert.equal(Buffer.compare(inflateZlib(deflateSync(sample), 12_500_000), sample), 0);
});
