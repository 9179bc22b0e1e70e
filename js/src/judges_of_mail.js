/**
 * One judge for each layer of the test vectors of docs/protocol.md, as judges.js.
 *
 * Rules: what a reader knows besides its site stands in the request's `given`.
 */

import { openAddressBook, openRoot } from "./authority.js";
import { fromHex, toHex } from "./bytes.js";
import { decode } from "./cbor.js";
import { open } from "./chain.js";
import { MAIL_KEY, MESSAGE, TOKEN } from "./documents.js";
import { refuse } from "./errors.js";
import { toJson } from "./fields.js";
import { begin, checkHead, extend, queuesOf, readReceipt, standing } from "./receipts.js";
import { BODIES } from "./records_of_mail.js";
import { canOpen, openSealed, readSealed, requireSame } from "./sealed.js";

const MOST_BYTES_OF_BODY = 2_097_152;
/** What a judge returns where the platform lacks what it needs. */
export const UNSUPPORTED = Symbol("unsupported");
const read = (claims) => ({ claims: toJson(claims) });
const seconds = (now) => Date.parse(now) / 1000;

/** @param {(trust: any) => Promise<import("./trust.js").Trust>} site the site of a request's `trust` */
export function judgesOfMail(site) {
  const receiptOf = async (input, { trust, given = {} }) => {
    const { queue, message_id: id, digest } = given;
    const expected = { queue, id: id && fromHex(id), digest: digest && fromHex(digest) };
    return readReceipt(fromHex(input), await site(trust), expected);
  };
  const receiptsOf = async (request) => {
    const found = [];
    for (const input of request.input) found.push(await receiptOf(input, request));
    return found;
  };
  return {
    message: async ({ input, trust }) => read((await open(fromHex(input), MESSAGE, await site(trust))).claims),
    sealed: async ({ input }) => {
      const { outer, keyId } = readSealed(fromHex(input));
      return { ...read(outer), key_id: toHex(keyId) };
    },
    mail_key: async ({ input, trust, given = {} }) => judgeMailKey(fromHex(input), await site(trust), given.queue),
    token: async ({ input, trust, now, given }) => judgeToken(fromHex(input), await site(trust), seconds(now), given),
    receipt: async (request) => read((await receiptOf(request.input, request)).claims),
    address_book: async ({ input, trust }) => read(await openAddressBook(fromHex(input), await openRoot(fromHex(trust.root)))),
    body: async ({ input, given }) => {
      const body = fromHex(input);
      if (body.length > MOST_BYTES_OF_BODY) refuse("mail_too_large");
      return read(BODIES[given.body](decode(body, MOST_BYTES_OF_BODY)));
    },
    chain: async (request) => {
      const shown = await receiptsOf(request);
      const head = await receiptOf(request.given.head, request);
      const { place: held } = request.given;
      const place = extend(held ? { ...held, head: fromHex(held.head) } : begin(shown, head), shown);
      return { beyond: checkHead(place, head), place: { ...place, head: toHex(place.head) } };
    },
    opened: async (request) => ((await canOpen()) ? judgeOpened(request, await site(request.trust)) : UNSUPPORTED),
    carriage: async (request) => {
      const { not_after: notAfter, recalled } = request.given;
      const { state, receipt } = standing(await receiptsOf(request), { notAfter, now: seconds(request.now), recalled });
      return { state, receipt: receipt && toHex(receipt.digest) };
    },
  };
}

async function judgeOpened({ input, given }, trust) {
  const sealed = readSealed(fromHex(input));
  const document = await openSealed(sealed, fromHex(given.opening_key));
  const { claims } = await open(document, MESSAGE, trust);
  requireSame(sealed.outer, claims);
  return read(claims);
}

async function judgeMailKey(bytes, trust, queue) {
  const { claims, signer } = await open(bytes, MAIL_KEY, trust);
  const { content } = claims;
  if (content.environment !== trust.anchor.environment) refuse("mail_key_environment");
  if (queue !== undefined && content.queue !== queue) refuse("mail_key_queue");
  if (!(await queuesOf(signer.claims)).includes(content.queue)) refuse("mail_key_signer");
  return read(claims);
}

async function judgeToken(bytes, trust, now, { origin, skew_seconds: skew }) {
  const { claims } = await open(bytes, TOKEN, trust);
  if (claims.audience !== origin) refuse("token_audience");
  if (claims.issued_at > now + skew) refuse("token_early");
  if (claims.valid_until + skew <= now) refuse("token_expired");
  return read(claims);
}
