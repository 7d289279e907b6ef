// Histories: random work of one client and of many, compared with the model. Part of the contract (store.contract.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { StoreModel, compareKeys } from './store.model.ts'
import type { Check, Commit, CommitOutcome, Entry, Key, ListOptions, Range, RangeCheck, Store } from './store.ts'
import { transact } from './transact.ts'

const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))
let nextRun = 0

// Few keys of every kind, near each other, so that histories collide.
const aPart = fc.constantFrom<Key[number]>('a', 'a\0', 'b', 'é', 0, 1, -1, 0.5, 2n ** 60n, Uint8Array.of(0), true, '')
const aKey = fc.array(aPart, { minLength: 1, maxLength: 2 })
const aValue = fc.uint8Array({ maxLength: 8 })
const aLog = fc.constantFrom<Key>(['log'], ['log', 'a'], ['b'])
// Logs that nobody writes below by hand.
const aLogApart = fc.constantFrom<Key>(['log'], ['log', 'a'], ['c'])

/** A check is made against what the model holds when the operation runs: right, wrong, or absent. */
interface PlannedCommit {
  readonly checks: readonly { readonly key: Key; readonly as: 'right' | 'absent' | 'stale' }[]
  readonly ranges: readonly { readonly range: Range; readonly options: ListOptions; readonly as: 'right' | 'stale' }[]
  readonly sets: readonly { readonly key: Key; readonly value: Uint8Array }[]
  readonly deletes: readonly Key[]
  readonly appends: readonly { readonly log: Key; readonly value: Uint8Array }[]
}

type Seen = RangeCheck['entries'][number]

type Operation =
  | { readonly kind: 'commit'; readonly commit: PlannedCommit }
  | { readonly kind: 'get'; readonly keys: readonly Key[] }
  | { readonly kind: 'list'; readonly range: Range; readonly options: ListOptions }

const aRange = fc.record(
  { prefix: fc.array(aPart, { maxLength: 1 }), from: aKey, after: aKey, before: aKey },
  { requiredKeys: ['prefix'] },
)
const aPage = fc.record({ limit: fc.integer({ min: 1, max: 8 }), reverse: fc.boolean() }, { requiredKeys: [] })

const aCommitWith = (log: fc.Arbitrary<Key>): fc.Arbitrary<PlannedCommit> =>
  fc.record({
    checks: fc.array(
      fc.record({
        key: aKey,
        as: fc.constantFrom<PlannedCommit['checks'][number]['as']>('right', 'right', 'right', 'absent', 'stale'),
      }),
      { maxLength: 2 },
    ),
    ranges: fc.array(
      fc.record({
        range: aRange,
        options: aPage,
        as: fc.constantFrom<PlannedCommit['ranges'][number]['as']>('right', 'right', 'right', 'stale'),
      }),
      { maxLength: 1 },
    ),
    sets: fc.array(fc.record({ key: aKey, value: aValue }), { maxLength: 3 }),
    deletes: fc.array(aKey, { maxLength: 2 }),
    appends: fc.array(fc.record({ log, value: aValue }), { maxLength: 2 }),
  })

const anOperation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: aCommitWith(aLog).map((commit): Operation => ({ kind: 'commit', commit })) },
  { weight: 1, arbitrary: fc.array(aKey, { maxLength: 4 }).map((keys): Operation => ({ kind: 'get', keys })) },
  {
    weight: 2,
    arbitrary: fc.tuple(aRange, aPage).map(([range, options]): Operation => ({ kind: 'list', range, options })),
  },
)

/** Declares the history tests. */
export function historyContract(store: () => Store): void {
  test(`any history of one client is the model's (seed ${seed})`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anOperation, { maxLength: 25, size: 'max' }), async (operations) => {
        const root = `history-${nextRun++}`
        const model = new StoreModel()
        for (const operation of operations) await step(store(), model, root, operation)
      }),
      { seed, numRuns: 60 },
    )
  })

  test(`any history of many clients is one in version order (seed ${seed})`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(aCommitWith(aLogApart), { minLength: 1, maxLength: 6 }), {
          minLength: 2,
          maxLength: 12,
          size: 'max',
        }),
        async (clients) => serializes(store(), `history-${nextRun++}`, clients),
      ),
      { seed, numRuns: 25 },
    )
  })

  test('counters that many clients increment in transactions come out exact', async () => {
    const root = `history-${nextRun++}`
    const increment = (id: number): Promise<void> =>
      transact(
        store(),
        async (transaction) => {
          const key = [root, id]
          const entry = await transaction.get(key)
          transaction.set(key, Buffer.from(String(Number(entry ? Buffer.from(entry.value).toString() : 0) + 1)))
          transaction.append([root, 'log'], Uint8Array.of(id))
        },
        { attemptsMax: 1000 },
      )
    const client = async (): Promise<void> => {
      for (let round = 0; round < 20; round++) await increment(round % 2)
    }
    await Promise.all(Array.from({ length: 10 }, client))
    const counters = await store().getMany([
      [root, 0],
      [root, 1],
    ])
    assert.deepEqual(
      counters.map((entry) => Buffer.from(entry?.value ?? []).toString()),
      ['100', '100'],
    )
    assert.equal((await store().list({ prefix: [root, 'log'] })).length, 200)
  })
}

async function step(store: Store, model: StoreModel, root: string, operation: Operation): Promise<void> {
  switch (operation.kind) {
    case 'commit': {
      const commit = planned(
        operation.commit,
        root,
        (key) => model.get(key)?.version ?? null,
        (range, options) => model.list(range, options),
      )
      const outcome = await store.commit(commit)
      const version = outcome.kind === 'committed' ? outcome.version : 0
      return assert.deepEqual(outcome, model.commit(commit, version))
    }
    case 'get': {
      const keys = operation.keys.map((key) => [root, ...key])
      return assert.deepEqual(
        await store.getMany(keys),
        keys.map((key) => model.get(key)),
      )
    }
    case 'list': {
      const range = below(root, operation.range)
      return assert.deepEqual(await store.list(range, operation.options), model.list(range, operation.options))
    }
  }
}

// Runs the clients at once; then the commits that succeeded, replayed in version order, must give the same answers.
async function serializes(store: Store, root: string, clients: readonly PlannedCommit[][]): Promise<void> {
  const done: { readonly commit: Commit; readonly outcome: CommitOutcome & { kind: 'committed' } }[] = []
  const client = async (plans: readonly PlannedCommit[]): Promise<void> => {
    for (const plan of plans) {
      const keys = plan.checks.map(({ key }) => [root, ...key])
      const entries = await store.getMany(keys)
      const versions = new Map(keys.map((key, index) => [JSON.stringify(key.map(String)), entries[index]?.version]))
      const pages = new Map<Range, readonly Entry[]>()
      for (const { range, options } of plan.ranges) pages.set(range, await store.list(below(root, range), options))
      const commit = planned(
        plan,
        root,
        (key) => versions.get(JSON.stringify(key.map(String))) ?? null,
        (_whole, _options, range) => pages.get(range) ?? [],
      )
      const outcome = await store.commit(commit)
      if (outcome.kind === 'committed') done.push({ commit, outcome })
      else {
        const guarded = [...(commit.checks ?? []), ...(commit.ranges ?? []).map(({ range }) => ({ key: range.prefix }))]
        assert.ok(guarded.some(({ key }) => compareKeys(key, outcome.key) === 0))
      }
    }
  }
  await Promise.all(clients.map(client))
  done.sort((a, b) => a.outcome.version - b.outcome.version)
  const model = new StoreModel()
  for (const { commit, outcome } of done) assert.deepEqual(model.commit(commit, outcome.version), outcome)
  assert.deepEqual(await store.list({ prefix: [root] }), model.list({ prefix: [root] }))
}

/** `planned` is the range as the plan names it. */
type List = (range: Range, options: ListOptions, planned: Range) => readonly Entry[]

function planned(plan: PlannedCommit, root: string, versionOf: (key: Key) => number | null, list: List): Commit {
  const checks = plan.checks.map(({ key, as }): Check => {
    const version = as === 'absent' ? null : versionOf([root, ...key])
    return { key: [root, ...key], version: as === 'stale' ? (version ?? 0) + 1 : version }
  })
  const ranges = plan.ranges.map(({ range, options, as }): RangeCheck => {
    const whole = below(root, range)
    const entries = list(whole, options, range).map(({ key, version }) => ({ key, version }))
    return { range: whole, options, entries: as === 'right' ? entries : stale(entries, root) }
  })
  return {
    checks,
    ranges,
    sets: plan.sets.map(({ key, value }) => ({ key: [root, ...key], value })),
    deletes: plan.deletes.map((key) => [root, ...key]),
    appends: plan.appends.map(({ log, value }) => ({ log: [root, ...log], value })),
  }
}

/** One entry too few, or one that is not there. */
function stale(entries: readonly Seen[], root: string): readonly Seen[] {
  return entries.length === 0 ? [{ key: [root, 'never'], version: 1 }] : entries.slice(1)
}

function below(root: string, { prefix, from, after, before }: Range): Range {
  return {
    prefix: [root, ...prefix],
    ...(from && { from: [root, ...from] }),
    ...(after && { after: [root, ...after] }),
    ...(before && { before: [root, ...before] }),
  }
}
