// Callers of many versions, with quotas that are too small, instances that crash and hang, versions that are replaced,
// ordered and prepared meanwhile, all at random. Whatever happens: an instance serves one version and one tenant, no quota is
// exceeded, every invocation ends as its function does or is throttled, and nothing is left behind.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '#base/ids.ts'
import type { FunctionVersion, Quota } from '#engine/engine.ts'
import { describeOutcome, type EngineFixture, until, withEngine } from './engine-fixture.ts'

const SECONDS = Number(process.env['SECONDS'] ?? 4)
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

const SOURCE = `const seen = new Set()
exports.handler = async ({ owner, ms, end }) => {
  seen.add(owner)
  if (end === 'exit') process.exit(3)
  if (end === 'timeout') await new Promise(() => setInterval(() => {}, 1000))
  await new Promise((resolve) => setTimeout(resolve, ms))
  if (end === 'error') throw new Error('asked for')
  return [...seen]
}`
/** Several versions share a quota; the second one is a function's own. */
const QUOTAS: readonly Quota[] = [
  { id: 'account', instancesMax: 2 },
  { id: 'reserved', instancesMax: 1 },
]
const KINDS = [
  { quota: 0, concurrency: 1, tenants: 0 },
  { quota: 0, concurrency: 1, tenants: 3 },
  { quota: 0, concurrency: 3, tenants: 0 },
  { quota: 0, concurrency: 3, tenants: 2 },
  { quota: 1, concurrency: 1, tenants: 0 },
  { quota: 1, concurrency: 1, tenants: 2 },
] as const

class Crowd {
  readonly #fixture: EngineFixture
  readonly #random: () => number
  readonly #versions: FunctionVersion[]
  readonly #owners = new Map<string, string>()
  readonly #running = new Map<string, number>()
  readonly outcomes = new Map<string, number>()
  /** What the engine's callbacks saw: they may not throw. */
  readonly faults: string[] = []
  #made = 0

  constructor(fixture: EngineFixture, random: () => number) {
    this.#fixture = fixture
    this.#random = random
    this.#versions = KINDS.map((_, index) => this.#make(index))
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound)
  }

  #make(index: number): FunctionVersion {
    const { quota = 0, concurrency = 1 } = KINDS[index] ?? {}
    return this.#fixture.node(SOURCE, {
      id: `kind-${index} made-${this.#made++}`,
      timeoutMs: 300,
      concurrency,
      quota: () => QUOTAS[quota] ?? assert.fail(),
    })
  }

  async call(): Promise<void> {
    const index = this.#below(KINDS.length)
    const version = this.#versions[index] ?? assert.fail()
    const { tenants = 0, concurrency = 1 } = KINDS[index] ?? {}
    const tenant = tenants === 0 ? undefined : `tenant-${this.#below(tenants)}`
    const owner = `${version.id} for ${tenant}`
    const dice = this.#random()
    const end = dice < 0.02 ? 'exit' : dice < 0.03 ? 'timeout' : dice < 0.06 ? 'error' : 'result'
    const quota = version.quota()
    const outcome = await this.#fixture.engine.invoke(version, {
      id: `request-${this.#random()}`,
      payload: Buffer.from(JSON.stringify({ owner, end, ms: this.#below(60) })),
      context: {},
      tenant,
      started: (instance) => {
        const before = this.#owners.get(instance) ?? owner
        if (before !== owner) this.faults.push(`what served ${before} serves ${owner}`)
        this.#owners.set(instance, owner)
        const running = (this.#running.get(quota.id) ?? 0) + 1
        this.#running.set(quota.id, running)
        if (running > quota.instancesMax) this.faults.push(`${running} run by the quota ${quota.id}`)
      },
      finished: () => this.#running.set(quota.id, (this.#running.get(quota.id) ?? 0) - 1),
    })
    this.outcomes.set(outcome.kind, (this.outcomes.get(outcome.kind) ?? 0) + 1)
    if (outcome.kind === 'throttled') return
    // Beside another one that crashes or hangs, an invocation ends with it.
    if (concurrency === 1) assert.equal(outcome.kind, end, describeOutcome(outcome))
    if (outcome.kind === 'result') assert.deepEqual(JSON.parse(Buffer.from(outcome.payload).toString()), [owner])
  }

  /** A deploy, an order, or a warm-up. */
  async change(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.#below(100)))
    const { engine } = this.#fixture
    const index = this.#below(KINDS.length)
    const version = this.#versions[index] ?? assert.fail()
    const dice = this.#random()
    const hasTenants = KINDS[index]?.tenants !== 0
    if (dice < 0.5) {
      this.#versions[index] = this.#make(index)
      engine.provision(version, 0)
      engine.retire(version.id)
    } else if (dice < 0.7 && !hasTenants) engine.provision(version, this.#below(2))
    else if (!hasTenants) void engine.prepare(version)
  }

  end(): void {
    for (const version of this.#versions) {
      this.#fixture.engine.provision(version, 0)
      this.#fixture.engine.retire(version.id)
    }
  }
}

for (const [callers, instancesMax] of [
  [12, 2],
  [12, 12],
  [3, 12],
] as const)
  test(
    `${callers} callers, at most ${instancesMax} instances, for ${SECONDS} s`,
    { timeout: SECONDS * 1000 + 60_000 },
    () =>
      withEngine({ instancesMax, ready: { node: { small: 3 } } }, async (fixture) => {
        const seed = SEED + instancesMax
        console.log(`seed ${seed}`)
        const crowd = new Crowd(fixture, seededRandom(seed))
        const endMs = Date.now() + SECONDS * 1000
        const goOn = async (step: () => Promise<void>): Promise<void> => {
          while (Date.now() < endMs) await step()
        }
        await Promise.all([
          goOn(() => crowd.change()),
          ...Array.from({ length: callers }, () => goOn(() => crowd.call())),
        ])
        crowd.end()
        await until(() => fixture.engine.status().instances === 0)
        assert.deepEqual(crowd.faults, [])
        assert.ok((crowd.outcomes.get('result') ?? 0) > 20, JSON.stringify([...crowd.outcomes]))
      }),
  )
