// Schedules in time that is moved by hand: each slot once, however the server ends and comes back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { decodeRecord, OUTBOX_LOG } from '#events/outbox.ts'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import type { Key, Store } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'
import { type RuleRecord, setRule } from './rule.ts'
import { fireDue, keepSchedules } from './scheduler.ts'
import { keepSlot } from './slot.ts'

const MINUTE_MS = 60_000
const START_MS = Date.parse('2026-01-01T00:00:00Z')

function ruleOf(name: string, schedule: string): RuleRecord {
  const targets = [{ id: 't', arn: 'arn:aws:sqs:eu-west-1:000000000000:q', input: { kind: 'event' as const } }]
  const place = { account: '000000000000', region: 'eu-west-1', bus: 'default' }
  return { ...place, name, schedule, state: 'ENABLED', createdBy: '000000000000', tags: {}, targets }
}

async function put(store: Store, rule: RuleRecord, nowMs: number): Promise<void> {
  await transact(store, async (transaction) => {
    await setRule(transaction, rule)
    await keepSlot(transaction, rule, nowMs)
  })
}

/** The rules and times of the events that were fired, in the order in which they were. */
async function fired(store: Store): Promise<readonly string[]> {
  const found: string[] = []
  for (let after: Key | undefined; ;) {
    const page = await store.list({ prefix: OUTBOX_LOG, ...(after && { after }) })
    for (const { value } of page) {
      const { envelope } = decodeRecord(value)
      const event = JSON.parse(Buffer.from(envelope.payload ?? []).toString()) as {
        time: string
        'detail-type': string
      }
      assert.equal(event['detail-type'], 'Scheduled Event')
      found.push(`${envelope.subject} ${event.time.slice(0, 16)}`)
    }
    after = page.at(-1)?.key
    if (after === undefined) return found
  }
}

test('slots fire at their time, one after the other', async () => {
  const clock = new ManualClock(START_MS)
  const store = createMemoryStore()
  await put(store, ruleOf('each', 'rate(5 minutes)'), clock.nowMs())
  const closing = new AbortController()
  const running = keepSchedules({ store, clock, log: silentLog }, closing.signal)
  for (let minute = 0; minute < 17; minute++) await clock.advance(MINUTE_MS)
  assert.deepEqual(await fired(store), ['each 2026-01-01T00:05', 'each 2026-01-01T00:10', 'each 2026-01-01T00:15'])
  closing.abort()
  await running
})

test('a schedule that is put while the scheduler sleeps wakes it', async () => {
  const clock = new ManualClock(START_MS)
  const store = createMemoryStore()
  const closing = new AbortController()
  const running = keepSchedules({ store, clock, log: silentLog }, closing.signal)
  await clock.advance(10)
  await put(store, ruleOf('new', 'cron(1 * * * ? *)'), clock.nowMs())
  await clock.advance(MINUTE_MS)
  assert.deepEqual(await fired(store), ['new 2026-01-01T00:01'])
  closing.abort()
  await running
})

test('what passed while nothing ran is made up for, up to a day back, once, by many schedulers at once', async () => {
  const clock = new ManualClock(START_MS)
  const store = createMemoryStore()
  await put(store, ruleOf('often', 'rate(1 minute)'), clock.nowMs())
  await put(store, ruleOf('daily', 'cron(0 10 * * ? *)'), clock.nowMs())
  await clock.advance(3 * 86_400_000 + MINUTE_MS / 2)
  const ports = { store, clock, log: silentLog }
  await Promise.all([fireDue(ports), fireDue(ports), fireDue(ports)])
  const all = await fired(store)
  assert.equal(new Set(all).size, all.length)
  // The 1440 minutes of the last day, and its ten o'clock.
  assert.equal(all.length, 1441)
  const often = all.filter((slot) => slot.startsWith('often'))
  assert.deepEqual([often[0], often.at(-1)], ['often 2026-01-03T00:01', 'often 2026-01-04T00:00'])
  assert.deepEqual(
    all.filter((slot) => slot.startsWith('daily')),
    ['daily 2026-01-03T10:00'],
  )
})

test('a rule that was disabled or deleted meanwhile fires nothing', async () => {
  const clock = new ManualClock(START_MS)
  const store = createMemoryStore()
  const rule = ruleOf('off', 'rate(1 minute)')
  await put(store, rule, clock.nowMs())
  await put(store, { ...rule, state: 'DISABLED' }, clock.nowMs())
  await clock.advance(10 * MINUTE_MS)
  assert.equal(await fireDue({ store, clock, log: silentLog }), undefined)
  await put(store, rule, clock.nowMs())
  assert.equal(await fireDue({ store, clock, log: silentLog }), clock.nowMs() + MINUTE_MS)
  assert.deepEqual(await fired(store), [])
})
