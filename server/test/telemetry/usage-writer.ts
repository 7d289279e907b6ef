// Keeps a ledger of usage on a disk whose changes are written down. Says on standard output what it does, each line with its number: "used <function>
// <billed ms> <time>" before an invocation is recorded, "fold" when the ledger begins to store what it has, and "stored"
// when that is in the store. Time is the test's own and stands still while something is stored. Arguments: folder, seed.
import { join } from 'node:path'
import { type Clock, ManualClock } from '#base/clock.ts'
import { seededRandom } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import { openSqliteStore } from '#storage/sqlite/sqlite-store.ts'
import type { Store } from '#storage/store.ts'
import { UsageLedger } from '#telemetry/usage/usage-ledger.ts'
import { NO_USAGE } from '#telemetry/usage/usage-record.ts'
import { say } from '../storage/say.ts'

const LIVES = 6
const INVOCATIONS = 500

const [folder = '', seed = ''] = process.argv.slice(2)
const random = seededRandom(Number(seed))
const whole = (max: number): number => Math.floor(random() * max)

let told = 0
/** Numbered: where the reader is behind, a line is written, and written down, again. */
function tell(what: string): void {
  say(`${told++} ${what}`)
}

const manual = new ManualClock(Date.UTC(2026, 10, 21, 11, 59, 40))
const ledgerState = { isStoring: false }
const clock: Clock = {
  nowMs: () => manual.nowMs(),
  monotonicMs: () => manual.monotonicMs(),
  sleep: (delayMs, signal) => manual.sleep(delayMs, signal),
  after: (delayMs, fire) =>
    manual.after(delayMs, () => {
      tell('fold')
      ledgerState.isStoring = true
      fire()
    }),
}
const store: Store = await openSqliteStore({
  path: join(folder, 'store.sqlite'),
  onFatal(error) {
    throw error
  },
})
const commit = store.commit.bind(store)
Object.assign(store, {
  async commit(...args: Parameters<Store['commit']>) {
    const done = await commit(...args)
    if (ledgerState.isStoring) tell('stored')
    ledgerState.isStoring = false
    return done
  },
})

for (let life = 0; life < LIVES; life++) {
  const ledger = await UsageLedger.open({ store, clock, folder: join(folder, 'usage'), log: silentLog })
  const meters = ['a', 'b', 'c'].map((name) => ({
    name,
    meter: ledger.meter({ account: '000000000000', region: 'us-east-1', function: name }),
  }))
  for (let n = 0; n < INVOCATIONS; n++) {
    const one = meters[whole(meters.length)]
    const billedMs = 1 + whole(1_000)
    tell(`used ${one?.name} ${billedMs} ${clock.nowMs()}`)
    one?.meter.record({ ...NO_USAGE, invocations: 1, billedMs })
    if (random() < 0.3) await Promise.resolve()
    if (random() < 0.1) await new Promise(setImmediate)
    if (random() < 0.3) for (let left = whole(200); left > 0 && !ledgerState.isStoring; left--) await manual.advance(1)
  }
  while (ledgerState.isStoring) await new Promise(setImmediate)
  tell('fold')
  await ledger.close()
  tell('stored')
}
await store.close()
