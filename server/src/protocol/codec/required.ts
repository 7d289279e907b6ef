// Which required members an input lacks. Runs after decoding, the same for all protocols; subtrees in which nothing is
// required are not visited.
import { MISSING_MEMBERS_MAX } from '../limits.ts'
import type { Shape, StructureShape } from '../schema.ts'

/** Adds the paths of what is missing below `value` to `missing`. */
type Checker = (value: unknown, path: string, missing: string[]) => void

export class RequiredCheckers {
  readonly #checkers = new Map<Shape, Checker | undefined>()

  /** Paths of missing members in coral's form: `entries.1.member.id`; at most MISSING_MEMBERS_MAX. */
  missing(shape: StructureShape, input: unknown): readonly string[] {
    const checker = this.#of(shape)
    if (checker === undefined) return []
    const missing: string[] = []
    checker(input, '', missing)
    return missing.slice(0, MISSING_MEMBERS_MAX)
  }

  #of(shape: Shape): Checker | undefined {
    if (this.#checkers.has(shape)) return this.#checkers.get(shape)
    const checker = requiresAnything(shape, new Set()) ? this.#compile(shape) : undefined
    this.#checkers.set(shape, checker)
    return checker
  }

  #compile(shape: Shape): Checker | undefined {
    switch (shape.kind) {
      case 'structure':
        return this.#structure(shape)
      case 'list': {
        let check: Checker | undefined
        return (value, path, missing) => {
          check ??= this.#of(shape.element.shape)
          if (!Array.isArray(value)) return
          for (const [index, item] of (value as readonly unknown[]).entries())
            check?.(item, `${path}.${index + 1}.member`, missing)
        }
      }
      case 'map': {
        let check: Checker | undefined
        return (value, path, missing) => {
          check ??= this.#of(shape.value.shape)
          if (typeof value !== 'object' || value === null) return
          for (const [key, item] of Object.entries(value)) check?.(item, `${path}.${key}.member`, missing)
        }
      }
      default:
        return undefined
    }
  }

  #structure(shape: StructureShape): Checker {
    let required: readonly { readonly name: string; readonly wireName: string }[] | undefined
    let children: readonly { readonly name: string; readonly wireName: string; readonly check: Checker }[] = []
    return (value, path, missing) => {
      if (required === undefined) {
        required = shape.members
          .filter((member) => member.required)
          .map(({ name }) => ({ name, wireName: lowerFirst(name) }))
        children = shape.members.flatMap((member) => {
          const check = this.#of(member.shape)
          return check === undefined ? [] : [{ name: member.name, wireName: lowerFirst(member.name), check }]
        })
      }
      if (typeof value !== 'object' || value === null) return
      const source = value as Readonly<Record<string, unknown>>
      const before = path === '' ? '' : `${path}.`
      for (const { name, wireName } of required) if (source[name] === undefined) missing.push(before + wireName)
      if (missing.length >= MISSING_MEMBERS_MAX) return
      for (const { name, wireName, check } of children) {
        const child = source[name]
        if (child !== undefined && child !== null) check(child, before + wireName, missing)
      }
    }
  }
}

function requiresAnything(shape: Shape, seen: Set<Shape>): boolean {
  if (seen.has(shape)) return false
  seen.add(shape)
  switch (shape.kind) {
    case 'structure':
      return shape.members.some((member) => member.required || requiresAnything(member.shape, seen))
    case 'list':
      return requiresAnything(shape.element.shape, seen)
    case 'map':
      return requiresAnything(shape.value.shape, seen)
    default:
      return false
  }
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
