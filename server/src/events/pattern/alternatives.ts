// A shape made ready for matching. Two things cannot stay as they were written:
//
// - `{"a": {"b": [1]}, "$or": [{"a": {"c": [2]}}, ...]}`: within an array `a`, one element must satisfy both, so shapes
//   that name the same key are merged, one merged shape for each choice. Groups that share no key stay as they are.
// - Absence is a claim about all elements of an array, everything else about one of them. A list of conditions or a group
//   that allows both is split, so that every alternative is of one kind.
//
// What this multiplies out to is bounded by ALTERNATIVES_MAX.
import { type Leaf, PatternError, type Test } from './conditions.ts'
import { ALTERNATIVES_MAX } from './dialect.ts'
import type { Field, Shape } from './shape.ts'

/** Holds when all of its claims hold. */
export interface Alternative {
  readonly claims: readonly Claim[]
  /** Every claim is that something is not there. */
  readonly absence: boolean
}

export type Claim =
  /** One value of the key passes all tests. */
  | { readonly kind: 'value'; readonly key: string; readonly tests: readonly Test[]; readonly absence: false }
  | { readonly kind: 'no-value'; readonly key: string; readonly absence: true }
  /** What lies below the key satisfies one of these, which are all of one kind. */
  | { readonly kind: 'below'; readonly key: string; readonly any: readonly Alternative[]; readonly absence: boolean }
  /** The same object satisfies one of these, which are all of one kind. */
  | { readonly kind: 'group'; readonly any: readonly Alternative[]; readonly absence: boolean }

/** Throws PatternError when the pattern multiplies out to too much. */
export function alternativesOf(shape: Shape): readonly Alternative[] {
  return new Expansion().alternatives(shape)
}

class Expansion {
  /** Alternatives and merged shapes made so far: what bounds the time that compiling and matching take. */
  #made = 0

  alternatives(shape: Shape): readonly Alternative[] {
    const alternatives: Alternative[] = []
    for (const { fields, groups } of this.#withoutSharedKeys(shape)) {
      const choices = [
        ...[...fields].flatMap(([key, field]) => this.#fieldChoices(key, field)),
        ...groups.map((group) => this.#groupChoices(group)),
      ]
      for (const claims of this.#product(choices))
        alternatives.push({ claims, absence: claims.every((claim) => claim.absence) })
    }
    return alternatives
  }

  /** Each answer is a list of claims of which one must hold. */
  #fieldChoices(key: string, { leaves, below }: Field): (readonly Claim[])[] {
    const choices: (readonly Claim[])[] = []
    if (leaves.length > 0) choices.push(leafChoices(key, leaves))
    if (below !== undefined)
      choices.push(byKind(this.alternatives(below), (any, absence) => ({ kind: 'below', key, any, absence })))
    return choices
  }

  #groupChoices(group: readonly Shape[]): readonly Claim[] {
    const alternatives = group.flatMap((shape) => this.alternatives(shape))
    return byKind(alternatives, (any, absence) => ({ kind: 'group', any, absence }))
  }

  #product(choices: readonly (readonly Claim[])[]): readonly (readonly Claim[])[] {
    let rows: (readonly Claim[])[] = [[]]
    for (const claims of choices) {
      if (rows.length * claims.length > 1) this.#spend(rows.length * claims.length)
      rows = rows.flatMap((row) => claims.map((claim) => row.concat(claim)))
    }
    return rows
  }

  /** Shapes of which one must hold, each without a key that stands both in a group and somewhere else. */
  #withoutSharedKeys(shape: Shape): readonly Shape[] {
    this.#spend(1)
    const sharing = shape.groups.findIndex((group, index) => {
      const own = keysOf({ fields: new Map(), groups: [group] })
      const others = keysOf({ fields: shape.fields, groups: shape.groups.toSpliced(index, 1) })
      return !own.isDisjointFrom(others)
    })
    const group = shape.groups[sharing]
    if (group === undefined) return [shape]
    const left = { fields: shape.fields, groups: shape.groups.toSpliced(sharing, 1) }
    return group.flatMap((one) => this.#withoutSharedKeys(merge(left, one)))
  }

  #spend(count: number): void {
    this.#made += count
    if (this.#made > ALTERNATIVES_MAX)
      throw new PatternError(`Rule is too complex: $or multiplies out to more than ${ALTERNATIVES_MAX} combinations`)
  }
}

/** Several leaves (from merged shapes): the same value passes all, or there is none and all allow that. */
function leafChoices(key: string, leaves: readonly Leaf[]): readonly Claim[] {
  const claims: Claim[] = []
  const tests = leaves.flatMap(({ present }) => present ?? [])
  if (tests.length === leaves.length) claims.push({ kind: 'value', key, tests, absence: false })
  if (leaves.every(({ absent }) => absent)) claims.push({ kind: 'no-value', key, absence: true })
  return claims
}

function byKind(
  alternatives: readonly Alternative[],
  claim: (any: readonly Alternative[], absence: boolean) => Claim,
): readonly Claim[] {
  return [false, true].flatMap((absence) => {
    const any = alternatives.filter((one) => one.absence === absence)
    return any.length === 0 ? [] : [claim(any, absence)]
  })
}

/** The keys that a shape names on its own level, those in its groups included. */
function keysOf({ fields, groups }: Shape): Set<string> {
  const keys = new Set(fields.keys())
  for (const shape of groups.flat()) for (const key of keysOf(shape)) keys.add(key)
  return keys
}

function merge(left: Shape, right: Shape): Shape {
  const fields = new Map(left.fields)
  for (const [key, field] of right.fields) {
    const before = fields.get(key)
    fields.set(key, before === undefined ? field : mergeFields(before, field))
  }
  return { fields, groups: [...left.groups, ...right.groups] }
}

function mergeFields(left: Field, right: Field): Field {
  return {
    leaves: [...left.leaves, ...right.leaves],
    below: left.below && right.below ? merge(left.below, right.below) : (left.below ?? right.below),
  }
}
