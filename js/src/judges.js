/**
 * One judge for each layer of the test vectors (tests/vectors/README.md), for Node and for a page.
 *
 * Rules: a judge returns what an accepted vector has; a refusal is a DprError, or a verdict with its checks. Nothing here is
 * needed to verify.
 */

import { openRoot, openSnapshot, openTrustList } from "./authority.js";
import { fromHex, toHex } from "./bytes.js";
import { decode } from "./cbor.js";
import { open, openCredential } from "./chain.js";
import { verify1 } from "./cose.js";
import { DISPENSING, REVOCATION, STATUS_LIST } from "./documents.js";
import { DprError } from "./errors.js";
import { toJson } from "./fields.js";
import { humanText } from "./human.js";
import { judgesOfMail, UNSUPPORTED } from "./judges_of_mail.js";
import { decodeKey } from "./keys.js";
import { fromTexts } from "./parts.js";
import { readPolicy } from "./policy.js";
import { fromText } from "./qr.js";
import { openTrustBundle, readAnchor } from "./trust.js";
import { verify } from "./verdict.js";

const JUDGES = {
  cbor: async ({ input }) => void decode(fromHex(input)),
  key: async ({ input }) => ({ thumbprint: await decodeKey(fromHex(input)).thumbprintHex() }),
  cose: async ({ input, key, external_aad: aad }) => ({
    payload: toHex(await verify1(fromHex(input), decodeKey(fromHex(key)), fromHex(aad))),
  }),
  qr: async ({ input }) => ({ document: toHex(fromText(input)) }),
  parts: async ({ input }) => ({ documents: (await fromTexts(input)).map(toHex) }),
  root: async ({ input, trust }) => {
    const { claims, fingerprint } = await openRoot(fromHex(input), await heldRoot(trust));
    return { ...read(claims), fingerprint };
  },
  snapshot: async ({ input, trust }) => read(await openSnapshot(fromHex(input), await heldRoot(trust))),
  trust_list: async ({ input, trust }) => read(await openTrustList(fromHex(input), readAnchor(trust.anchor))),
  credential: async ({ input, trust }) => read((await openCredential(fromHex(input), await site(trust))).claims),
  status_list: async ({ input, trust }) => opened(STATUS_LIST, input, trust),
  revocation: async ({ input, trust }) => opened(REVOCATION, input, trust),
  dispensing: async ({ input, trust }) => opened(DISPENSING, input, trust),
  prescription: judgePrescription,
  ...judgesOfMail((trust) => site(trust)),
};

/** Sites by their JSON: the vectors have a few, each many times. */
const SITES = new Map();
const MOST_SITES = 16;

async function site(trust) {
  const name = JSON.stringify(trust);
  if (!SITES.has(name)) {
    if (SITES.size >= MOST_SITES) SITES.clear();
    SITES.set(name, openTrustBundle(trust));
  }
  return SITES.get(name);
}

const read = (claims) => ({ claims: toJson(claims) });

async function heldRoot({ root }) {
  return root ? openRoot(fromHex(root)) : null;
}

async function opened(kind, input, trust) {
  return read((await open(fromHex(input), kind, await site(trust))).claims);
}

async function judgePrescription({ input, trust, now, policy, known_since: knownSince = null }) {
  const settings = readPolicy(policy); // refused before any verdict, so without checks
  const verdict = await verify(fromHex(input), await site(trust), Date.parse(now) / 1000, { policy: settings, knownSince });
  if (!verdict.accepted) return { verdict: "refused", code: verdict.code, checks: verdict.checks };
  const text = { sv: humanText(verdict, "sv"), en: humanText(verdict, "en") };
  return { claims: toJson(verdict.prescription), checks: verdict.checks, text };
}

/**
 * @param {Record<string, any>} request as docs/conformance.md says
 * @returns {Promise<Record<string, unknown>>}
 */
export async function answer(request) {
  const { number, layer } = request;
  const judge = Object.hasOwn(JUDGES, layer) ? JUDGES[layer] : null;
  if (!judge) return { number, verdict: "unsupported" };
  try {
    const said = await judge(request);
    return said === UNSUPPORTED ? { number, verdict: "unsupported" } : { number, verdict: "accepted", ...said };
  } catch (error) {
    return { number, verdict: "refused", code: error instanceof DprError ? error.code : `unforeseen: ${error.message}` };
  }
}
