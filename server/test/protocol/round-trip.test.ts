// Every operation of every model, with random input and output, sent by the real SDK clients and read and answered by
// our codec: what the client sent is what the handler would get, and what the handler answers is what the client gets.
// Both sides share the SDK's schemas, so this proves symmetry; truth is proven by clients with models of their own.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { seededRandom } from '#base/ids.ts'
import { AwsError } from '#protocol/errors.ts'
import { loadModel } from '#protocol/load-model.ts'
import type { Member, Model, Operation } from '#protocol/schema.ts'
import { SERVICE_IDS, type ServiceId, serviceRow } from '#protocol/services.ts'
import type { ProtocolId } from '#protocol/wire.ts'
import { RandomValues } from './random-values.ts'
import { SdkExchange } from './sdk-exchange.ts'

const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Date.now() % 1_000_000)

/** Members that S3's client sets, checks or removes itself. */
const S3_CLIENT_OWN =
  /^(Checksum|SSECustomer|CopySourceSSECustomer|ContentLength|ContentMD5|Content-?Length|Expires|ExpiresString)/
/** SQS's two members that share one name in forms: both get what either was sent. */
const SQS_SHARED_NAME = /^(AttributeNames|MessageSystemAttributeNames)$/
/** Operation -> why it is not exchanged. */
const NOT_EXCHANGED: Readonly<Record<string, string>> = {
  's3 WriteGetObjectResponse': 'its client insists on a host of its own',
  's3 SelectObjectContent': 'event stream: tested in event-stream.test.ts',
  'lambda InvokeWithResponseStream': 'event stream',
  'kinesis SubscribeToShard': 'event stream',
  'cloudwatch-logs StartLiveTail': 'event stream',
  'cloudwatch-logs GetLogObject': 'event stream',
}

let exchange: SdkExchange

before(async () => {
  exchange = new SdkExchange()
  await exchange.start()
})
after(() => exchange.stop())

function protocolsOf(id: ServiceId): readonly ProtocolId[] {
  const row = serviceRow(id)
  if (id === 'cloudwatch') return ['awsJson1_0', 'awsQuery', 'rpcv2Cbor']
  if (id === 'sqs') return ['awsJson1_0', 'awsQuery']
  if (row.rest !== undefined) return [row.rest]
  return [row.json ?? 'awsQuery']
}

function skipped(id: ServiceId, protocol: ProtocolId): (member: Member) => boolean {
  return (member) =>
    (id === 'eventbridge' && member.name === 'EndpointId') ||
    (id === 's3' && S3_CLIENT_OWN.test(member.name)) ||
    (protocol === 'awsQuery' && SQS_SHARED_NAME.test(member.name))
}

function inputOf(
  id: ServiceId,
  protocol: ProtocolId,
  operation: Operation,
  values: RandomValues,
): Record<string, unknown> {
  if (operation.input === undefined) return {}
  const input = values.structure(operation.input, 0, skipped(id, protocol))
  if (id === 's3' && input['Bucket'] !== undefined) input['Bucket'] = 'a-bucket'
  return input
}

interface Failure {
  readonly error: AwsError
  readonly fields: Record<string, unknown>
  readonly queryCode: string | undefined
}

function errorOf(model: Model, values: RandomValues): Failure | undefined {
  if (model.file.errors.length === 0) return undefined
  const row = model.file.shapes[values.pick(model.file.errors)]
  const shape = model.error(String(row?.[1]))
  if (shape === undefined) throw new Error('an error without a shape')
  const fields = values.structure(shape, 0, (member) => /^(message|code|type)$/i.test(member.name))
  const status = shape.traits.awsQueryError?.[1] ?? shape.traits.httpError ?? 400
  return {
    error: new AwsError(shape.name, status, 'what went wrong', { fields }),
    fields,
    queryCode: shape.traits.awsQueryError?.[0],
  }
}

describe(`round trips (seed ${seed})`, { concurrency: 1 }, () => {
  for (const id of SERVICE_IDS)
    for (const protocol of protocolsOf(id))
      test(`${id} over ${protocol}`, async () => {
        const model = loadModel(id)
        const values = new RandomValues(seededRandom(seed))
        for (const name of model.operationNames()) {
          if (NOT_EXCHANGED[`${id} ${name}`] !== undefined) continue
          await roundTrip(model, id, protocol, name, values)
        }
      })
})

async function roundTrip(
  model: Model,
  id: ServiceId,
  protocol: ProtocolId,
  name: string,
  values: RandomValues,
): Promise<void> {
  const operation = model.operation(name)
  if (operation === undefined) throw new Error(`no operation ${name}`)
  const input = inputOf(id, protocol, operation, values)
  const answer =
    operation.output === undefined ? undefined : values.structure(operation.output, 0, skipped(id, protocol))
  const label = `${id} ${name} over ${protocol}`
  try {
    const { seen, result } = await exchange.exchange({ service: id, protocol, answer }, name, input)
    assert.equal(seen.operation, name)
    const forms = protocol === 'awsQuery'
    assert.deepEqual(comparable(ofClient(id, seen.input, input), forms), comparable(input, forms), 'input')
    if (result instanceof Error) throw result
    assert.deepEqual(
      comparable(await resultOf(result, (member) => clientSide(id, member, answer))),
      comparable(answer ?? {}),
      'output',
    )
    const failure = errorOf(model, values)
    // The answer to HEAD has no body to name its error in.
    if (failure === undefined || operation.traits.http?.[0] === 'HEAD') return
    const refused = await exchange.exchange({ service: id, protocol, answer: failure.error }, name, input)
    checkError(refused.result, failure)
  } catch (cause) {
    throw new Error(label, { cause })
  }
}

/** What the server read, without what the client adds on its own. */
function ofClient(
  id: ServiceId,
  seen: Record<string, unknown>,
  sent: Record<string, unknown>,
): Record<string, unknown> {
  const kept = Object.entries(seen).filter(([name, value]) => name in sent || !addedByClient(id, name, value))
  return Object.fromEntries(kept)
}

/** What clients put into a request by themselves: tokens, checksums, content types. */
function addedByClient(id: ServiceId, name: string, value: unknown): boolean {
  if (id === 'api-gateway' && name === 'accepts') return true
  if (id === 's3' && (name === 'ContentType' || S3_CLIENT_OWN.test(name))) return true
  return /Token$/i.test(name) || isUuid(value)
}

/** Members of a result that come from transport headers, whether the answer had them or not. */
function clientSide(id: ServiceId, member: string, answer: Record<string, unknown> | undefined): boolean {
  if (member === 'ContentType' || member === 'contentType') return answer?.[member] === undefined
  if (member === 'Metadata') return id === 's3' && answer?.[member] === undefined
  return id === 's3' && S3_CLIENT_OWN.test(member)
}

function isUuid(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(value)
}

function checkError(result: unknown, failure: Failure): void {
  assert.ok(result instanceof Error, 'the client takes the answer for an error')
  // With x-amzn-query-error, clients take the code of the query protocol for the name.
  assert.ok([failure.error.code, failure.queryCode].includes(result.name), `${result.name} for ${failure.error.code}`)
  assert.equal(result.message, failure.error.message)
  for (const [name, value] of Object.entries(failure.fields))
    assert.deepEqual(
      comparable((result as unknown as Record<string, unknown>)[name]),
      comparable(value),
      `error's ${name}`,
    )
}

async function resultOf(
  result: Record<string, unknown>,
  skip: (name: string) => boolean,
): Promise<Record<string, unknown>> {
  const members = Object.fromEntries(Object.entries(result).filter(([name]) => name !== '$metadata' && !skip(name)))
  for (const [name, value] of Object.entries(members))
    if (typeof value === 'object' && value !== null && 'transformToByteArray' in value)
      members[name] = await (value as { transformToByteArray(): Promise<Uint8Array> }).transformToByteArray()
  return members
}

/**
 * A value in a form that compares the same whatever class its bytes and texts have; undefined members dropped, and
 * with `dropEmpty` (forms cannot carry them) structures without members.
 */
function comparable(value: unknown, dropEmpty = false): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') }
  if (value instanceof Date) return { date: value.toISOString() }
  if (Array.isArray(value)) return value.map((item) => comparable(item, dropEmpty))
  if (Object.prototype.toString.call(value) === '[object String]') return String(value)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .map(([name, item]) => [name, comparable(item, dropEmpty)] as const)
    .filter(([, item]) => item !== undefined && !(dropEmpty && isEmpty(item)))
  return Object.fromEntries(entries)
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
