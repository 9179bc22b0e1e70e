import assert from "node:assert/strict";
import { test } from "node:test";

import { fromHex, toHex, toUtf8 } from "../src/bytes.js";
import { decode, decodeLenient, encode, Tagged } from "../src/cbor.js";
import { Float, Simple } from "../src/cbor_read.js";
import { seeded } from "./load.js";

const refused = (code) => (error) => error.name === "DprError" && error.code === code;
const round = (hex) => toHex(encode(decode(fromHex(hex))));

function randomValue(random, levels = 0) {
  const kind = random(levels < 4 ? 8 : 5);
  if (kind === 0) return random(2) ? random(2 ** 31) : random(30);
  if (kind === 1) return random(2) ? (BigInt(random(2 ** 31)) << 33n) | 0x4000000000000000n : -1 - random(70_000);
  if (kind === 2) return Uint8Array.from({ length: random(40) }, () => random(256));
  if (kind === 3) return "åäö 🙂".slice(0, random(4)) + "x".repeat(random(30));
  if (kind === 4) return [true, false, null][random(3)];
  if (kind === 5) return Array.from({ length: random(30) }, () => randomValue(random, levels + 1));
  if (kind === 6) return new Tagged([18, 98][random(2)], randomValue(random, levels + 1));
  const key = () => (random(2) ? random(80) - 40 : "k".repeat(random(9)));
  return new Map(Array.from({ length: random(30) }, () => [key(), randomValue(random, levels + 1)]));
}

test("what is written is read, and written again is the same", () => {
  const random = seeded(1);
  for (let i = 0; i < 500; i++) {
    const bytes = encode(randomValue(random));
    if (bytes.length <= 65_536) assert.equal(toHex(encode(decode(bytes))), toHex(bytes));
  }
});

test("integers keep their value to the ends of their range", () => {
  for (const number of ["001fffffffffffff", "0020000000000000", "001ffffffffffffe", "ffffffffffffffff"]) {
    for (const head of ["1b", "3b"]) assert.equal(round(head + number), head + number);
  }
  assert.equal(decode(fromHex("3b001fffffffffffff")), -9007199254740992n);
});

test("a byte order mark in a text is kept", () => assert.equal(decode(fromHex("63efbbbf")), "\ufeff"));

test("a document cut off at any byte is malformed", () => {
  const bytes = encode(new Map([[1, [new Tagged(18, "text"), new Uint8Array(300)]], ["a", null]]));
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decode(bytes.subarray(0, length)), refused("cbor_malformed"), String(length));
    assert.throws(() => decodeLenient(bytes.subarray(0, length)), refused("cose_malformed"), String(length));
  }
});

test("a claimed length reserves nothing", () => {
  for (const head of ["5b", "7b", "9b", "bb"]) {
    for (const length of ["ffffffffffffffff", "7fffffffffffffff", "00000000ffffffff"]) {
      assert.throws(() => decode(fromHex(head + length)), refused("cbor_malformed"));
    }
  }
});

test("depth is bounded: 16 levels are read strictly, 17 leniently, and nothing is recursed into beyond", () => {
  const deep = (levels, head) => fromHex(head.repeat(levels) + "00");
  for (const head of ["81", "d2", "a100"]) {
    assert.ok(decode(deep(16, head)));
    assert.throws(() => decode(deep(17, head)), refused("cbor_depth"));
    assert.ok(decodeLenient(deep(17, head)));
    assert.throws(() => decodeLenient(deep(18, head)), refused("cbor_depth"));
    assert.throws(() => decode(deep(20_000, head)), refused("cbor_depth"));
  }
  assert.throws(() => decodeLenient(fromHex("9f".repeat(60_000))), refused("cbor_depth"));
  assert.throws(() => decodeLenient(fromHex("5f".repeat(60_000))), refused("cose_malformed"));
});

test("lenient reading takes other people's forms", () => {
  assert.deepEqual(decodeLenient(fromHex("5f4101420203ff")), Uint8Array.of(1, 2, 3));
  assert.equal(decodeLenient(fromHex("7f6161616263c3a5c3ff".replace("63c3a5c3", "62c3a5"))), "abå");
  assert.deepEqual(decodeLenient(fromHex("9f0102ff")), [1, 2]);
  assert.deepEqual(decodeLenient(fromHex("bf020001f5ff")), new Map([[2, 0], [1, true]]));
  assert.deepEqual(decodeLenient(fromHex("f93c00")), new Float(1));
  assert.deepEqual(decodeLenient(fromHex("f90001")), new Float(2 ** -24));
  assert.deepEqual(decodeLenient(fromHex("f0")), new Simple(16));
  assert.equal(decodeLenient(fromHex("1b0000000000000001")), 1);
  for (const hex of ["bf00ff", "7f4100ff", "5f5f4100ffff", "9f", "fc", "df00ff", "1f"]) {
    assert.throws(() => decodeLenient(fromHex(hex)), refused("cose_malformed"), hex);
  }
});

test("keys are one key when their values are, whatever their form and type", () => {
  const twice = ["f5 00 f5", "4101 00 5f4101ff", "8101 00 811801", "f93c00 00 fa3f800000", "a201020304 00 a203040102"];
  for (const hex of twice.map((keys) => `a2${keys}00`)) {
    assert.throws(() => decodeLenient(fromHex(hex.replaceAll(" ", ""))), refused("cose_malformed"), hex);
  }
  for (const hex of ["a201 00 f93c00 00", "a201 00 f5 00", "a20000 613000", "a24161 00 6161 00"]) {
    assert.ok(decodeLenient(fromHex(hex.replaceAll(" ", ""))), hex);
  }
});

test("a container as a key is read in small inputs, and refused before its value in those over 4,096 bytes", () => {
  for (const key of ["80", "a0", "d200"]) {
    const map = (length) => {
      const rest = length - 6 - key.length / 2; // beside an array of two, a map of one, its value and a head of three
      return fromHex(`82a1${key}0059${rest.toString(16).padStart(4, "0")}${"00".repeat(rest)}`);
    };
    const [small, large] = [map(4_096), map(4_097)];
    assert.deepEqual([small.length, large.length], [4_096, 4_097]);
    assert.ok(decodeLenient(small));
    assert.throws(() => decodeLenient(large), refused("cbor_type"));
    for (const bytes of [small, large]) assert.throws(() => decode(bytes), refused("cbor_type"));
  }
});

test("keys within keys within keys cost no more than reading them", () => {
  const texts = Array.from({ length: 7_000 }, (_, at) => `66${toHex(toUtf8(String(at).padStart(6, "0")))}f6`);
  const map = fromHex(`${"a1".repeat(15)}b91b58${texts.join("")}${"00".repeat(15)}`);
  const { user } = process.cpuUsage();
  for (let again = 0; again < 5; again++) assert.throws(() => decode(map), refused("cbor_type"));
  assert.ok((process.cpuUsage().user - user) / 5_000 < 50, "milliseconds");
});

test("at most 16,384 items are read, a map's keys counted", () => {
  for (const [most, over] of [[new Array(16_383).fill(0), new Array(16_384).fill(0)], [mapOf(8_191), mapOf(8_192)]]) {
    assert.ok(decode(encode(most)));
    assert.throws(() => decode(encode(over)), refused("cbor_too_large"));
    assert.throws(() => decodeLenient(encode(over)), refused("cbor_too_large"));
    assert.ok(decode(encode(over), 65_536, Infinity));
  }
});

function mapOf(count) {
  return new Map(Array.from({ length: count }, (_, key) => [key, 0]));
}
