// From the parameters of CreateTable to a table's record; imports and restores bring the same parameters.
import { newRequestId } from '#base/ids.ts'
import type { Place } from './arn.ts'
import { Constraints } from './constraints.ts'
import type { DynamoInput } from './model.ts'
import { invalidParameter, notBuilt } from './errors.ts'
import {
  checkAllDefined,
  checkProjectedCount,
  ceilings,
  definitionConstraints,
  definitionsOf,
  globalIndexes,
  indexConstraints,
  keyOf,
  localIndexes,
  refuseDuplicates,
  schemaConstraints,
  unitsConstraints,
  unitsOf,
} from './table-checks.ts'
import type { Billing, TableRecord } from './table-record.ts'
import { newSpace } from './tables.ts'
import { checkTags, tagsOf } from './tags.ts'

export type TableParameters = Pick<
  DynamoInput<'CreateTable'>,
  | 'TableName'
  | 'AttributeDefinitions'
  | 'KeySchema'
  | 'LocalSecondaryIndexes'
  | 'GlobalSecondaryIndexes'
  | 'BillingMode'
  | 'ProvisionedThroughput'
  | 'SSESpecification'
  | 'OnDemandThroughput'
> &
  Partial<Pick<DynamoInput<'CreateTable'>, 'Tags' | 'TableClass' | 'DeletionProtectionEnabled'>>

export const TABLE_CLASSES = ['STANDARD', 'STANDARD_INFREQUENT_ACCESS']

/** The model's checks. Throws ValidationException. */
export function checkTableParameters(input: TableParameters): void {
  const constraints = new Constraints()
  definitionConstraints(constraints, input.AttributeDefinitions)
  constraints.required('attributeDefinitions', input.AttributeDefinitions).required('keySchema', input.KeySchema)
  constraints.name('tableName', input.TableName)
  constraints.oneOf('billingMode', input.BillingMode, ['PROVISIONED', 'PAY_PER_REQUEST'])
  constraints.oneOf('tableClass', input.TableClass, TABLE_CLASSES)
  unitsConstraints(constraints, 'provisionedThroughput', input.ProvisionedThroughput)
  schemaConstraints(constraints, 'keySchema', input.KeySchema)
  for (const [at, index] of (input.LocalSecondaryIndexes ?? []).entries())
    indexConstraints(constraints, `localSecondaryIndexes.${at + 1}.member`, index)
  for (const [at, index] of (input.GlobalSecondaryIndexes ?? []).entries())
    indexConstraints(constraints, `globalSecondaryIndexes.${at + 1}.member`, index)
  constraints.check()
}

/** A table without items. Throws ValidationException. */
export function newTable(input: TableParameters, { account, region }: Place, nowMs: number): TableRecord {
  checkTableParameters(input)
  const billing = billingOf(input, nowMs)
  const attributes = definitionsOf(input.AttributeDefinitions)
  const key = keyOf(input.KeySchema, attributes)
  const isProvisioned = billing.mode === 'PROVISIONED'
  const indexes = [
    ...localIndexes(input.LocalSecondaryIndexes, key, attributes),
    ...globalIndexes(input.GlobalSecondaryIndexes, attributes, isProvisioned),
  ]
  refuseDuplicates(indexes)
  checkProjectedCount(indexes)
  checkAllDefined(key, indexes, attributes)
  checkTags(input.Tags)
  const encryption = encryptionOf(input.SSESpecification, { account, region })
  return {
    account,
    region,
    name: input.TableName ?? '',
    id: newRequestId(),
    createdMs: nowMs,
    space: newSpace(),
    attributes,
    key,
    indexes,
    billing,
    tags: tagsOf(input.Tags),
    deletionProtected: input.DeletionProtectionEnabled === true,
    ...(input.TableClass !== undefined && { tableClass: { name: input.TableClass } }),
    ...(encryption !== undefined && { encryption }),
  }
}

/** Throws ValidationException. */
export function billingOf(input: TableParameters, nowMs: number): Billing {
  const { BillingMode, ProvisionedThroughput, OnDemandThroughput } = input
  if (BillingMode === 'PAY_PER_REQUEST') {
    if (ProvisionedThroughput !== undefined)
      throw invalidParameter(
        'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
      )
    return { mode: 'PAY_PER_REQUEST', sinceMs: nowMs, ...ceilings(OnDemandThroughput) }
  }
  if (ProvisionedThroughput === undefined)
    throw invalidParameter(
      'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    )
  return {
    mode: 'PROVISIONED',
    units: unitsOf(ProvisionedThroughput),
    ...(BillingMode !== undefined && { named: true }),
  }
}

/** A key of one's own; without one nothing is described, as on AWS. */
export function encryptionOf(
  specification: DynamoInput<'CreateTable'>['SSESpecification'],
  { account, region }: Place,
): TableRecord['encryption'] {
  if (specification?.Enabled !== true) return undefined
  if (specification.SSEType === 'AES256') throw notBuilt('SSEType AES256')
  const key = specification.KMSMasterKeyId ?? 'alias/aws/dynamodb'
  if (key.startsWith('arn:')) return { keyArn: key }
  return { keyArn: `arn:aws:kms:${region}:${account}:${key.startsWith('alias/') ? key : `key/${key}`}` }
}
