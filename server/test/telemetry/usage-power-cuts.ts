// Usage after cuts of power. What was stored stays and is counted once; of what came later any part may be missing, and
// that is at most a second's.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { seededRandom } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import { openSqliteStore } from '#storage/sqlite/sqlite-store.ts'
import { FOLD_AFTER_MS } from '#telemetry/usage/limits.ts'
import { UsageLedger } from '#telemetry/usage/usage-ledger.ts'
import { DAY_MS, NO_USAGE, sum, type Usage } from '#telemetry/usage/usage-record.ts'
import { reportUsage } from '#telemetry/usage/usage-report.ts'
import { acknowledgedBefore, type Fate, surviveInto } from '../storage/disk-log.ts'
import { recordDisk } from '../storage/power-cuts.ts'

const FATES: readonly Fate[] = ['lost', 'kept', 'mixed', 'mixed', 'mixed']

/** Runs the writer, then looks at what is left after each of `cuts` power cuts; throws what does not hold. */
export async function runUsagePowerCuts(t: TestContext, cuts: number, seed: number): Promise<void> {
  const { folder, records } = await recordDisk(t, join(import.meta.dirname, 'usage-writer.ts'), [String(seed)])
  // In memory, where there is such a folder: what is looked at is not looked at for its syncs.
  const looks = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : folder, 'mayfly-usage-'))
  t.after(() => rm(looks, { recursive: true }))
  const random = seededRandom(seed)
  let [missing, missingMsMax] = [0, 0]
  for (let count = 0; count < cuts; count++) {
    const cut = Math.trunc(random() * records.length)
    const fate = FATES[count % FATES.length] ?? 'mixed'
    const target = join(looks, `cut-${count}`)
    surviveInto(target, records, cut, fate, random)
    const told = ledgerOf(acknowledgedBefore(records, cut))
    const where = `cut ${cut}, ${fate}, seed ${seed}`
    assert.ok(told.unstoredMs <= FOLD_AFTER_MS, `${where}: ${told.unstoredMs} ms of usage are not in the store`)
    missingMsMax = Math.max(missingMsMax, told.unstoredMs)
    if (existsSync(join(target, 'store.sqlite'))) missing += await look(target, told, where)
    else assert.equal(told.stored.size, 0, where)
    await rm(target, { recursive: true })
  }
  t.diagnostic(
    `${cuts} cuts of ${records.length} changes: ${missing} invocations missing, of ${missingMsMax} ms at most`,
  )
}

type Totals = ReadonlyMap<string, Usage>

interface Told {
  /** Said to be recorded, and said to be in the store. */
  readonly used: Totals
  readonly stored: Totals
  /** From the first invocation that may be missing to the cut. */
  readonly unstoredMs: number
}

function ledgerOf(lines: readonly string[]): Told {
  const used = new Map<string, Usage>()
  let stored: Totals = new Map()
  let folding: Totals = new Map()
  let [firstMs, foldingMs, lastMs]: (number | undefined)[] = []
  let next = 0
  for (const line of lines) {
    const [number, what, name = '', billedMs, atMs] = line.split(' ')
    if (Number(number) < next) continue
    assert.equal(Number(number), next++)
    if (what === 'used') {
      used.set(name, sum(used.get(name) ?? NO_USAGE, { ...NO_USAGE, invocations: 1, billedMs: Number(billedMs) }))
      lastMs = Number(atMs)
      firstMs ??= lastMs
    } else if (what === 'fold') {
      folding = new Map(used)
      foldingMs = firstMs
      firstMs = undefined
    } else {
      stored = folding
      foldingMs = undefined
    }
  }
  const fromMs = foldingMs ?? firstMs
  return { used, stored, unstoredMs: fromMs === undefined || lastMs === undefined ? 0 : lastMs - fromMs }
}

/** Starts on what is left, twice; answers how many invocations are missing. */
async function look(target: string, { used, stored }: Told, where: string): Promise<number> {
  const onFatal = (error: unknown): never => {
    throw error
  }
  const clock = new ManualClock(Date.UTC(2026, 10, 22))
  const store = await openSqliteStore({ path: join(target, 'store.sqlite'), onFatal })
  try {
    const options = { store, clock, folder: join(target, 'usage'), log: silentLog }
    await (await UsageLedger.open(options)).close()
    await (await UsageLedger.open(options)).close()
    const account = '000000000000'
    const report = await reportUsage(store, {
      account,
      fromMs: clock.nowMs() - 2 * DAY_MS,
      untilMs: clock.nowMs(),
      by: 'total',
    })
    const found: Totals = new Map(report.lines.map((line) => [line.function, line.usage]))
    let missing = 0
    for (const [name, all] of used) {
      const { invocations, billedMs } = found.get(name) ?? NO_USAGE
      const sure = stored.get(name) ?? NO_USAGE
      assert.ok(
        invocations >= sure.invocations && billedMs >= sure.billedMs,
        `${where}: stored usage of ${name} is lost`,
      )
      assert.ok(invocations <= all.invocations && billedMs <= all.billedMs, `${where}: usage of ${name} counts twice`)
      missing += all.invocations - invocations
    }
    assert.deepEqual(
      [...found.keys()].filter((name) => !used.has(name)),
      [],
      where,
    )
    return missing
  } finally {
    await store.close()
  }
}
