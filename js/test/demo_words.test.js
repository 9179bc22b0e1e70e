import assert from "node:assert/strict";
import { test } from "node:test";

import { showAge, showHeld } from "../demo_words.js";

test("an age is told in days from two on, in hours from two on, else in minutes", () => {
  const ages = [[0, "0 minuter"], [61, "1 minut"], [7_199, "119 minuter"], [7_200, "2 timmar"], [172_799, "47 timmar"]];
  for (const [seconds, words] of [...ages, [172_800, "2 dygn"]]) assert.equal(showAge(seconds, "sv"), words);
  assert.equal(showAge(60, "en"), "1 minute");
  assert.equal(showAge(30 * 86_400, "en"), "30 days");
});

test("what is held says its version, where it has one, and when it was issued", () => {
  assert.equal(showHeld(41, 7_200, "en"), "version 41, 2 hours ago");
  assert.equal(showHeld(null, 7_200, "sv"), "för 2 timmar sedan");
});
