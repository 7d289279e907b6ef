import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '#base/ids.ts'
import { StoreClosedError, StoreFullError, type Store } from '../store.ts'
import { transact } from '../transact.ts'
import type { FaultOptions } from './faults.ts'
import { createMemoryStore, type MemoryStore } from './memory-store.ts'

const SEEDS = 300
const CLIENTS = 6
const STEPS = 12
const first = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))
console.log(`faults.test.ts seed ${first}`)

interface Run {
  readonly store: MemoryStore
  /** The id and the sequence of every acknowledged commit, in the order of the acknowledgements. */
  readonly acknowledged: readonly (readonly [id: number, sequence: number])[]
  /** Ids of commits that rejected because the store stopped: they may have happened. */
  readonly unknown: ReadonlySet<number>
  readonly full: number
  readonly stopped: Error | undefined
}

/** Clients that each commit two keys and a log entry at a time, until they are done or the store stops. */
async function runClients(faults: FaultOptions): Promise<Run> {
  let stopped: Error | undefined
  const store = createMemoryStore({ faults, onFatal: (error) => (stopped = error) })
  const acknowledged: [number, number][] = []
  const unknown = new Set<number>()
  let full = 0
  const client = async (index: number): Promise<void> => {
    for (let step = 0; step < STEPS; step++) {
      const id = index * STEPS + step
      const value = Uint8Array.of(id)
      try {
        const outcome = await store.commit({
          sets: ['a', 'b'].map((half) => ({ key: [half, id], value })),
          appends: [{ log: ['log'], value }],
        })
        assert.ok(outcome.kind === 'committed')
        acknowledged.push([id, outcome.sequences[0] ?? 0])
      } catch (error) {
        if (error instanceof StoreFullError) {
          full++
          continue
        }
        assert.ok(error instanceof StoreClosedError)
        unknown.add(id)
        return
      }
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index)))
  return { store, acknowledged, unknown, full, stopped }
}

async function look(store: Store, { acknowledged, unknown }: Run): Promise<void> {
  const [a, b, log] = await Promise.all(['a', 'b', 'log'].map((prefix) => store.list({ prefix: [prefix] })))
  const ids = new Set(a?.map(({ key }) => Number(key[1])))
  assert.deepEqual(new Set(b?.map(({ key }) => Number(key[1]))), ids, 'half a commit')
  assert.deepEqual(
    log?.map(({ key }) => key[1]),
    Array.from(ids.keys(), (_, index) => index + 1),
  )
  assert.deepEqual(new Set(log?.map(({ value }) => value[0])), ids)
  for (const [id, sequence] of acknowledged) {
    assert.ok(ids.delete(id), `commit ${id} is lost`)
    assert.equal(log?.[sequence - 1]?.value[0], id)
  }
  for (const id of ids) assert.ok(unknown.has(id), `commit ${id} is a phantom`)
}

test(`a crash at any step keeps what was acknowledged (${SEEDS} seeds from ${first})`, async () => {
  const happened = { after: 0, lost: 0 }
  for (let seed = first; seed < first + SEEDS; seed++) {
    const crashAtStep = 1 + Math.trunc(seededRandom(seed)() * CLIENTS * STEPS * 2)
    const run = await runClients({ seed, crashAtStep })
    assert.ok(run.stopped)
    await assert.rejects(run.store.get(['a', 0]), StoreClosedError)
    await assert.rejects(run.store.commit({}), StoreClosedError)
    const again = run.store.restart()
    await look(again, run)
    const present = (await again.list({ prefix: ['a'] })).length - run.acknowledged.length
    happened.after += present
    happened.lost += run.unknown.size - present
  }
  assert.ok(happened.after > 0 && happened.lost > 0, 'commits under way both happened and did not')
})

test(`an I/O error stops the store for good; a full disk does not (${SEEDS} seeds from ${first})`, async () => {
  let errors = 0
  let fulls = 0
  for (let seed = first; seed < first + SEEDS; seed++) {
    const run = await runClients({ seed, ioErrorRate: 0.02, fullRate: 0.1 })
    if (run.stopped) {
      errors++
      await assert.rejects(run.store.commit({}), StoreClosedError)
    } else {
      assert.equal(run.acknowledged.length + run.full, CLIENTS * STEPS)
      run.store.crash()
    }
    fulls += run.full
    await look(run.store.restart(), run)
  }
  assert.ok(errors > SEEDS / 4 && errors < SEEDS && fulls > SEEDS, `${errors} errors, ${fulls} times full`)
})

test('refusals at random do not harm transactions', async () => {
  const store = createMemoryStore({ faults: { seed: first, conflictRate: 0.3 } })
  const increment = (): Promise<void> =>
    transact(store, async (transaction) => {
      const entry = await transaction.get(['n'])
      transaction.set(['n'], Uint8Array.of((entry?.value[0] ?? 0) + 1))
    })
  for (let round = 0; round < 50; round++) await increment()
  assert.equal((await store.get(['n']))?.value[0], 50)
})

test('the same seed makes the same history', async () => {
  const history = async (): Promise<unknown> => {
    const { acknowledged, unknown } = await runClients({
      seed: first,
      ioErrorRate: 0.01,
      fullRate: 0.2,
      crashAtStep: 90,
    })
    return { acknowledged, unknown }
  }
  assert.deepEqual(await history(), await history())
})
