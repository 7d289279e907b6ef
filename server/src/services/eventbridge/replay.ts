// Replays: archived events once more to the bus that they came from. A replay goes through its archive in steps, each of
// which is an event that brings a few archived ones under way and ends with the event of the next step: it goes on after a
// restart where it was.
import type { OutboxRecord } from '#events/outbox.ts'
import type { Target } from '#events/target.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Key, Store } from '#storage/store.ts'
import { type Reader, transact } from '#storage/transact.ts'
import { type ArchivedEvent, readArchived } from './archive.ts'
import { busArn, type NamedRef, readArn, replayArn } from './arn.ts'
import type { EventBridgeDeps } from './deps.ts'
import { notFound } from './errors.ts'
import { BUS_EVENT_SOURCE, REPLAY_TARGET, toBus } from './event.ts'
import { ARCHIVE_PAGE } from './limits.ts'
import { OWN_RETRIES } from './retry.ts'

export type ReplayState = 'STARTING' | 'RUNNING' | 'CANCELLING' | 'COMPLETED' | 'CANCELLED' | 'FAILED'

export interface ReplayRecord extends NamedRef {
  readonly id: string
  readonly description?: string
  readonly archive: string
  readonly archiveId: string
  /** The bus, in the same account and region. */
  readonly bus: string
  /** ARNs of the rules that get the events; none: all. */
  readonly rules: readonly string[]
  readonly startMs: number
  readonly endMs: number
  readonly state: ReplayState
  readonly stateReason?: string
  readonly startedMs: number
  readonly endedMs?: number
  readonly lastEventMs?: number
}

/** Key: [account, region, name]. */
export const replays = new Collection<ReplayRecord>({ name: 'events.replays', codec: jsonCodec<ReplayRecord>(1) })

export function replayKey({ account, region, name }: NamedRef): Key {
  return [account, region, name]
}

export function isUnderWay({ state }: ReplayRecord): boolean {
  return state === 'STARTING' || state === 'RUNNING' || state === 'CANCELLING'
}

/** Throws ResourceNotFoundException. */
export async function requireReplay(reader: Reader, ref: NamedRef): Promise<ReplayRecord> {
  const found = await replays.get(reader, replayKey(ref))
  if (found === undefined) throw notFound(`Replay ${ref.name}`)
  return found.value
}

interface StepData {
  readonly replayId: string
  /** The last event that was handed on. */
  readonly after?: { readonly timeMs: number; readonly id: string }
}

/** The first step, or the next one; give it to the commit that starts the replay. */
export function replayStep(replay: ReplayRecord, after?: StepData['after']): OutboxRecord {
  const data: StepData = { replayId: replay.id, ...(after && { after }) }
  return {
    envelope: {
      id: replay.id,
      source: BUS_EVENT_SOURCE,
      type: 'Replay',
      subject: replay.name,
      timeMs: replay.startedMs,
      account: replay.account,
      region: replay.region,
      hops: 0,
      data,
      payload: Buffer.alloc(0),
    },
    destination: { target: REPLAY_TARGET, arn: replayArn(replay) },
  }
}

export function createReplayTarget({ store, clock }: EventBridgeDeps): Target {
  return {
    name: REPLAY_TARGET,
    retryPolicy: () => Promise.resolve(OWN_RETRIES),
    refusal: () => Promise.resolve('only StartReplay starts a replay'),
    async deliver(envelope, { arn }) {
      const read = readArn(arn)
      // replayStep made the envelope: its data is StepData.
      const { replayId, after } = envelope.data as StepData
      const found = read?.kind === 'replay' ? (await replays.get(store, replayKey(read.ref)))?.value : undefined
      if (found === undefined || found.id !== replayId || !isUnderWay(found)) return { kind: 'delivered' }
      if (found.state === 'CANCELLING') {
        await change(store, found, { state: 'CANCELLED', endedMs: clock.nowMs() })
        return { kind: 'delivered' }
      }
      const from = after ? { afterMs: after.timeMs, afterId: after.id } : { startMs: found.startMs }
      const page = await readArchived(store, found.archiveId, from, found.endMs, ARCHIVE_PAGE)
      const last = page.at(-1)
      const isOver = last === undefined || page.length < ARCHIVE_PAGE
      await change(store, found, {
        ...(last && { lastEventMs: last.timeMs }),
        ...(isOver ? { state: 'COMPLETED', endedMs: clock.nowMs() } : { state: 'RUNNING' }),
      })
      const follows = page.map((event) => again(found, event, clock.nowMs()))
      if (!isOver) follows.push(replayStep(found, last))
      return { kind: 'delivered', follows }
    },
  }
}

/** The event with the name of its replay in it, so that rules can tell it from the first time. */
function again(replay: ReplayRecord, { event }: ArchivedEvent, nowMs: number): OutboxRecord {
  const { account, region, name, bus, rules } = replay
  const text = event.toString('utf8')
  const payload = Buffer.from(`${text.slice(0, text.lastIndexOf('}'))},"replay-name":${JSON.stringify(name)}}`)
  const data = { replay: { name, rules } }
  const ref = { account, region, name: bus }
  return toBus(ref, { type: 'Replay', subject: busArn(ref), timeMs: nowMs, hops: 0, payload, data })
}

/** Unless it was cancelled or is another one by now. */
async function change(store: Store, replay: ReplayRecord, to: Partial<ReplayRecord>): Promise<void> {
  await transact(store, async (transaction) => {
    const now = (await replays.get(transaction, replayKey(replay)))?.value
    if (now?.id !== replay.id || (now.state === 'CANCELLING' && to.state !== 'CANCELLED')) return
    await replays.set(transaction, replayKey(replay), { ...now, ...to })
  })
}
