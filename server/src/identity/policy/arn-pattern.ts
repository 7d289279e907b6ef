// ARN patterns. A wildcard matches inside one of the six fields and never across a colon, except in the last field, which
// may have colons of its own. The last field of a pattern with fewer (`arn:aws:s3*`) stands for all that are left.
import type { ConditionKeys } from './condition-keys.ts'
import { compileGlob, type Glob } from './glob.ts'

const FIELDS = 6

/** Cut at the first five colons: partition, service, region, account, resource. */
export type ArnFields = readonly string[]

/** The fields of an ARN, or fewer when it is none. */
export function arnFields(arn: string): ArnFields {
  const fields: string[] = []
  let from = 0
  while (fields.length < FIELDS - 1) {
    const colon = arn.indexOf(':', from)
    if (colon < 0) break
    fields.push(arn.slice(from, colon))
    from = colon + 1
  }
  fields.push(arn.slice(from))
  return fields
}

export interface ArnPattern {
  matches(arn: string, fields: ArnFields, keys: ConditionKeys): boolean
}

const ANY_ARN: ArnPattern = { matches: () => true }

export function compileArnPattern(pattern: string, variables: boolean): ArnPattern {
  const options = { variables, wildcards: true }
  if (pattern === '*') return ANY_ARN
  // A variable's colon (`${aws:username}`) does not cut.
  const fields = splitOutsideVariables(pattern)
  const globs = fields.map((field) => compileGlob(field, options))
  if (fields.length === FIELDS) return { matches: (_arn, found, keys) => matchFields(globs, found, keys) }
  const last = fields.length - 1
  return {
    matches: (_arn, found, keys) =>
      found.length > last && matchFields(globs, [...found.slice(0, last), found.slice(last).join(':')], keys),
  }
}

function matchFields(globs: readonly Glob[], found: ArnFields, keys: ConditionKeys): boolean {
  if (found.length !== globs.length) return false
  // The last field is the one that tells most patterns apart.
  for (let index = globs.length - 1; index >= 0; index--)
    if (globs[index]?.matches(found[index] ?? '', keys) !== true) return false
  return true
}

function splitOutsideVariables(pattern: string): string[] {
  const fields: string[] = []
  let from = 0
  let depth = 0
  for (let at = 0; at < pattern.length && fields.length < FIELDS - 1; at++) {
    const char = pattern.charAt(at)
    if (char === '$' && pattern.charAt(at + 1) === '{') depth++
    else if (char === '}' && depth > 0) depth--
    else if (char === ':' && depth === 0) {
      fields.push(pattern.slice(from, at))
      from = at + 1
    }
  }
  fields.push(pattern.slice(from))
  return fields
}
