/**
 * The one error of this package.
 *
 * Rules: whatever bytes or text come in, a decoder returns a value or throws DprError; its code is stable and is one of
 * docs/codes.md. An error carries no text of the document.
 *
 *     new DprError("cbor_depth").code === "cbor_depth"
 */

/** A named refusal. */
export class DprError extends Error {
  /**
   * @param {string} code snake_case, as in docs/format.md
   * @param {Record<string, unknown>} [facts] numbers that a person needs, such as which part is missing
   */
  constructor(code, facts = {}) {
    super(code);
    this.name = "DprError";
    this.code = code;
    this.facts = facts;
  }
}

/**
 * Ends reading with a code.
 * @param {string} code
 * @param {Record<string, unknown>} [facts]
 * @returns {never}
 */
export function refuse(code, facts) {
  throw new DprError(code, facts);
}
