// Delivery under faults, in virtual time, from seeds. A run appends events while targets deliver, fail, throttle, reject,
// throw and take their time, and while the store delays, conflicts, fills up and crashes. Invariants: D1 to D5 of
// delivery.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { type Random, seededRandom } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import { createMemoryStore, type MemoryStore } from '#storage/memory/memory-store.ts'
import { StoreFullError } from '#storage/store.ts'
import { listDeadLetters } from './dead-letters.ts'
import { createDelivery, type Delivery } from './delivery.ts'
import { outboxAppend } from './outbox.ts'
import type { DeliveryOutcome, Target } from './target.ts'

const SEEDS = 500
const EVENTS = 40
const DESTINATIONS = 6
/** The last of them are lanes. */
const LANES = 2
const LIMITS = {
  inFlightMax: 6,
  inFlightPerDestinationMax: 2,
  pendingMax: 15,
  heldBytesMax: 4000,
  deadLettersMax: 1000,
}
const DELAYS_MS = [1000, 2000]
const AGE_MAX_MS = 600_000

class World {
  readonly clock = new ManualClock()
  readonly random: Random
  readonly acknowledged: string[] = []
  readonly delivered = new Set<string>()
  readonly startedOnce = new Set<string>()
  readonly lastFirstStart = new Map<string, number>()
  /** What the target said its last word about. */
  readonly ended = new Set<string>()
  readonly faults: string[] = []
  readonly inFlight = new Map<string, number>()
  store: MemoryStore
  crashed = false
  life = 0
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
    this.random = seededRandom(seed)
    this.store = createMemoryStore({ clock: this.clock, ...this.#storeFaults() })
  }

  #storeFaults(): Parameters<MemoryStore['restart']>[0] {
    const life = ++this.life
    return {
      faults: {
        seed: this.#seed * 10 + life,
        // Order is promised per commit order, and a store that delays each read at random cannot break it; it is
        // switched on in two thirds of the runs.
        delayMsMax: this.#seed % 3 === 0 ? 0 : 5,
        conflictRate: 0.05,
        fullRate: 0.05,
        // The third life lasts, so that every run ends.
        ...(life <= 2 && { crashAtStep: 20 + Math.floor(this.random() * 300) }),
      },
      onFatal: () => (this.crashed = true),
    }
  }

  restart(): void {
    this.crashed = false
    this.inFlight.clear()
    this.store = this.store.restart({ clock: this.clock, ...this.#storeFaults() })
  }

  target(): Target {
    const life = this.life
    return {
      name: 'test',
      retryPolicy: () => Promise.resolve({ delaysMs: DELAYS_MS, ageMaxMs: AGE_MAX_MS }),
      refusal: () => Promise.resolve(undefined),
      deliver: async (envelope, destination, _payload, attempt) => {
        this.#noteStart(envelope.id, destination.arn, attempt)
        if (destination.lane !== undefined) this.#noteLane(Number(envelope.id), destination.arn)
        await this.clock.sleep(this.random() * 50)
        if (life === this.life) this.inFlight.set(destination.arn, (this.inFlight.get(destination.arn) ?? 0) - 1)
        const outcome = this.#outcome()
        if (outcome.kind === 'delivered') this.delivered.add(envelope.id)
        const last = outcome.kind === 'failed' && outcome.countsAsAttempt && attempt > DELAYS_MS.length
        if (outcome.kind !== 'failed' || last) this.ended.add(envelope.id)
        return outcome
      },
    }
  }

  #noteStart(id: string, arn: string, attempt: number): void {
    this.inFlight.set(arn, (this.inFlight.get(arn) ?? 0) + 1)
    if ((this.inFlight.get(arn) ?? 0) > LIMITS.inFlightPerDestinationMax) this.faults.push(`D3: too many at ${arn}`)
    if ([...this.inFlight.values()].reduce((sum, count) => sum + count, 0) > LIMITS.inFlightMax)
      this.faults.push('D3: too many in all')
    if (attempt > DELAYS_MS.length + 1) this.faults.push(`D5: attempt ${attempt} of ${id}`)
    if (this.startedOnce.has(id)) return
    this.startedOnce.add(id)
    const number = Number(id)
    if (number < (this.lastFirstStart.get(arn) ?? -1)) this.faults.push(`D4: ${id} starts late at ${arn}`)
    this.lastFirstStart.set(arn, number)
  }

  #noteLane(number: number, arn: string): void {
    if ((this.inFlight.get(arn) ?? 0) > 1) this.faults.push(`D4: two at once in the lane ${arn}`)
    for (let before = number - DESTINATIONS; before >= 0; before -= DESTINATIONS)
      if (this.acknowledged.includes(String(before)) && !this.ended.has(String(before)))
        this.faults.push(`D4: ${number} starts before the end of ${before}`)
  }

  #outcome(): DeliveryOutcome {
    const draw = this.random()
    if (draw < 0.5) return { kind: 'delivered' }
    if (draw < 0.75) return { kind: 'failed', reason: 'failed', countsAsAttempt: true }
    if (draw < 0.88) return { kind: 'failed', reason: 'busy', countsAsAttempt: false }
    if (draw < 0.95) return { kind: 'rejected', reason: 'rejected' }
    throw new Error('a bug in the target')
  }
}

function deliveryOf(world: World): Delivery {
  return createDelivery({
    store: world.store,
    clock: world.clock,
    random: world.random,
    log: silentLog,
    targets: [world.target()],
    renderers: new Map(),
    limits: LIMITS,
  })
}

/** Appends events; one whose commit failed may exist or not, and is not counted. */
async function produce(world: World, store: MemoryStore, from: number, to: number): Promise<void> {
  for (let number = from; number < to && !world.crashed; number++) {
    const id = String(number)
    const envelope = {
      id,
      source: 'test',
      type: 'Test',
      subject: id,
      timeMs: world.clock.nowMs(),
      account: '000000000000',
      region: 'us-east-1',
      hops: 0,
      data: null,
      payload: Buffer.alloc(Math.floor(world.random() * 1000)),
    }
    const place = number % DESTINATIONS
    const arn = `arn:${place}`
    const lane = place >= DESTINATIONS - LANES ? { lane: 'lane' } : {}
    try {
      await store.commit({ appends: [outboxAppend({ envelope, destination: { target: 'test', arn, ...lane } })] })
      world.acknowledged.push(id)
    } catch (error) {
      if (!(error instanceof StoreFullError)) return
    }
    await world.clock.sleep(world.random() * 20)
  }
}

async function deadIds(store: MemoryStore): Promise<Set<string>> {
  const ids = new Set<string>()
  let before: number | undefined
  for (;;) {
    const page = await listDeadLetters(store, before === undefined ? {} : { before })
    for (const letter of page) ids.add(letter.record.envelope.id)
    before = page.at(-1)?.sequence
    if (before === undefined) return ids
  }
}

async function run(seed: number): Promise<void> {
  const world = new World(seed)
  const third = Math.floor(EVENTS / 3)
  for (let part = 0; part < 3; part++) {
    const delivery = deliveryOf(world)
    await drive(
      world,
      delivery.start().catch(() => undefined),
      () => true,
    )
    const producing = produce(world, world.store, part * third, (part + 1) * third)
    await drive(world, producing, () => delivery.status().pending === 0)
    if (!world.crashed && part < 2) world.store.crash()
    void delivery.stop(0)
    await world.clock.advance(5000)
    if (part < 2) world.restart()
  }
  // Reading without faults: what the disk holds at the end.
  world.store.crash()
  const disk = world.store.restart({})
  const left = await disk.list({ prefix: ['events.outbox'] })
  const dead = await deadIds(disk)
  const lost = world.acknowledged.filter((id) => !world.delivered.has(id) && !dead.has(id))
  assert.deepEqual({ seed, faults: world.faults, lost, left: left.length }, { seed, faults: [], lost: [], left: 0 })
  assert.deepEqual(await disk.list({ prefix: ['events.attempts'] }), [], `attempts left behind, seed ${seed}`)
}

/** Lets time pass until the work is over and `quiet` holds, or the store crashed. */
async function drive(world: World, work: Promise<unknown>, quiet: () => boolean): Promise<void> {
  let over = false
  void work.finally(() => (over = true))
  for (let turn = 0; turn < 4000 && !world.crashed; turn++) {
    await world.clock.advance(10 + turn)
    if (over && quiet()) return
  }
  assert.ok(world.crashed, 'the run does not come to rest')
}

test(`no event is lost over ${SEEDS} seeds with crashes, conflicts and a full disk`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) await run(seed)
})

test('nothing is attempted after it became a dead letter', async () => {
  for (let seed = 1001; seed <= 1060; seed++) {
    const clock = new ManualClock()
    const random = seededRandom(seed)
    const store = createMemoryStore({ clock, faults: { seed, conflictRate: 0.1, fullRate: 0.1 } })
    const dead = new Set<string>()
    const late: string[] = []
    const deadLog = { ...silentLog, warn: (_event: string, fields = {}) => void dead.add(String(Object(fields).id)) }
    const log = { ...deadLog, with: () => log }
    const delivery = createDelivery({
      store,
      clock,
      random,
      log,
      renderers: new Map(),
      targets: [
        {
          name: 'test',
          retryPolicy: () => Promise.resolve({ delaysMs: [10, 10], ageMaxMs: 60_000 }),
          refusal: () => Promise.resolve(undefined),
          async deliver(envelope) {
            if (dead.has(envelope.id)) late.push(envelope.id)
            await clock.sleep(random() * 20)
            return random() < 0.3
              ? { kind: 'rejected', reason: 'no' }
              : { kind: 'failed', reason: 'no', countsAsAttempt: random() < 0.6 }
          },
        },
      ],
    })
    await delivery.start()
    const world = { acknowledged: 0 }
    for (let number = 0; number < 20; number++) {
      const envelope = {
        id: String(number),
        source: 's',
        type: 't',
        subject: 's',
        timeMs: clock.nowMs(),
        account: 'a',
        region: 'r',
        hops: 0,
        data: null,
        payload: Buffer.from('{}'),
      }
      const append = outboxAppend({ envelope, destination: { target: 'test', arn: `arn:${number % 2}` } })
      await store.commit({ appends: [append] }).then(
        () => world.acknowledged++,
        () => undefined,
      )
    }
    await clock.advance(200_000)
    assert.deepEqual({ seed, late, pending: delivery.status().pending }, { seed, late: [], pending: 0 })
    assert.equal(dead.size, world.acknowledged, `seed ${seed}`)
  }
})
