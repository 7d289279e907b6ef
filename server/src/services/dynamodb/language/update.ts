// Bound updates: what they make of an item. All operands are read from the item as it was; then the actions are done on a
// copy of what they touch. Places in lists are those of the list as it was: elements set beyond its end are added in the
// order of their indexes, and removed elements leave when everything else is done.
import type { Path, UpdateAction, UpdateValue } from './ast.ts'
import {
  attributeOf,
  compareBytes,
  compareText,
  copyAttributes,
  nameOfBytes,
  setAttribute,
  type AttributeValue,
  type Item,
} from './attribute-value.ts'
import { addNumbers, compareNumbers, subtractNumbers } from './decimal.ts'
import { valueAt } from './document.ts'
import { invalid } from './invalid.ts'
import { NESTING_LEVELS_MAX } from './limits.ts'
import { Projection } from './projection.ts'

const WRONG_TYPE = 'An operand in the update expression has an incorrect data type'
const MISSING = 'The provided expression refers to an attribute that does not exist in the item'
const WRONG_PATH = 'The document path provided in the update expression is invalid for update'

export class Update {
  readonly actions: readonly UpdateAction[]
  readonly #wrongType: string
  #touched: Projection | undefined

  /** `wrongType`: what is said when ADD or DELETE meets a value of another type. */
  constructor(actions: readonly UpdateAction[], wrongType = WRONG_TYPE) {
    this.actions = actions
    this.#wrongType = wrongType
  }

  /**
   * The item after the update; the one given stays as it is. For an item that does not exist, give its key attributes.
   * Throws ValidationException where an operand or a path does not fit the item.
   */
  apply(item: Item): Item {
    const results = this.actions.map((action) => this.#resultOf(action, item))
    const draft = new Draft(item)
    for (const [index, { path }] of this.actions.entries()) {
      const result = results[index]
      if (result !== undefined) checkDepth(path, result)
      draft.put(path, result)
    }
    return draft.finish()
  }

  /** The parts of an item that the update names, for UPDATED_OLD and UPDATED_NEW. */
  get touched(): Projection {
    return (this.#touched ??= new Projection(this.actions.map(({ path }) => path)))
  }

  /** The value that an action leaves at its path; undefined where it leaves none. */
  #resultOf(action: UpdateAction, item: Item): AttributeValue | undefined {
    switch (action.kind) {
      case 'set':
        return evaluate(action.value, item)
      case 'remove':
        return undefined
      case 'add': {
        const old = valueAt(item, action.path)
        return old === undefined ? action.value : this.#added(old, action.value)
      }
      case 'delete': {
        const old = valueAt(item, action.path)
        return old && this.#reduced(old, action.value)
      }
    }
  }

  #added(old: AttributeValue, value: AttributeValue): AttributeValue {
    if ('N' in old && 'N' in value) return { N: addNumbers(old.N, value.N) }
    if ('SS' in old && 'SS' in value) return { SS: [...new Set(old.SS.concat(value.SS))].sort(compareText) }
    if ('NS' in old && 'NS' in value) return { NS: [...new Set(old.NS.concat(value.NS))].sort(compareNumbers) }
    if ('BS' in old && 'BS' in value) return { BS: joined(old.BS, value.BS) }
    if ('L' in old && 'L' in value) return { L: [...old.L, ...value.L] }
    throw invalid(this.#wrongType)
  }

  /** Undefined when nothing is left: there are no empty sets. */
  #reduced(old: AttributeValue, value: AttributeValue): AttributeValue | undefined {
    if ('SS' in old && 'SS' in value) return nonEmpty({ SS: without(old.SS, value.SS) })
    if ('NS' in old && 'NS' in value) return nonEmpty({ NS: without(old.NS, value.NS) })
    if ('BS' in old && 'BS' in value) return nonEmpty({ BS: withoutBytes(old.BS, value.BS) })
    throw invalid(this.#wrongType)
  }
}

function without(members: readonly string[], taken: readonly string[]): string[] {
  const gone = new Set(taken)
  return members.filter((member) => !gone.has(member))
}

function withoutBytes(members: readonly Uint8Array[], taken: readonly Uint8Array[]): Uint8Array[] {
  const gone = new Set(taken.map(nameOfBytes))
  return members.filter((member) => !gone.has(nameOfBytes(member)))
}

function joined(left: readonly Uint8Array[], right: readonly Uint8Array[]): Uint8Array[] {
  const members = new Map(left.concat(right).map((member) => [nameOfBytes(member), member]))
  return [...members.values()].sort(compareBytes)
}

function nonEmpty(set: { SS: string[] } | { NS: string[] } | { BS: Uint8Array[] }): AttributeValue | undefined {
  return Object.values(set).some((members) => members.length > 0) ? set : undefined
}

function evaluate(value: UpdateValue, item: Item): AttributeValue {
  switch (value.kind) {
    case 'value':
      return value.value
    case 'path': {
      const found = valueAt(item, value.path)
      if (found === undefined) throw invalid(MISSING)
      return found
    }
    case 'if-not-exists':
      return valueAt(item, value.path) ?? evaluate(value.otherwise, item)
    case 'sum': {
      const left = evaluate(value.left, item)
      const right = evaluate(value.right, item)
      if (!('N' in left && 'N' in right)) throw invalid(WRONG_TYPE)
      return { N: value.operator === '+' ? addNumbers(left.N, right.N) : subtractNumbers(left.N, right.N) }
    }
    case 'list-append': {
      const left = evaluate(value.left, item)
      const right = evaluate(value.right, item)
      if (!('L' in left && 'L' in right)) throw invalid(WRONG_TYPE)
      return { L: [...left.L, ...right.L] }
    }
  }
}

/** A value that fitted where it came from may lie too deep where it goes. */
function checkDepth(path: Path, value: AttributeValue): void {
  if (path.length - 1 + levelsOf(value) > NESTING_LEVELS_MAX)
    throw invalid('Nesting Levels have exceeded supported limits')
}

function levelsOf(value: AttributeValue): number {
  const members = 'L' in value ? value.L : 'M' in value ? Object.values(value.M) : undefined
  if (members === undefined) return 1
  // A list may have more elements than a call arguments.
  let deepest = 0
  for (const member of members) deepest = Math.max(deepest, levelsOf(member))
  return 1 + deepest
}

/** What is still to be done to a list when all actions were. */
interface ListEdit {
  readonly removed: Set<number>
  /** By the index that was asked for, beyond the end. */
  readonly added: Map<number, AttributeValue>
}

/** An item under change: containers are copied when first touched. */
class Draft {
  readonly #item: Record<string, AttributeValue>
  /** Containers that are copies already. */
  readonly #own = new Set<object>()
  readonly #lists = new Map<AttributeValue[], ListEdit>()

  constructor(item: Item) {
    this.#item = copyAttributes(item)
  }

  /** Puts a value at a path; undefined removes what is there. Throws where the path has no parent in the item. */
  put(path: Path, value: AttributeValue | undefined): void {
    const [name] = path
    const last = path.at(-1)
    if (typeof name !== 'string' || last === undefined) throw invalid(WRONG_PATH)
    if (path.length === 1) putMember(this.#item, name, value)
    else this.#putInside(this.#parent(path), last, value)
  }

  /** The copy of the container that holds the last element of the path. */
  #parent(path: Path): AttributeValue {
    let holder: Record<string, AttributeValue> | AttributeValue[] = this.#item
    let container: AttributeValue | undefined
    for (const element of path.slice(0, -1)) {
      const found: AttributeValue | undefined = Array.isArray(holder)
        ? typeof element === 'number'
          ? holder[element]
          : undefined
        : typeof element === 'string'
          ? attributeOf(holder, element)
          : undefined
      if (found === undefined || !('M' in found || 'L' in found)) throw invalid(WRONG_PATH)
      container = this.#owned(found)
      if (container !== found) {
        if (Array.isArray(holder)) holder[Number(element)] = container
        else setAttribute(holder, String(element), container)
      }
      holder = 'M' in container ? container.M : 'L' in container ? container.L : holder
    }
    if (container === undefined) throw invalid(WRONG_PATH)
    return container
  }

  #owned(value: AttributeValue): AttributeValue {
    if (this.#own.has(value)) return value
    const copy: AttributeValue =
      'M' in value ? { M: copyAttributes(value.M) } : 'L' in value ? { L: [...value.L] } : value
    this.#own.add(copy)
    return copy
  }

  #putInside(parent: AttributeValue, last: string | number, value: AttributeValue | undefined): void {
    if ('M' in parent && typeof last === 'string') putMember(parent.M, last, value)
    else if ('L' in parent && typeof last === 'number') this.#putElement(parent.L, last, value)
    else throw invalid(WRONG_PATH)
  }

  #putElement(list: AttributeValue[], index: number, value: AttributeValue | undefined): void {
    let edit = this.#lists.get(list)
    if (edit === undefined) this.#lists.set(list, (edit = { removed: new Set(), added: new Map() }))
    if (index < list.length) {
      if (value === undefined) edit.removed.add(index)
      else list[index] = value
    } else if (value !== undefined) edit.added.set(index, value)
  }

  finish(): Item {
    for (const [list, { removed, added }] of this.#lists) {
      const kept = list.filter((_, index) => !removed.has(index))
      for (const [, value] of [...added].sort(([left], [right]) => left - right)) kept.push(value)
      list.length = 0
      for (const element of kept) list.push(element)
    }
    return this.#item
  }
}

function putMember(map: Record<string, AttributeValue>, name: string, value: AttributeValue | undefined): void {
  if (value === undefined) delete map[name]
  else setAttribute(map, name, value)
}
