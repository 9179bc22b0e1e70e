import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { isCurrent } from "../make_data.js";
import { DICTIONARY_BASE64 } from "../src/data.js";

const FORMAT = readFileSync(new URL("../../docs/format.md", import.meta.url), "utf-8");

test("data.js is what make_data.js makes", () => assert.ok(isCurrent()));

test("the dictionary is the one that the specification names", () => {
  const hash = createHash("sha256").update(Buffer.from(DICTIONARY_BASE64, "base64")).digest("hex");
  assert.ok(FORMAT.includes(`SHA-256 \`${hash}\``));
});

test("every module says its rules, is short, and imports only its own kind", () => {
  const folder = new URL("../src/", import.meta.url);
  for (const name of readdirSync(folder)) {
    const source = readFileSync(new URL(name, folder), "utf-8");
    assert.ok(source.startsWith("/**"), name);
    assert.ok(source.split("\n").length <= 250, name);
    for (const [, from] of source.matchAll(/ from "([^"]+)"/g)) assert.ok(from.startsWith("./"), `${name} imports ${from}`);
  }
});
