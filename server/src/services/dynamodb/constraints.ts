// The checks that AWS makes from its model before an operation looks at its input: everything that fails is told in one
// ValidationException.
import { invalid } from './errors.ts'
import { NAME_CHARS_MAX, NAME_CHARS_MIN } from './limits.ts'

const NAME = /^[a-zA-Z0-9_.-]+$/
const NAME_SHOWN = '[a-zA-Z0-9_.-]+'
const ARN_CHARS_MAX = 1024

/** Faults beyond these are not told. */
const FAULTS_MAX = 10

export class Constraints {
  #faults: string[] | undefined

  /** A table's name or ARN. */
  tableName(at: string, value: string | undefined): this {
    if (value?.startsWith('arn:') === true) return this.length(at, value, { min: 1, max: ARN_CHARS_MAX })
    return this.name(at, value)
  }

  /** The name of a table, index or backup. */
  name(at: string, value: string | undefined): this {
    if (value === undefined) return this
    if (value.length >= NAME_CHARS_MIN && value.length <= NAME_CHARS_MAX && NAME.test(value)) return this
    return this.pattern(at, value, NAME, NAME_SHOWN).length(at, value, { min: NAME_CHARS_MIN, max: NAME_CHARS_MAX })
  }

  length(at: string, value: string | undefined, { min, max }: { readonly min: number; readonly max: number }): this {
    if (value === undefined) return this
    if (value.length < min) this.#fault(at, value, `Member must have length greater than or equal to ${min}`)
    if (value.length > max) this.#fault(at, value, `Member must have length less than or equal to ${max}`)
    return this
  }

  /** Members of a list or map. */
  count(at: string, values: object | undefined, { min, max }: { readonly min: number; readonly max: number }): this {
    if (values === undefined) return this
    const count = Array.isArray(values) ? values.length : Object.keys(values).length
    const shownValue = count === 0 ? (Array.isArray(values) ? '[]' : '{}') : shown(values)
    if (count < min) this.#fault(at, shownValue, `Member must have length greater than or equal to ${min}`)
    if (count > max) this.#fault(at, shownValue, `Member must have length less than or equal to ${max}`)
    return this
  }

  /** Members of each value of a map; the fault is told of the map. */
  mapCounts(
    at: string,
    map: Readonly<Record<string, readonly unknown[]>> | undefined,
    { min, max }: { readonly min: number; readonly max: number },
  ): this {
    if (map === undefined || Object.values(map).every(({ length }) => length >= min && length <= max)) return this
    const bounds = `Member must have length less than or equal to ${max}, Member must have length greater than or equal to ${min}`
    this.#fault(at, shown(map), `Map value must satisfy constraint: [${bounds}]`)
    return this
  }

  atLeast(at: string, value: number | undefined, min: number): this {
    if (value !== undefined && !(value >= min))
      this.#fault(at, value, `Member must have value greater than or equal to ${min}`)
    return this
  }

  atMost(at: string, value: number | undefined, max: number): this {
    if (value !== undefined && !(value <= max))
      this.#fault(at, value, `Member must have value less than or equal to ${max}`)
    return this
  }

  pattern(at: string, value: string | undefined, pattern: RegExp, shownPattern: string): this {
    if (value !== undefined && !pattern.test(value))
      this.#fault(at, value, `Member must satisfy regular expression pattern: ${shownPattern}`)
    return this
  }

  oneOf(at: string, value: string | undefined, allowed: readonly string[]): this {
    if (value !== undefined && !allowed.includes(value))
      this.#fault(at, value, `Member must satisfy enum value set: [${allowed.join(', ')}]`)
    return this
  }

  /** What the model leaves optional and the service does not. */
  required(at: string, value: unknown): this {
    if (value === undefined || value === null)
      this.#add(`Value null at '${at}' failed to satisfy constraint: Member must not be null`)
    return this
  }

  /** ReturnConsumedCapacity, ReturnItemCollectionMetrics and ReturnValues, where an operation has them. */
  returns(input: {
    readonly ReturnConsumedCapacity?: string | undefined
    readonly ReturnItemCollectionMetrics?: string | undefined
    readonly ReturnValues?: string | undefined
    readonly ReturnValuesOnConditionCheckFailure?: string | undefined
  }): this {
    this.oneOf('returnConsumedCapacity', input.ReturnConsumedCapacity, ['INDEXES', 'TOTAL', 'NONE'])
    this.oneOf('returnItemCollectionMetrics', input.ReturnItemCollectionMetrics, ['SIZE', 'NONE'])
    this.oneOf('returnValuesOnConditionCheckFailure', input.ReturnValuesOnConditionCheckFailure, ['ALL_OLD', 'NONE'])
    return this.oneOf('returnValues', input.ReturnValues, ['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW'])
  }

  conditionalOperator(input: { readonly ConditionalOperator?: string | undefined }): this {
    return this.oneOf('conditionalOperator', input.ConditionalOperator, ['OR', 'AND'])
  }

  /** Throws the ValidationException if anything failed. */
  check(): void {
    const faults = this.#faults
    if (faults === undefined) return
    const told = faults.slice(0, FAULTS_MAX)
    throw invalid(`${told.length} validation error${told.length === 1 ? '' : 's'} detected: ${told.join('; ')}`)
  }

  #fault(at: string, value: string | number, constraint: string): void {
    this.#add(`Value '${value}' at '${at}' failed to satisfy constraint: ${constraint}`)
  }

  #add(fault: string): void {
    ;(this.#faults ??= []).push(fault)
  }
}

const SHOWN_CHARS_MAX = 1000

/** A value in a message; a long one is not repeated in whole. */
function shown(values: object): string {
  const text = JSON.stringify(values)
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}...` : text
}
