/**
 * Answers the conformance kit (docs/conformance.md): JSON lines on standard input, JSON lines on standard output.
 *
 *     dpr conformance run --codes --command 'node js/conformance.js'
 */

import { createInterface } from "node:readline";
import { answer } from "./src/judges.js";

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
