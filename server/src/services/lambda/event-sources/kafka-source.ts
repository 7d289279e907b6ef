// Apache Kafka as an event source, Amazon MSK's or somebody's own: a request is checked as AWS checks it, and then told
// that no broker can be read here. Source: API page of CreateEventSourceMapping; developer guide, "Using Lambda with Amazon
// MSK" and "Using Lambda with self-managed Apache Kafka".
//
// The port that a broker would be read through is there: a StreamSource (events/stream-source.ts), whose shards are the
// partitions of a topic and whose sequences are offsets. What is missing is a client of Kafka's protocol behind it.
import { Constraints } from '../constraints.ts'
import { invalidParameter } from '../errors.ts'
import type { LambdaInput } from '../model.ts'
import {
  ACCESS_CONFIGURATIONS_MAX,
  BOOTSTRAP_SERVER_CHARS_MAX,
  BOOTSTRAP_SERVERS_MAX,
  CONSUMER_GROUP_CHARS_MAX,
  TOPIC_CHARS_MAX,
} from './limits.ts'

type CreateInput = LambdaInput<'CreateEventSourceMapping'>

export type KafkaKind = 'msk' | 'self-managed'

const NAMES: Readonly<Record<KafkaKind, string>> = {
  msk: 'Amazon MSK',
  'self-managed': 'self-managed Apache Kafka',
}

const ACCESS_TYPES: Readonly<Record<KafkaKind, readonly string[]>> = {
  msk: ['SASL_SCRAM_512_AUTH', 'CLIENT_CERTIFICATE_TLS_AUTH'],
  'self-managed': [
    'BASIC_AUTH',
    'VPC_SUBNET',
    'VPC_SECURITY_GROUP',
    'SASL_SCRAM_256_AUTH',
    'SASL_SCRAM_512_AUTH',
    'CLIENT_CERTIFICATE_TLS_AUTH',
    'SERVER_ROOT_CA_CERTIFICATE',
    'OAUTHBEARER_AUTH',
    'OAUTHBEARER_SCOPE',
    'OAUTHBEARER_AUDIENCE',
  ],
}

const TOPIC = /^[^.]([a-zA-Z0-9\-_.]+)$/
const TOPIC_SHOWN = '^[^.]([a-zA-Z0-9\\-_.]+)'
const ADDRESS = /^([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?\.)*[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?:[0-9]{1,5}$/
const ADDRESS_SHOWN =
  '^(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\\-]*[a-zA-Z0-9])\\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\\-]*[A-Za-z0-9]):[0-9]{1,5}'
const GROUP = /^[a-zA-Z0-9-/*:_+=.@]*$/
const GROUP_SHOWN = '[a-zA-Z0-9-\\/*:_+=.@-]*'

/** Members that mappings of Kafka do not have. */
const OTHERS = ['Queues', 'ParallelizationFactor', 'TumblingWindowInSeconds', 'ScalingConfig'] as const

/** Throws what is wrong with the request; for one that is right, the InvalidParameterValueException that Kafka is not there. */
export function refuseKafka(input: CreateInput, kind: KafkaKind): never {
  if (kind === 'self-managed') checkServers(input)
  checkTopics(input.Topics)
  checkAccess(input, kind)
  checkConfig(input, kind)
  checkPosition(input)
  for (const member of OTHERS) if (input[member] !== undefined) throw unsupported(member)
  throw invalidParameter(
    `Mayfly cannot read ${NAMES[kind]}: it has no client of Kafka's protocol. Bring the records into a queue, a table or an event bus, and map that.`,
  )
}

function checkServers({ EventSourceArn, SelfManagedEventSource }: CreateInput): void {
  if (EventSourceArn !== undefined)
    throw invalidParameter('EventSourceArn and SelfManagedEventSource cannot be specified together.')
  const endpoints: Readonly<Record<string, readonly string[] | undefined>> = SelfManagedEventSource?.Endpoints ?? {}
  const servers = endpoints['KAFKA_BOOTSTRAP_SERVERS']
  const at = 'selfManagedEventSource.endpoints'
  const constraints = new Constraints()
  for (const name of Object.keys(endpoints)) constraints.oneOf(at, name, ['KAFKA_BOOTSTRAP_SERVERS'])
  for (const server of servers ?? [])
    constraints
      .length(at, server, { min: 1, max: BOOTSTRAP_SERVER_CHARS_MAX })
      .pattern(at, server, ADDRESS, ADDRESS_SHOWN)
  constraints.check()
  if (servers === undefined || servers.length === 0 || servers.length > BOOTSTRAP_SERVERS_MAX)
    throw invalidParameter(`KAFKA_BOOTSTRAP_SERVERS must have 1 to ${BOOTSTRAP_SERVERS_MAX} addresses.`)
}

function checkTopics(topics: readonly string[] | undefined): void {
  const constraints = new Constraints()
  for (const topic of topics ?? [])
    constraints.length('topics', topic, { min: 1, max: TOPIC_CHARS_MAX }).pattern('topics', topic, TOPIC, TOPIC_SHOWN)
  constraints.check()
  if (topics?.length !== 1) throw invalidParameter('Topics must have exactly one topic for a Kafka event source.')
}

function checkAccess({ SourceAccessConfigurations: configurations = [] }: CreateInput, kind: KafkaKind): void {
  if (configurations.length > ACCESS_CONFIGURATIONS_MAX)
    throw invalidParameter(`SourceAccessConfigurations can have at most ${ACCESS_CONFIGURATIONS_MAX} entries.`)
  for (const { Type, URI } of configurations) {
    if (Type === undefined || !ACCESS_TYPES[kind].includes(Type))
      throw invalidParameter(`Unsupported source access configuration type '${Type}' for ${NAMES[kind]}.`)
    if (URI === undefined || URI === '') throw invalidParameter(`The source access configuration ${Type} needs a URI.`)
  }
}

function checkConfig(input: CreateInput, kind: KafkaKind): void {
  const [own, other] =
    kind === 'msk'
      ? (['AmazonManagedKafkaEventSourceConfig', 'SelfManagedKafkaEventSourceConfig'] as const)
      : (['SelfManagedKafkaEventSourceConfig', 'AmazonManagedKafkaEventSourceConfig'] as const)
  if (input[other] !== undefined) throw unsupported(other)
  const at = `${own.charAt(0).toLowerCase()}${own.slice(1)}.consumerGroupId`
  const group = input[own]?.ConsumerGroupId
  new Constraints()
    .length(at, group, { min: 1, max: CONSUMER_GROUP_CHARS_MAX })
    .pattern(at, group, GROUP, GROUP_SHOWN)
    .check()
}

/** A share group has no position to begin at, and no window. */
function checkPosition(input: CreateInput): void {
  const { StartingPosition: position, StartingPositionTimestamp: timestamp } = input
  if (input.SelfManagedKafkaEventSourceConfig?.ConsumptionMode === 'Queue') {
    for (const member of ['StartingPosition', 'StartingPositionTimestamp', 'MaximumBatchingWindowInSeconds'] as const)
      if (input[member] !== undefined) throw unsupported(member)
    return
  }
  if (position === undefined)
    throw invalidParameter(
      "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    )
  if (timestamp !== undefined && position !== 'AT_TIMESTAMP')
    throw invalidParameter('Timestamp only valid with StartingPosition AT_TIMESTAMP')
  if (timestamp === undefined && position === 'AT_TIMESTAMP')
    throw invalidParameter('StartingPosition AT_TIMESTAMP needs a StartingPositionTimestamp')
}

function unsupported(member: string): Error {
  const name = `${member.charAt(0).toLowerCase()}${member.slice(1)}`
  return invalidParameter(`Unsupported '${name}' parameter for given event source mapping type.`)
}
