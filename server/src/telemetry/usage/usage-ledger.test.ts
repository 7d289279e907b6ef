// The ledger against one that the test keeps itself, over crashes at any point.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { seededRandom } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import { createMemoryStore, type MemoryStore } from '#storage/memory/memory-store.ts'
import { type Budget, periodAt } from './budgets.ts'
import { readRows } from './usage-journal.ts'
import { UsageLedger, type UsageMeter } from './usage-ledger.ts'
import { reportUsage } from './usage-report.ts'
import { DAY_MS, HOUR_MS, NO_USAGE, sum, type Usage } from './usage-record.ts'

const NOON = Date.UTC(2026, 10, 21, 12)
const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-usage-'))
  folders.push(folder)
  return folder
}

const ACCOUNT = '000000000000'
const subject = (name: string, account = ACCOUNT) => ({ account, region: 'us-east-1', function: name })

function used(billedMs: number, more: Partial<Usage> = {}): Usage {
  return { ...NO_USAGE, invocations: 1, billedMs, billedMbMs: billedMs * 1024, bytesIn: 2, ...more }
}

interface World {
  readonly store: MemoryStore
  readonly clock: ManualClock
  readonly folder: string
}

function world(): World {
  return { store: createMemoryStore(), clock: new ManualClock(NOON), folder: newFolder() }
}

function open({ store, clock, folder }: World): Promise<UsageLedger> {
  return UsageLedger.open({ store, clock, folder, log: silentLog })
}

async function totals(store: MemoryStore, nowMs: number, account = ACCOUNT): Promise<Map<string, Usage>> {
  const question = { account, fromMs: NOON - DAY_MS, untilMs: nowMs + 1, by: 'total' as const }
  const { lines } = await reportUsage(store, question)
  return new Map(lines.map((line) => [line.function, line.usage]))
}

test('what is recorded is in the store a second later, by function, hour and day', async () => {
  const here = world()
  const ledger = await open(here)
  const [a, b] = [ledger.meter(subject('a')), ledger.meter(subject('b'))]
  a.admit()
  a.record(used(10, { errors: 1, peakMemoryMb: 30 }))
  await here.clock.advance(HOUR_MS)
  a.record(used(5, { peakMemoryMb: 50 }))
  b.throttled()
  await ledger.settle()
  const found = await totals(here.store, here.clock.nowMs())
  assert.deepEqual(found.get('a'), {
    ...NO_USAGE,
    invocations: 2,
    errors: 1,
    billedMs: 15,
    billedMbMs: 15 * 1024,
    bytesIn: 4,
    peakMemoryMb: 50,
  })
  assert.equal(found.get('b')?.throttled, 1)
  const hours = await reportUsage(here.store, {
    ...subject('a'),
    fromMs: NOON,
    untilMs: NOON + 2 * HOUR_MS,
    by: 'hour',
  })
  assert.deepEqual(
    hours.lines.map(({ fromMs, usage }) => [fromMs - NOON, usage.billedMs]),
    [
      [0, 10],
      [HOUR_MS, 5],
    ],
  )
  assert.deepEqual(readdirSync(here.folder), [])
})

test('a journal line without its end, and what follows a broken one, does not count', () => {
  const figures = (n: number) => Array.from({ length: 13 }, () => n).join(',')
  const whole = `=["1","r","f",7]\n0,${figures(1)}\n0,${figures(2)}\n`
  assert.equal(readRows(whole)[0]?.usage.invocations, 3)
  assert.equal(readRows(`${whole}0,${figures(9)}`)[0]?.usage.invocations, 3)
  assert.equal(readRows(`${whole}\0\0\0\n0,${figures(9)}\n`)[0]?.usage.invocations, 3)
  assert.equal(readRows(`${whole}0,1,2\n0,${figures(9)}\n`)[0]?.usage.invocations, 3)
  assert.deepEqual(readRows('=["1"'), [])
})

test('exact over crashes: 30,000 invocations, killed at any step, against a ledger of the test’s own', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  const whole = (max: number) => Math.floor(random() * max)
  const own = new Map<string, Usage>()
  const { clock, folder, store: first } = world()
  let store = first
  let invocations = 0
  let crashes = 0
  while (invocations < 30_000) {
    // The store dies at some step of its own, or the process at the end of the life.
    store.crash()
    store = store.restart({
      clock,
      ...(random() < 0.7 && { faults: { seed: whole(1e9), crashAtStep: 1 + whole(60) } }),
    })
    const ledger = await open({ store, clock, folder }).catch(() => undefined)
    crashes++
    if (!ledger) continue
    const meters = new Map<string, UsageMeter>()
    for (let life = whole(600); life > 0; life--) {
      const name = `f${whole(40)}`
      const meter = meters.get(name) ?? ledger.meter(subject(name))
      meters.set(name, meter)
      const usage = used(1 + whole(1000), { cpuUs: whole(1e6), errors: whole(2), bytesOut: whole(6e6) })
      meter.record(usage)
      invocations++
      own.set(name, sum(own.get(name) ?? NO_USAGE, usage))
      if (random() < 0.002) await clock.advance(whole(HOUR_MS))
      if (random() < 0.01) await ledger.settle().catch(() => {})
      // The answer leaves after at least one turn of promises.
      if (random() < 0.1) await Promise.resolve()
    }
    await Promise.resolve()
    if (random() < 0.3) await new Promise(setImmediate)
  }
  store.crash()
  store = store.restart()
  const ledger = await open({ store, clock, folder })
  await ledger.close()
  const found = await totals(store, clock.nowMs())
  assert.deepEqual(Object.fromEntries(found), Object.fromEntries(own), `seed ${seed}`)
  assert.ok(crashes > 50)
  assert.deepEqual(readdirSync(folder), [])
})

test('a journal whose rows are in the store is not added again', async () => {
  const here = world()
  const first = await open(here)
  first.meter(subject('a')).record(used(7))
  await Promise.resolve()
  const [name = ''] = readdirSync(here.folder)
  const text = `=${JSON.stringify([ACCOUNT, 'us-east-1', 'a', NOON / HOUR_MS])}\n0,${Array(13).fill(1).join(',')}\n`
  await first.settle()
  // The file is back, as if the process had died between the commit and the removal.
  writeFileSync(join(here.folder, name), text)
  await (await open(here)).close()
  assert.equal((await totals(here.store, here.clock.nowMs())).get('a')?.invocations, 1)
})

test('a cap on invocations is never exceeded, those under way included; it survives a restart and begins anew', async () => {
  const here = world()
  let ledger = await open(here)
  const budget: Budget = { ...subject('a'), period: 'day', invocationsMax: 10 }
  const meter = ledger.meter(subject('a'))
  // What was used before the budget was made counts.
  for (let n = 0; n < 4; n++) meter.record(used(1))
  await ledger.budgets.set(budget)
  for (let n = 0; n < 6; n++) assert.equal(meter.admit(), undefined)
  assert.deepEqual(meter.admit(), { budget, unit: 'invocations', max: 10, untilMs: NOON + 12 * HOUR_MS })
  meter.throttled()
  assert.equal(meter.admit(), undefined, 'one did not begin after all')
  for (let n = 0; n < 6; n++) meter.record(used(1))
  assert.notEqual(meter.admit(), undefined)
  assert.equal(ledger.meter(subject('b')).admit(), undefined, 'another function')
  await Promise.resolve()
  here.store.crash()
  const again = { ...here, store: here.store.restart() }
  ledger = await open(again)
  assert.notEqual(ledger.meter(subject('a')).admit(), undefined)
  assert.deepEqual(ledger.budgets.list()[0]?.used.invocations, 10)
  await here.clock.advance(12 * HOUR_MS)
  assert.equal(ledger.meter(subject('a')).admit(), undefined)
  assert.equal(ledger.budgets.list()[0]?.used.invocations, 0)
})

test('GB-seconds of all functions of an account: what is under way may end, what comes after is refused', async () => {
  const here = world()
  const ledger = await open(here)
  await ledger.budgets.set({ account: ACCOUNT, period: 'month', gbSecondsMax: 1 })
  const [a, b] = [ledger.meter(subject('a')), ledger.meter({ ...subject('b'), region: 'eu-central-1' })]
  assert.equal(a.admit(), undefined)
  assert.equal(b.admit(), undefined)
  a.record(used(999))
  assert.equal(a.admit(), undefined)
  b.record(used(1))
  assert.equal(a.admit()?.unit, 'GB-seconds')
  a.record(used(5000))
  assert.equal(b.admit()?.budget.account, ACCOUNT)
  assert.equal(ledger.meter(subject('a', '111111111111')).admit(), undefined)
  assert.equal(ledger.budgets.list()[0]?.used.gbSeconds, 6)
  assert.equal(await ledger.budgets.remove({ account: ACCOUNT, period: 'month' }), true)
  assert.equal(a.admit(), undefined)
  assert.equal(await ledger.budgets.remove({ account: ACCOUNT, period: 'month' }), false)
})

test('a budget that is made while invocations come counts each of them once', async () => {
  const here = world()
  const ledger = await open(here)
  const meter = ledger.meter(subject('a'))
  for (let round = 1; round <= 20; round++) {
    meter.record(used(1))
    const made = ledger.budgets.set({ ...subject('a'), period: 'day', invocationsMax: 1e6 })
    meter.record(used(1))
    await Promise.resolve()
    meter.record(used(1))
    void ledger.settle()
    await made
    assert.equal(ledger.budgets.list()[0]?.used.invocations, round * 3)
  }
})

test('periods are days and months of UTC', () => {
  assert.deepEqual(periodAt('day', NOON), { firstMs: NOON - 12 * HOUR_MS, untilMs: NOON + 12 * HOUR_MS })
  assert.deepEqual(periodAt('month', Date.UTC(2026, 11, 31, 23)), {
    firstMs: Date.UTC(2026, 11, 1),
    untilMs: Date.UTC(2027, 0, 1),
  })
})

test('hours are kept for a week, days for 400', async () => {
  const here = world()
  const ledger = await open(here)
  ledger.meter(subject('a')).record(used(1))
  await ledger.settle()
  const hours = () => reportUsage(here.store, { account: ACCOUNT, fromMs: NOON, untilMs: NOON + 1, by: 'hour' })
  const days = () => reportUsage(here.store, { account: ACCOUNT, fromMs: NOON, untilMs: NOON + 1, by: 'day' })
  await here.clock.advance(8 * DAY_MS)
  await ledger.settle()
  assert.deepEqual([(await hours()).lines.length, (await days()).lines.length], [0, 1])
  await here.clock.advance(400 * DAY_MS)
  await ledger.settle()
  assert.equal((await days()).lines.length, 0)
})
