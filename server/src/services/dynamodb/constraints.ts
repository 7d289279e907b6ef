// What DynamoDB checks from its model (protocol/constraints.ts); it throws ValidationException.
import { ModelConstraints } from '#protocol/constraints.ts'
import type { AwsError } from '#protocol/errors.ts'
import { invalid } from './errors.ts'
import { NAME_CHARS_MAX, NAME_CHARS_MIN } from './limits.ts'

const NAME = /^[a-zA-Z0-9_.-]+$/
const NAME_SHOWN = '[a-zA-Z0-9_.-]+'
const ARN_CHARS_MAX = 1024

/** Faults beyond these are not told. */
const FAULTS_MAX = 10

export class Constraints extends ModelConstraints {
  protected override get faultsMax(): number {
    return FAULTS_MAX
  }

  protected override refusal(message: string): AwsError {
    return invalid(message)
  }

  protected override shownMembers(values: object): string {
    return shown(values)
  }

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

  /** Members of each value of a map; the fault is told of the map. */
  mapCounts(
    at: string,
    map: Readonly<Record<string, readonly unknown[]>> | undefined,
    { min, max }: { readonly min: number; readonly max: number },
  ): this {
    if (map === undefined || Object.values(map).every(({ length }) => length >= min && length <= max)) return this
    const bounds = `Member must have length less than or equal to ${max}, Member must have length greater than or equal to ${min}`
    this.fault(at, shown(map), `Map value must satisfy constraint: [${bounds}]`)
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
}

const SHOWN_CHARS_MAX = 1000

/** A value in a message; a long one is not repeated in whole. */
function shown(values: object): string {
  const text = JSON.stringify(values)
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}...` : text
}
