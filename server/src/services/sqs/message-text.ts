// The characters that a message may have: #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const INVALID = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

/** Whether SQS takes the text; half a surrogate pair is no character. */
export function hasOnlyValidCharacters(text: string): boolean {
  return !INVALID.test(text) && text.isWellFormed()
}
