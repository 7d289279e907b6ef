// Matching: the pattern leads, so of a value only what the pattern names is looked at, and each part of it once for each
// claim about its place.
import type { Alternative, Claim } from './alternatives.ts'
import { isScalar, type Scalar } from './conditions.ts'
import { isObject } from './shape.ts'

/** Whether an object satisfies one of the alternatives. */
export function matchesAny(alternatives: readonly Alternative[], value: unknown): boolean {
  return isObject(value) && alternatives.some((alternative) => holds(alternative, value))
}

function holds({ claims }: Alternative, object: Readonly<Record<string, unknown>>): boolean {
  return claims.every((claim) => {
    if (claim.kind === 'group') return claim.any.some((alternative) => holds(alternative, object))
    const value = Object.hasOwn(object, claim.key) ? object[claim.key] : undefined
    return holdsAt(claim, value)
  })
}

function holdsAt(claim: Exclude<Claim, { kind: 'group' }>, value: unknown): boolean {
  switch (claim.kind) {
    case 'value':
      return someElement(value, (one) => isScalar(one) && passesAll(claim.tests, one))
    case 'no-value':
      return !someElement(value, isScalar)
    case 'below':
      // Nothing is below a missing key or a plain value, and nothing in an element that is no object.
      return claim.absence
        ? claim.any.some((alternative) => !someElement(value, (one) => isObject(one) && !holds(alternative, one)))
        : someElement(value, (one) => isObject(one) && claim.any.some((alternative) => holds(alternative, one)))
  }
}

function passesAll(tests: readonly ((value: Scalar) => boolean)[], value: Scalar): boolean {
  return tests.every((test) => test(value))
}

/** The value itself, or the elements of an array and of the arrays in it (without recursion: it may be deep). */
function someElement(value: unknown, test: (element: unknown) => boolean): boolean {
  if (!Array.isArray(value)) return test(value)
  const open: unknown[] = [value]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (!Array.isArray(next)) {
      if (test(next)) return true
    } else for (let at = next.length - 1; at >= 0; at--) open.push(next[at])
  }
  return false
}
