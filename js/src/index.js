/**
 * dpr-verifier: QR text in, checks and human text out (docs/format.md); receipts and sealed messages
 * (docs/protocol.md).
 */

export { openRoot } from "./authority.js";
export { DprError } from "./errors.js";
export { explain } from "./explain.js";
export { toJson } from "./fields.js";
export { humanText } from "./human.js";
export { fromTexts, Parts } from "./parts.js";
export { readPolicy } from "./policy.js";
export { fromText } from "./qr.js";
export { readReceipt, standing } from "./receipts.js";
export { canOpen, openSealed, readSealed, requireSame } from "./sealed.js";
export { openTrust, openTrustBundle, Trust } from "./trust.js";
export { verify } from "./verdict.js";
