// The life of a mapping through its operations, on a fake queue and a fake engine; all refusals of its settings.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeQueue } from '../../../../test/lambda/fake-queue.ts'
import { ACCOUNT, type Harness, harness, refusal, REGION, result } from '../../../../test/lambda/harness.ts'
import type { LambdaInput } from '../model.ts'

type CreateInput = Partial<LambdaInput<'CreateEventSourceMapping'>>

const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:jobs`
const FIFO = `${QUEUE}.fifo`
const STREAM = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/t/stream/2026-11-21T00:00:00.000`

async function bench(): Promise<Harness & { readonly queue: FakeQueue }> {
  const made = harness()
  const queue = new FakeQueue(made.clock)
  made.around.queueSource = queue
  made.around.streamSource = {
    shards: (arn) => Promise.resolve(arn === STREAM ? [] : undefined),
    read: () => Promise.resolve({ records: [], next: undefined }),
    watch: () => () => {},
  }
  await made.make('f')
  return { ...made, queue }
}

/** Lets everything happen that needs no time. */
async function settle({ clock }: Harness): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await clock.advance(0)
}

function create(made: Harness, input: CreateInput = {}): ReturnType<Harness['call']> {
  return made.call('CreateEventSourceMapping', { EventSourceArn: QUEUE, FunctionName: 'f', ...input })
}

test('a mapping is created, enabled, updated, disabled and deleted, and its queue is read only while it is enabled', async () => {
  const made = await bench()
  made.engine.play = () => result('null')
  const created = await made.call('CreateEventSourceMapping', {
    EventSourceArn: QUEUE,
    FunctionName: 'f',
    Tags: { team: 'a' },
  })
  const UUID = created.UUID ?? ''
  const { status, LastModified, ...shown } = created
  assert.equal(status, 202)
  assert.ok(LastModified)
  assert.deepEqual(shown, {
    UUID,
    EventSourceMappingArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:event-source-mapping:${UUID}`,
    EventSourceArn: QUEUE,
    FunctionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:f`,
    State: 'Creating',
    StateTransitionReason: 'USER_INITIATED',
    BatchSize: 10,
    MaximumBatchingWindowInSeconds: 0,
    FunctionResponseTypes: [],
  })
  await settle(made)
  assert.equal((await made.call('GetEventSourceMapping', { UUID })).State, 'Enabled')
  made.queue.send('a')
  await settle(made)
  assert.deepEqual(made.queue.deleted, ['a'])
  assert.equal((await made.call('GetEventSourceMapping', { UUID })).LastProcessingResult, 'OK')

  assert.equal((await made.call('UpdateEventSourceMapping', { UUID, BatchSize: 1 })).State, 'Updating')
  await assert.rejects(
    made.call('UpdateEventSourceMapping', { UUID, BatchSize: 2 }),
    refusal('ResourceInUseException', 'Cannot update the event source mapping because it is in use.'),
  )
  await settle(made)
  const updated = await made.call('GetEventSourceMapping', { UUID })
  assert.deepEqual([updated.State, updated.BatchSize], ['Enabled', 1])

  assert.equal((await made.call('UpdateEventSourceMapping', { UUID, Enabled: false })).State, 'Disabling')
  await settle(made)
  assert.equal((await made.call('GetEventSourceMapping', { UUID })).State, 'Disabled')
  made.queue.send('b')
  await settle(made)
  assert.deepEqual([made.queue.left, made.queue.waiting], [['b'], 0])

  assert.equal((await made.call('UpdateEventSourceMapping', { UUID, Enabled: true })).State, 'Enabling')
  await settle(made)
  assert.deepEqual(made.queue.left, [])
  const deleting = await made.call('DeleteEventSourceMapping', { UUID })
  assert.deepEqual([deleting.State, deleting.status], ['Deleting', 202])
  await settle(made)
  await assert.rejects(
    made.call('GetEventSourceMapping', { UUID }),
    refusal('ResourceNotFoundException', 'The resource you requested does not exist.'),
  )
  assert.equal(made.queue.waiting, 0)
  const left = await made.store.list({ prefix: [] })
  assert.deepEqual(
    left.filter(({ key }) => /mapping|checkpoint/.test(String(key[0]))),
    [],
  )
})

test('a mapping survives a restart, in whatever step it was', async () => {
  const made = await bench()
  const { UUID = '' } = await made.call('CreateEventSourceMapping', { EventSourceArn: QUEUE, FunctionName: 'f' })
  await settle(made)
  made.deps.mappings.drain()
  await made.call('DeleteEventSourceMapping', { UUID })
  await settle(made)
  assert.equal((await made.call('GetEventSourceMapping', { UUID })).State, 'Deleting')
  // The step after the deletion was acknowledged is taken by another life.
  const next = harness({}, made.store)
  next.around.queueSource = made.queue
  next.deps.mappings.start()
  await settle(next)
  await assert.rejects(next.call('GetEventSourceMapping', { UUID }), refusal('ResourceNotFoundException', /./))
})

test('one function and one source have one mapping', async () => {
  const made = await bench()
  const { UUID = '' } = await made.call('CreateEventSourceMapping', { EventSourceArn: QUEUE, FunctionName: 'f' })
  await assert.rejects(
    create(made),
    refusal(
      'ResourceConflictException',
      `An event source mapping with SQS arn (" ${QUEUE} ") and function (" f ") already exists. Please update or delete the existing mapping with UUID ${UUID}`,
    ),
  )
  await made.make('g')
  await made.call('CreateEventSourceMapping', { EventSourceArn: QUEUE, FunctionName: 'g' })
})

test('a stream mapping shows the members of streams', async () => {
  const made = await bench()
  const { UUID, LastModified, status, EventSourceMappingArn, ...shown } = await made.call('CreateEventSourceMapping', {
    EventSourceArn: STREAM,
    FunctionName: 'f',
    StartingPosition: 'TRIM_HORIZON',
  })
  assert.ok(UUID !== undefined && LastModified && status === 202 && EventSourceMappingArn !== undefined)
  assert.deepEqual(shown, {
    EventSourceArn: STREAM,
    FunctionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:f`,
    State: 'Creating',
    StateTransitionReason: 'User action',
    StartingPosition: 'TRIM_HORIZON',
    BatchSize: 100,
    MaximumBatchingWindowInSeconds: 0,
    ParallelizationFactor: 1,
    BisectBatchOnFunctionError: false,
    MaximumRecordAgeInSeconds: -1,
    MaximumRetryAttempts: -1,
    TumblingWindowInSeconds: 0,
    DestinationConfig: { OnFailure: {} },
    FunctionResponseTypes: [],
    LastProcessingResult: 'No records processed',
  })
})

test('lists by function, by source, and in pages', async () => {
  const made = await bench()
  await made.make('g')
  for (let n = 0; n < 3; n++) await create(made, { EventSourceArn: `${QUEUE}-${n}` })
  await create(made, { EventSourceArn: `${QUEUE}-0`, FunctionName: 'g' })
  const sources = async (input: Partial<LambdaInput<'ListEventSourceMappings'>>): Promise<readonly string[]> => {
    const { EventSourceMappings = [] } = await made.call('ListEventSourceMappings', input)
    return EventSourceMappings.map((row) => `${row.EventSourceArn?.at(-1)}${row.FunctionArn?.at(-1)}`).toSorted()
  }
  assert.deepEqual(await sources({}), ['0f', '0g', '1f', '2f'])
  assert.deepEqual(await sources({ FunctionName: 'f' }), ['0f', '1f', '2f'])
  assert.deepEqual(await sources({ EventSourceArn: `${QUEUE}-0` }), ['0f', '0g'])
  assert.deepEqual(await sources({ EventSourceArn: `${QUEUE}-0`, FunctionName: 'g' }), ['0g'])
  const seen: string[] = []
  for (let Marker: string | undefined; ;) {
    const page = await made.call('ListEventSourceMappings', { MaxItems: 1, FunctionName: 'f', Marker })
    seen.push(...(page.EventSourceMappings ?? []).map(({ UUID }) => UUID ?? ''))
    Marker = page.NextMarker
    if (Marker === undefined) break
  }
  assert.equal(new Set(seen).size, 3)
  const all: string[] = []
  for (let Marker: string | undefined; ;) {
    const page = await made.call('ListEventSourceMappings', { MaxItems: 3, Marker })
    all.push(...(page.EventSourceMappings ?? []).map(({ UUID }) => UUID ?? ''))
    Marker = page.NextMarker
    if (Marker === undefined) break
  }
  assert.equal(new Set(all).size, 4)
})

test('mappings of Kafka are checked as AWS checks them, and then told that nothing reads Kafka here', async () => {
  const made = await bench()
  const bad = 'InvalidParameterValueException'
  const msk = {
    EventSourceArn: `arn:aws:kafka:${REGION}:${ACCOUNT}:cluster/c/1`,
    Topics: ['orders'],
    StartingPosition: 'LATEST',
    SourceAccessConfigurations: [{ Type: 'SASL_SCRAM_512_AUTH', URI: 'arn:aws:secretsmanager:::secret:s' }],
    AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'group', SchemaRegistryConfig: undefined },
  } as const satisfies CreateInput
  const servers = (...addresses: string[]) => ({ Endpoints: { KAFKA_BOOTSTRAP_SERVERS: addresses } })
  const own = {
    EventSourceArn: undefined,
    SelfManagedEventSource: servers('a.example:9092', 'b.example:9092'),
    Topics: ['orders'],
    StartingPosition: 'TRIM_HORIZON',
    SourceAccessConfigurations: [{ Type: 'BASIC_AUTH', URI: 'arn:aws:secretsmanager:::secret:s' }],
  } as const satisfies CreateInput
  const cases: readonly [CreateInput, string, string | RegExp][] = [
    [{ ...msk, Topics: [...msk.Topics] }, bad, /cannot read Amazon MSK: it has no client of Kafka's protocol/],
    [own, bad, /cannot read self-managed Apache Kafka/],
    [{ ...msk, Topics: undefined }, bad, /exactly one topic/],
    [{ ...msk, Topics: ['orders', 'bills'] }, bad, /exactly one topic/],
    [{ ...msk, Topics: ['.hidden'] }, 'ValidationException', /at 'topics'/],
    [{ ...msk, StartingPosition: undefined }, bad, /'startingPosition'/],
    [{ ...msk, StartingPosition: 'AT_TIMESTAMP' }, bad, /needs a StartingPositionTimestamp/],
    [{ ...msk, SourceAccessConfigurations: [{ Type: 'VPC_SUBNET', URI: 's' }] }, bad, /'VPC_SUBNET' for Amazon MSK/],
    [{ ...msk, ParallelizationFactor: 2 }, bad, /Unsupported 'parallelizationFactor'/],
    [
      {
        ...msk,
        AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'no spaces', SchemaRegistryConfig: undefined },
      },
      'ValidationException',
      /consumerGroupId/,
    ],
    [{ ...own, SelfManagedEventSource: { Endpoints: {} } }, bad, /KAFKA_BOOTSTRAP_SERVERS must have 1 to 10/],
    [{ ...own, SelfManagedEventSource: servers('no port') }, 'ValidationException', /endpoints/],
    [{ ...own, EventSourceArn: msk.EventSourceArn }, bad, /cannot be specified together/],
    [
      { ...own, AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'g', SchemaRegistryConfig: undefined } },
      bad,
      /Unsupported 'amazonManagedKafkaEventSourceConfig'/,
    ],
  ]
  for (const [input, code, message] of cases)
    await assert.rejects(create(made, input), refusal(code, message), JSON.stringify(input))
})

test('every setting that AWS refuses is refused', async () => {
  const made = await bench()
  const bad = 'InvalidParameterValueException'
  const stream = { EventSourceArn: STREAM, StartingPosition: 'LATEST' } as const
  const unsupported = (name: string): string => `Unsupported '${name}' parameter for given event source mapping type.`
  const cases: readonly [CreateInput, string, string | RegExp][] = [
    [{ EventSourceArn: undefined }, bad, 'Unrecognized event source.'],
    [{ EventSourceArn: 'arn:aws:s3:::bucket' }, bad, 'Unrecognized event source.'],
    [{ EventSourceArn: 'jobs' }, 'ValidationException', /at 'eventSourceArn'/],
    [{ EventSourceArn: `arn:aws:mq:${REGION}:${ACCOUNT}:broker:b:1` }, bad, /Amazon MQ/],
    [{ FunctionName: 'missing' }, bad, 'Function does not exist'],
    [{ BatchSize: 0 }, 'ValidationException', /at 'batchSize'/],
    [{ BatchSize: 10_001 }, 'ValidationException', /at 'batchSize'/],
    [
      { BatchSize: 11 },
      bad,
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    ],
    [{ EventSourceArn: FIFO, MaximumBatchingWindowInSeconds: 1 }, bad, /FIFO/],
    [{ EventSourceArn: FIFO, BatchSize: 11 }, bad, /FIFO/],
    [{ MaximumBatchingWindowInSeconds: 301 }, 'ValidationException', /maximumBatchingWindowInSeconds/],
    [{ ScalingConfig: { MaximumConcurrency: 1 } }, 'ValidationException', /maximumConcurrency/],
    [{ ScalingConfig: { MaximumConcurrency: 1001 } }, 'ValidationException', /maximumConcurrency/],
    [
      {
        ScalingConfig: { MaximumConcurrency: 2 },
        ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 3, PollerGroupName: undefined },
      },
      bad,
      /Provisioned mode/,
    ],
    [{ StartingPosition: 'LATEST' }, bad, 'StartingPosition is not valid for SQS event sources.'],
    [{ MaximumRetryAttempts: 1 }, bad, unsupported('maximumRetryAttempts')],
    [{ BisectBatchOnFunctionError: true }, bad, unsupported('bisectBatchOnFunctionError')],
    [{ ParallelizationFactor: 2 }, bad, unsupported('parallelizationFactor')],
    [{ Topics: ['t'] }, bad, unsupported('topics')],
    [{ FilterCriteria: { Filters: [{ Pattern: 'plain' }] } }, bad, 'Invalid filter pattern definition.'],
    [{ FilterCriteria: { Filters: [{ Pattern: undefined }] } }, bad, 'Invalid filter pattern definition.'],
    [{ FilterCriteria: { Filters: Array.from({ length: 6 }, () => ({ Pattern: '{"body":["a"]}' })) } }, bad, /5/],
    [{ FunctionResponseTypes: ['Other' as 'ReportBatchItemFailures'] }, 'ValidationException', /functionResponseTypes/],
    [{ EventSourceArn: STREAM }, bad, /Value null at 'startingPosition'/],
    [{ ...stream, StartingPosition: 'AT_TIMESTAMP' }, bad, `Unsupported starting position for arn type: ${STREAM}`],
    [
      { ...stream, StartingPositionTimestamp: new Date(0) },
      bad,
      'Timestamp only valid with StartingPosition AT_TIMESTAMP',
    ],
    [
      { ...stream, StartingPosition: 'OTHER' as 'LATEST' },
      'ValidationException',
      "1 validation error detected: Value 'OTHER' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
    ],
    [{ ...stream, EventSourceArn: `${STREAM}x` }, bad, `Stream not found: ${STREAM}x`],
    [{ ...stream, ScalingConfig: { MaximumConcurrency: 5 } }, bad, unsupported('scalingConfig')],
    [{ ...stream, MaximumRecordAgeInSeconds: 59 }, bad, /MaximumRecordAgeInSeconds/],
    [{ ...stream, MaximumRetryAttempts: 10_001 }, 'ValidationException', /maximumRetryAttempts/],
    [{ ...stream, ParallelizationFactor: 11 }, 'ValidationException', /parallelizationFactor/],
    [{ ...stream, TumblingWindowInSeconds: 901 }, 'ValidationException', /tumblingWindowInSeconds/],
    [
      { ...stream, DestinationConfig: { OnSuccess: undefined, OnFailure: { Destination: 'arn:aws:iam::1:role/x' } } },
      bad,
      /is invalid/,
    ],
    [
      {
        ...stream,
        DestinationConfig: {
          OnSuccess: undefined,
          OnFailure: { Destination: `arn:aws:sqs:${REGION}:${ACCOUNT}:lost` },
        },
      },
      bad,
      /nothing yet that takes events/,
    ],
  ]
  for (const [input, code, message] of cases)
    await assert.rejects(create(made, input), refusal(code, message), JSON.stringify(input))
  made.queue.gone = true
  await assert.rejects(create(made), refusal(bad, /NonExistentQueue/))
  made.around.queueSource = new FakeQueue(made.clock, { fifo: false, visibilityTimeoutMs: 2000 })
  await assert.rejects(
    create(made),
    refusal(bad, 'Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds'),
  )
})

test('a mapping has tags', async () => {
  const made = await bench()
  const { EventSourceMappingArn: Resource = '' } = await made.call('CreateEventSourceMapping', {
    EventSourceArn: QUEUE,
    FunctionName: 'f',
    Tags: { team: 'a' },
  })
  await made.call('TagResource', { Resource, Tags: { stage: 'test' } })
  assert.deepEqual((await made.call('ListTags', { Resource })).Tags, { team: 'a', stage: 'test' })
  await made.call('UntagResource', { Resource, TagKeys: ['team'] })
  assert.deepEqual((await made.call('ListTags', { Resource })).Tags, { stage: 'test' })
  await assert.rejects(
    made.call('ListTags', { Resource: Resource.replace(REGION, 'eu-west-1') }),
    refusal('ResourceNotFoundException', 'The resource you requested does not exist.'),
  )
})
