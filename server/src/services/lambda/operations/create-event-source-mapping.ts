// CreateEventSourceMapping: from now on, the messages of a queue or the records of a stream run a function. 202 means:
// stored; the mapping reads its source as soon as it says Enabled.
import { newRequestId } from '#base/ids.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { invalidParameter } from '../errors.ts'
import { refuseKafka } from '../event-sources/kafka-source.ts'
import { mappingAnswer } from '../event-sources/mapping-answer.ts'
import {
  checkArnForm,
  checkMappingConstraints,
  queueSettings,
  refuseAbsentSource,
  startingPosition,
  streamSettings,
} from '../event-sources/mapping-input.ts'
import {
  type MappingRecord,
  mappingKey,
  mappingPairs,
  mappings,
  NOTHING_PROCESSED,
  pairKey,
} from '../event-sources/mapping-record.ts'
import { parseSourceArn, type SourceArn } from '../event-sources/source-arn.ts'
import {
  alreadyMapped,
  checkOnFailure,
  checkQueue,
  checkStream,
  type MappedFunction,
  mappedFunction,
} from '../event-sources/source-check.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { checkTags } from '../tags.ts'

type CreateInput = LambdaInput<'CreateEventSourceMapping'>

export async function createEventSourceMapping(
  deps: LambdaDeps,
  input: CreateInput,
  context: RequestContext,
): Promise<LambdaOutput<'CreateEventSourceMapping'>> {
  checkArnForm('eventSourceArn', input.EventSourceArn)
  checkMappingConstraints(input)
  new Constraints()
    .oneOf('startingPosition', input.StartingPosition, ['LATEST', 'AT_TIMESTAMP', 'TRIM_HORIZON'])
    .check()
  checkTags(input.Tags)
  const sourceArn = input.EventSourceArn ?? ''
  const source = sourceOf(input, context)
  const target = await mappedFunction(deps.ports, input.FunctionName, context)
  const record = recordOf(input, sourceArn, source, target, { context, nowMs: deps.ports.clock.nowMs() })
  if (record.kind === 'queue') await checkQueue(deps.ports, sourceArn, target)
  else {
    await checkStream(deps.ports, sourceArn, target)
    await checkOnFailure(deps.ports, record.settings.onFailureArn, target)
  }
  await transact(deps.ports.store, async (transaction) => {
    const pair = await mappingPairs.get(transaction, pairKey(record))
    if (pair) throw alreadyMapped(record, target.ref.name, pair.value.uuid)
    await mappingPairs.set(transaction, pairKey(record), { uuid: record.uuid })
    await mappings.set(transaction, mappingKey(record), record)
  })
  deps.mappings.start()
  context.setStatus(202)
  return mappingAnswer(record, record.kind === 'stream' ? NOTHING_PROCESSED : undefined)
}

function sourceOf(input: CreateInput, context: RequestContext): SourceArn {
  if (input.SelfManagedEventSource) refuseKafka(input, 'self-managed')
  const outcome = parseSourceArn(input.EventSourceArn ?? '')
  if (outcome.kind === 'kafka') refuseKafka(input, 'msk')
  if (outcome.kind === 'absent') refuseAbsentSource(outcome.what)
  if (outcome.kind === 'unknown') throw invalidParameter('Unrecognized event source.')
  for (const [name, value] of [
    ['topics', input.Topics],
    ['queues', input.Queues],
  ] as const)
    if (value !== undefined && value.length > 0)
      throw invalidParameter(`Unsupported '${name}' parameter for given event source mapping type.`)
  if (outcome.source.region !== context.region)
    throw invalidParameter(
      `Event source from '${outcome.source.region}' is not reachable in this region ('${context.region}')`,
    )
  return outcome.source
}

function recordOf(
  input: CreateInput,
  sourceArn: string,
  source: SourceArn,
  { arn }: MappedFunction,
  { context, nowMs }: { readonly context: RequestContext; readonly nowMs: number },
): MappingRecord {
  const base = {
    uuid: newRequestId(),
    account: context.account,
    region: context.region,
    sourceArn,
    state: 'Creating',
    enabled: input.Enabled ?? true,
    lastModifiedMs: nowMs,
    tags: input.Tags ?? {},
    service: source.service,
  } as const
  if (source.kind === 'stream')
    return {
      ...base,
      kind: 'stream',
      startingPosition: startingPosition(input, source, sourceArn),
      settings: streamSettings(input, arn, source.service, undefined),
    }
  if (input.StartingPosition !== undefined || input.StartingPositionTimestamp !== undefined)
    throw invalidParameter('StartingPosition is not valid for SQS event sources.')
  return { ...base, kind: 'queue', fifo: source.fifo, settings: queueSettings(input, arn, source.fifo, undefined) }
}
