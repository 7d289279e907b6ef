// What operations use: the expressions of a request, checked and ready to run. Expression parameters and the legacy ones
// (Expected, AttributeUpdates, ...) come out the same.
//
//   checkParameters(operation, input)              first of all: parameters that exclude each other
//   const { condition } = compile(operation, input)  after the values of the item or key were checked
//   if (!condition.holds(item)) ...
import { bindCondition, bindPaths, bindUpdate } from './bind.ts'
import { ConditionProgram } from './condition.ts'
import { parsedCondition, parsedProjection, parsedUpdate } from './expression-cache.ts'
import { invalid } from './invalid.ts'
import { keyConditionsOf, type KeyConditions } from './key-condition.ts'
import {
  checkConditionalOperator,
  legacyCondition,
  legacyKeyConditions,
  legacyProjection,
  legacyUpdate,
  type LegacyInput,
} from './legacy.ts'
import { Placeholders, type PlaceholderInput } from './placeholders.ts'
import { Projection } from './projection.ts'
import { Update } from './update.ts'

/** The parameters of any operation that this module looks at. */
export interface ExpressionInput extends PlaceholderInput, LegacyInput {
  readonly ConditionExpression?: string | undefined
  readonly FilterExpression?: string | undefined
  readonly KeyConditionExpression?: string | undefined
  readonly ProjectionExpression?: string | undefined
  readonly UpdateExpression?: string | undefined
}

/** What the request has; a member is undefined where neither the expression nor its legacy form was given. */
export interface Expressions {
  readonly condition: ConditionProgram | undefined
  readonly filter: ConditionProgram | undefined
  readonly keyConditions: KeyConditions | undefined
  readonly projection: Projection | undefined
  readonly update: Update | undefined
}

export type ExpressionOperation = keyof typeof PARAMETERS

/** In the order in which messages name them. */
const PARAMETERS = {
  GetItem: { expressions: ['ProjectionExpression'], legacy: ['AttributesToGet'] },
  PutItem: { expressions: ['ConditionExpression'], legacy: ['Expected', 'ConditionalOperator'] },
  DeleteItem: { expressions: ['ConditionExpression'], legacy: ['Expected', 'ConditionalOperator'] },
  ConditionCheck: { expressions: ['ConditionExpression'], legacy: [] },
  UpdateItem: {
    expressions: ['UpdateExpression', 'ConditionExpression'],
    legacy: ['AttributeUpdates', 'Expected', 'ConditionalOperator'],
  },
  Query: {
    expressions: ['ProjectionExpression', 'FilterExpression', 'KeyConditionExpression'],
    legacy: ['AttributesToGet', 'QueryFilter', 'ConditionalOperator', 'KeyConditions'],
  },
  Scan: {
    expressions: ['ProjectionExpression', 'FilterExpression'],
    legacy: ['AttributesToGet', 'ScanFilter', 'ConditionalOperator'],
  },
} as const satisfies Readonly<
  Record<
    string,
    { readonly expressions: readonly (keyof ExpressionInput)[]; readonly legacy: readonly (keyof ExpressionInput)[] }
  >
>

/** Throws ValidationException for parameters that may not stand together, or alone. */
export function checkParameters(operation: ExpressionOperation, input: ExpressionInput): void {
  const isGiven = (name: keyof ExpressionInput): boolean => input[name] !== undefined
  const { expressions, legacy } = PARAMETERS[operation]
  const given = expressions.filter(isGiven)
  if (given.length > 0) {
    const old = legacy.filter(
      // KeyConditions may stand beside a filter or projection expression.
      (name) => isGiven(name) && (name !== 'KeyConditions' || isGiven('KeyConditionExpression')),
    )
    if (old.length > 0)
      throw invalid(
        'Can not use both expression and non-expression parameters in the same request: ' +
          `Non-expression parameters: {${old.join(', ')}} Expression parameters: {${given.join(', ')}}`,
      )
  }
  if (isGiven('ExpressionAttributeNames') && given.length === 0)
    throw invalid('ExpressionAttributeNames can only be specified when using expressions')
  const valued = expressions.filter((name) => name !== 'ProjectionExpression')
  if (isGiven('ExpressionAttributeValues') && valued.length > 0 && !valued.some(isGiven))
    throw invalid(
      'ExpressionAttributeValues can only be specified when using expressions: ' +
        `${valued.join(' and ')} ${valued.length > 1 ? 'are' : 'is'} null`,
    )
}

/** Parses, binds and checks all expressions of a request. Throws ValidationException. */
export function compile(operation: ExpressionOperation, input: ExpressionInput): Expressions {
  const legacy = legacyPart(operation, input)
  const placeholders = new Placeholders(input)
  const { UpdateExpression, ConditionExpression, KeyConditionExpression, FilterExpression, ProjectionExpression } =
    input
  const update =
    UpdateExpression === undefined
      ? legacy.update
      : new Update(bindUpdate(parsedUpdate(UpdateExpression), placeholders))
  const condition =
    ConditionExpression === undefined
      ? legacy.condition
      : program('ConditionExpression', ConditionExpression, placeholders)
  const keyConditions =
    KeyConditionExpression === undefined
      ? legacy.keyConditions
      : keyConditionsOf(program('KeyConditionExpression', KeyConditionExpression, placeholders).condition)
  const filter =
    FilterExpression === undefined ? legacy.filter : program('FilterExpression', FilterExpression, placeholders)
  const projection =
    ProjectionExpression === undefined
      ? legacy.projection
      : new Projection(bindPaths(parsedProjection(ProjectionExpression), placeholders))
  placeholders.checkAllUsed()
  return { condition, filter, keyConditions, projection, update }
}

type ConditionParameter = 'ConditionExpression' | 'FilterExpression' | 'KeyConditionExpression'

function program(parameter: ConditionParameter, text: string, placeholders: Placeholders): ConditionProgram {
  return new ConditionProgram(bindCondition(parameter, parsedCondition(parameter, text), placeholders))
}

function legacyPart(operation: ExpressionOperation, input: ExpressionInput): Expressions {
  checkConditionalOperator(input)
  const filters = operation === 'Query' ? input.QueryFilter : input.ScanFilter
  const conditions = operation === 'Query' || operation === 'Scan' ? undefined : input.Expected
  return {
    update: legacyUpdate(input.AttributeUpdates),
    condition: legacyCondition(conditions, input.ConditionalOperator),
    filter: legacyCondition(filters, input.ConditionalOperator),
    keyConditions: legacyKeyConditions(input.KeyConditions),
    projection: legacyProjection(input.AttributesToGet),
  }
}
