// Whether what CreateTable, UpdateTable and the restores say of keys, indexes and capacity makes sense. Messages and order are
// the service's.
import { invalid, invalidParameter } from './errors.ts'
import type { DynamoInput } from './model.ts'
import type { Constraints } from './constraints.ts'
import { CAPACITY_UNITS_MAX, GLOBAL_INDEXES_MAX, LOCAL_INDEXES_MAX, NON_KEY_ATTRIBUTES_MAX } from './limits.ts'
import type { AttributeDefinition, CapacityUnits, IndexRecord, KeyNames, Projection } from './table-record.ts'
import { newSpace } from './tables.ts'

type CreateInput = DynamoInput<'CreateTable'>
type SchemaInput = NonNullable<CreateInput['KeySchema']>
type GlobalInput = NonNullable<CreateInput['GlobalSecondaryIndexes']>[number]
type LocalInput = NonNullable<CreateInput['LocalSecondaryIndexes']>[number]
type ProjectionInput = GlobalInput['Projection']
type UnitsInput = CreateInput['ProvisionedThroughput']

/** The model's constraints on key schemas, at a path of the input. */
export function schemaConstraints(constraints: Constraints, at: string, schema: SchemaInput | undefined): void {
  constraints.count(at, schema, { min: 1, max: 2 })
  for (const [index, { AttributeName, KeyType }] of (schema ?? []).entries()) {
    constraints.length(`${at}.${index + 1}.member.attributeName`, AttributeName, { min: 1, max: 255 })
    constraints.oneOf(`${at}.${index + 1}.member.keyType`, KeyType, ['HASH', 'RANGE'])
  }
}

export function definitionConstraints(
  constraints: Constraints,
  definitions: CreateInput['AttributeDefinitions'],
): void {
  for (const [index, { AttributeName, AttributeType }] of (definitions ?? []).entries()) {
    const at = `attributeDefinitions.${index + 1}.member`
    constraints.length(`${at}.attributeName`, AttributeName, { min: 1, max: 255 })
    constraints.oneOf(`${at}.attributeType`, AttributeType, ['B', 'N', 'S'])
  }
}

export function unitsConstraints(constraints: Constraints, at: string, units: UnitsInput): void {
  constraints.atLeast(`${at}.readCapacityUnits`, units?.ReadCapacityUnits, 1)
  constraints.atLeast(`${at}.writeCapacityUnits`, units?.WriteCapacityUnits, 1)
}

export function indexConstraints(constraints: Constraints, at: string, index: GlobalInput | LocalInput): void {
  constraints.name(`${at}.indexName`, index.IndexName)
  schemaConstraints(constraints, `${at}.keySchema`, index.KeySchema)
  constraints.oneOf(`${at}.projection.projectionType`, index.Projection?.ProjectionType, [
    'ALL',
    'INCLUDE',
    'KEYS_ONLY',
  ])
  constraints.count(`${at}.projection.nonKeyAttributes`, index.Projection?.NonKeyAttributes, { min: 1, max: 20 })
  if ('ProvisionedThroughput' in index)
    unitsConstraints(constraints, `${at}.provisionedThroughput`, index.ProvisionedThroughput)
}

/** Duplicates are refused. Throws ValidationException. */
export function definitionsOf(input: CreateInput['AttributeDefinitions']): AttributeDefinition[] {
  const definitions = (input ?? []).map(({ AttributeName, AttributeType }) => ({
    name: AttributeName ?? '',
    type: keyType(AttributeType),
  }))
  const seen = new Set<string>()
  for (const { name } of definitions) {
    if (seen.has(name)) throw invalidParameter(`Duplicate AttributeName in AttributeDefinitions: ${name}`)
    seen.add(name)
  }
  return definitions
}

function keyType(type: string | undefined): 'S' | 'N' | 'B' {
  if (type === 'S' || type === 'N' || type === 'B') return type
  throw invalid(`Invalid attribute type: ${type}`)
}

/** The key of a table or index. Throws ValidationException. */
export function keyOf(schema: SchemaInput | undefined, definitions: readonly AttributeDefinition[]): KeyNames {
  const elements = schema ?? []
  const names = elements.map(({ AttributeName }) => AttributeName ?? '')
  const defined = definitions.map(({ name }) => name)
  if (names.some((name) => !defined.includes(name)))
    throw invalidParameter(
      `Some index key attributes are not defined in AttributeDefinitions. Keys: [${names.join(', ')}], AttributeDefinitions: [${defined.join(', ')}]`,
    )
  const [hash, range] = names
  if (hash === range) throw invalid('Both the Hash Key and the Range Key element in the KeySchema have the same name')
  if (elements[0]?.KeyType !== 'HASH')
    throw invalid('Invalid KeySchema: The first KeySchemaElement is not a HASH key type')
  if (elements[1] !== undefined && elements[1].KeyType !== 'RANGE')
    throw invalid('Invalid KeySchema: The second KeySchemaElement is not a RANGE key type')
  return range === undefined ? { hash: hash ?? '' } : { hash: hash ?? '', range }
}

/** Every definition must be the key of something. Throws ValidationException. */
export function checkAllDefined(
  key: KeyNames,
  indexes: readonly IndexRecord[],
  definitions: readonly AttributeDefinition[],
): void {
  const used = new Set(
    [key, ...indexes.map((index) => index.key)].flatMap(({ hash, range }) =>
      range === undefined ? [hash] : [hash, range],
    ),
  )
  if (definitions.every(({ name }) => used.has(name))) return
  if (indexes.length === 0)
    throw invalidParameter(
      'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    )
  const defined = definitions.map(({ name }) => name)
  throw invalidParameter(
    `Some AttributeDefinitions are not used. AttributeDefinitions: [${defined.join(', ')}], keys used: [${[...used].join(', ')}]`,
  )
}

function projectionOf({ ProjectionType: kind, NonKeyAttributes: names }: NonNullable<ProjectionInput>): Projection {
  if (kind === undefined) throw invalidParameter('Unknown ProjectionType: null')
  if (kind !== 'INCLUDE') {
    if (names !== undefined) throw invalidParameter(`ProjectionType is ${kind}, but NonKeyAttributes is specified`)
    return { kind: kind === 'ALL' ? 'ALL' : 'KEYS_ONLY' }
  }
  if (names === undefined) throw invalidParameter('ProjectionType is INCLUDE, but NonKeyAttributes is not specified')
  if (new Set(names).size < names.length) {
    const twice = names.find((name, at) => names.indexOf(name) !== at)
    throw invalidParameter(`Duplicate value in attribute name: ${twice}`)
  }
  return { kind, names }
}

/** Throws ValidationException. */
export function localIndexes(
  input: CreateInput['LocalSecondaryIndexes'],
  key: KeyNames,
  definitions: readonly AttributeDefinition[],
): IndexRecord[] {
  if (input === undefined) return []
  if (input.length === 0) throw invalidParameter('List of LocalSecondaryIndexes is empty')
  if (key.range === undefined)
    throw invalidParameter(
      'Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
    )
  const indexes = input.map(({ IndexName, KeySchema, Projection: projection }): IndexRecord => {
    const names = keyOf(KeySchema, definitions)
    if (names.range === undefined)
      throw invalidParameter(`Index KeySchema does not have a range key for index: ${IndexName}`)
    if (names.hash !== key.hash)
      throw invalidParameter(
        `Index KeySchema does not have the same leading hash key as table KeySchema for index: ${IndexName}. index hash key: ${names.hash}, table hash key: ${key.hash}`,
      )
    return {
      name: IndexName,
      scope: 'local',
      space: newSpace(),
      key: names,
      projection: projectionOf(projection ?? {}),
      phase: 'active',
    }
  })
  refuseDuplicates(indexes)
  if (indexes.length > LOCAL_INDEXES_MAX)
    throw invalidParameter(`Number of LocalSecondaryIndexes exceeds per-table limit of ${LOCAL_INDEXES_MAX}`)
  return indexes
}

/** Throws ValidationException. */
export function globalIndexes(
  input: CreateInput['GlobalSecondaryIndexes'],
  definitions: readonly AttributeDefinition[],
  isProvisioned: boolean,
): IndexRecord[] {
  if (input === undefined) return []
  if (input.length === 0) throw invalidParameter('List of GlobalSecondaryIndexes is empty')
  const indexes = input.map((index) => globalIndex(index, definitions, isProvisioned))
  refuseDuplicates(indexes)
  if (indexes.length > GLOBAL_INDEXES_MAX)
    throw invalidParameter(`GlobalSecondaryIndex count exceeds the per-table limit of ${GLOBAL_INDEXES_MAX}`)
  return indexes
}

/** Throws ValidationException. */
export function globalIndex(
  input: GlobalInput,
  definitions: readonly AttributeDefinition[],
  isProvisioned: boolean,
): IndexRecord {
  const {
    IndexName: name,
    KeySchema,
    Projection: projection,
    ProvisionedThroughput: throughput,
    OnDemandThroughput,
  } = input
  const key = keyOf(KeySchema, definitions)
  const kept = projectionOf(projection ?? {})
  if (!isProvisioned && throughput !== undefined)
    throw invalidParameter(
      `ProvisionedThroughput should not be specified for index: ${name} when BillingMode is PAY_PER_REQUEST`,
    )
  if (isProvisioned && throughput === undefined)
    throw invalidParameter(`ProvisionedThroughput must be specified for index: ${name}`)
  return {
    name,
    scope: 'global',
    space: newSpace(),
    key,
    projection: kept,
    phase: 'active',
    ...(isProvisioned && { units: unitsOf(throughput) }),
    ...ceilings(OnDemandThroughput),
  }
}

/** The ceilings of an on-demand table or index; -1 takes one away. */
export function ceilings(input: CreateInput['OnDemandThroughput']): { readMax?: number; writeMax?: number } {
  return {
    ...(input?.MaxReadRequestUnits !== undefined && { readMax: input.MaxReadRequestUnits }),
    ...(input?.MaxWriteRequestUnits !== undefined && { writeMax: input.MaxWriteRequestUnits }),
  }
}

export function refuseDuplicates(indexes: readonly IndexRecord[]): void {
  const seen = new Set<string>()
  for (const { name } of indexes) {
    if (seen.has(name)) throw invalidParameter(`Duplicate index name: ${name}`)
    seen.add(name)
  }
}

/** "Projected attributes", over all indexes. Throws ValidationException. */
export function checkProjectedCount(indexes: readonly IndexRecord[]): void {
  const count = indexes.reduce(
    (sum, { projection }) => sum + (projection.kind === 'INCLUDE' ? projection.names.length : 0),
    0,
  )
  if (count > NON_KEY_ATTRIBUTES_MAX)
    throw invalidParameter(
      `The number of projected attributes over all indexes exceeds the limit of ${NON_KEY_ATTRIBUTES_MAX}`,
    )
}

/** Throws ValidationException. */
export function unitsOf(input: UnitsInput): CapacityUnits {
  const { ReadCapacityUnits: read = 0, WriteCapacityUnits: write = 0 } = input ?? {}
  if (read > CAPACITY_UNITS_MAX * 1_000_000) throw invalid(`Given value ${read} for ReadCapacityUnits is out of bounds`)
  if (write > CAPACITY_UNITS_MAX * 1_000_000)
    throw invalid(`Given value ${write} for WriteCapacityUnits is out of bounds`)
  return { read, write }
}
