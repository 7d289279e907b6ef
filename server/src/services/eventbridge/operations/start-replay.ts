// StartReplay: archived events of a span of time once more to their bus.
import { newRequestId } from '#base/ids.ts'
import { outboxAppend } from '#events/outbox.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { archiveKey, type ArchiveRecord, archives } from '../archive.ts'
import { readArn, replayArn } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import { alreadyExists, invalidParameter, limitExceeded } from '../errors.ts'
import { REPLAYS_MAX } from '../limits.ts'
import type { EventBridgeInput, EventBridgeOperation } from '../model.ts'
import { isUnderWay, replayKey, type ReplayRecord, replays, replayStep } from '../replay.ts'
import type { Reader } from '#storage/transact.ts'

export const startReplay: EventBridgeOperation<'StartReplay'> = async ({ store, clock }, input, context) => {
  new Constraints()
    .replayName('replayName', input.ReplayName)
    .description('description', input.Description)
    .arn('eventSourceArn', input.EventSourceArn)
    .arn('destination.arn', input.Destination?.Arn)
    .check()
  const { account, region } = context
  const replay = await transact(store, async (transaction) => {
    const ref = { account, region, name: input.ReplayName ?? '' }
    if ((await replays.get(transaction, replayKey(ref))) !== undefined) throw alreadyExists(`Replay ${ref.name}`)
    const archive = await archiveIn(transaction, input, context)
    checkDestination(input, archive)
    const [startMs, endMs] = [input.EventStartTime?.getTime() ?? 0, input.EventEndTime?.getTime() ?? 0]
    if (endMs <= startMs) throw invalidParameter('EventEndTime', 'EventStartTime must be before EventEndTime.')
    const all = await replays.list(transaction, { prefix: [account, region] })
    if (all.filter(({ value }) => isUnderWay(value)).length >= REPLAYS_MAX) throw limitExceeded()
    const next: ReplayRecord = {
      ...ref,
      id: newRequestId(),
      ...(input.Description !== undefined && { description: input.Description }),
      archive: archive.name,
      archiveId: archive.id,
      bus: archive.bus,
      rules: input.Destination?.FilterArns ?? [],
      startMs,
      endMs,
      state: 'STARTING',
      startedMs: clock.nowMs(),
    }
    await replays.set(transaction, replayKey(next), next)
    const { log, value } = outboxAppend(replayStep(next))
    transaction.append(log, value)
    return next
  })
  return { ReplayArn: replayArn(replay), State: replay.state, ReplayStartTime: new Date(replay.startedMs) }
}

async function archiveIn(
  reader: Reader,
  { EventSourceArn }: EventBridgeInput<'StartReplay'>,
  { account, region }: RequestContext,
): Promise<ArchiveRecord> {
  const read = readArn(EventSourceArn ?? '')
  if (read?.kind !== 'archive') throw invalidParameter('EventSourceArn', 'Must contain an archive ARN.')
  const found = await archives.get(reader, archiveKey({ account, region, name: read.ref.name }))
  if (found === undefined || read.ref.account !== account || read.ref.region !== region)
    throw invalidParameter('EventSourceArn', `Archive ${read.ref.name} does not exist.`)
  return found.value
}

function checkDestination({ Destination }: EventBridgeInput<'StartReplay'>, archive: ArchiveRecord): void {
  const read = readArn(Destination?.Arn ?? '')
  if (read?.kind !== 'bus') throw invalidParameter('Destination.Arn', 'Must contain an event bus ARN.')
  const { account, region, name } = read.ref
  if (name !== archive.bus || account !== archive.account || region !== archive.region)
    throw invalidParameter('Destination.Arn', 'Cross event bus replay is not permitted.')
}
