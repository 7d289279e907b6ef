// The one matcher: SNS filter policies, filters of event source mappings, EventBridge patterns. A pattern is compiled
// once; matching takes time linear in the size of the value, whatever the pattern.
//
// Meaning: every key of the pattern must be satisfied (`$or` apart). A key's list of conditions is satisfied by any value
// of that key, arrays being many values. Keys below keys look into objects, and into arrays of objects: then all of them
// must be satisfied by one and the same element.
import { alternativesOf } from './alternatives.ts'
import { PatternError } from './conditions.ts'
import { DIALECTS, type PatternDialect } from './dialect.ts'
import { matchesAny } from './evaluate.ts'
import { readShape } from './shape.ts'

export type { PatternDialect } from './dialect.ts'

export type CompiledPattern =
  | {
      readonly kind: 'pattern'
      /** `value`: what JSON.parse gives. Anything but an object matches nothing. */
      matches(value: unknown): boolean
    }
  /** `reason`: one sentence as AWS words it, to be put behind the service's own beginning. */
  | { readonly kind: 'invalid'; readonly reason: string }

/** Compiles the JSON text of a pattern. Never throws for what is written in it. */
export function compilePattern(document: string, dialect: PatternDialect): CompiledPattern {
  try {
    const alternatives = alternativesOf(readShape(document, DIALECTS[dialect]))
    return { kind: 'pattern', matches: (value) => matchesAny(alternatives, value) }
  } catch (error) {
    if (error instanceof PatternError) return { kind: 'invalid', reason: error.message }
    throw error
  }
}
