// Policy documents as they come in: checked by IAM's grammar and for their size.
import { compilePolicy } from '#identity/policy/compile.ts'
import type { PolicyKind } from '#identity/policy/document.ts'
import { limitExceeded, malformedPolicy } from './errors.ts'
import { required } from './constraints.ts'

/** The document as given. Throws MalformedPolicyDocument. */
export function checkPolicy(document: string | undefined, kind: PolicyKind, at = 'policyDocument'): string {
  const text = required(document, at)
  const compiled = compilePolicy(text, kind)
  if (compiled.kind === 'faulty') throw malformedPolicy(compiled.faults)
  return text
}

/** Characters that count: white space does not. */
export function policyChars(document: string): number {
  return document.replace(/\s/g, '').length
}

/** Throws LimitExceeded. */
export function checkPolicySize(document: string, charsMax: number, what: string): void {
  if (policyChars(document) > charsMax) throw limitExceeded(`Cannot exceed quota for ${what}: ${charsMax}`)
}

/** Documents in answers are percent-encoded (RFC 3986). */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
