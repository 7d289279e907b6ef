// Orders, standing by, keep-alive and fairness, with real cells. Where hours must pass, a clock that the test moves.
import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { REFILL_HELD_MS_MAX } from '#engine/limits.ts'
import { type EngineFixture, quotaOf, until, withEngine } from './engine-fixture.ts'

const SHOW = `let calls = 0
  exports.handler = async (event) => {
    if (event.exit) process.exit(3)
    if (event.ms) await new Promise((resolve) => setTimeout(resolve, event.ms))
    return { origin: process.env.ORIGIN, instance: process.env.INSTANCE, calls: ++calls }
  }`

interface Shown {
  readonly origin: string
  readonly instance: string
  readonly calls: number
}

function shower(fixture: EngineFixture, overrides: Parameters<EngineFixture['node']>[1] = {}) {
  return fixture.node(SHOW, {
    instanceEnvironment: (instance, origin) => ({ ORIGIN: origin, INSTANCE: instance }),
    ...overrides,
  })
}

test('ordered instances are initialised, used first, replaced when they end, and ended when they are not wanted', () =>
  withEngine({}, async (fixture) => {
    const version = shower(fixture)
    const state = () => fixture.engine.provisioned(version.id)
    assert.equal(((await fixture.result(version)) as Shown).origin, 'on-demand')
    fixture.engine.provision(version, 2)
    await until(() => state().available === 2, 10_000)
    const first = (await fixture.result(version)) as Shown
    assert.deepEqual([first.origin, first.calls], ['provisioned', 1])
    assert.equal((await fixture.invoke(version, { exit: true })).outcome.kind, 'exit')
    await until(() => state().allocated === 2, 10_000)
    fixture.engine.provision(version, 1)
    await until(() => state().allocated === 1)
    fixture.engine.provision(version, 0)
    await until(() => state().allocated === 0)
    assert.equal(((await fixture.result(version)) as Shown).origin, 'on-demand')
  }))

test('while more runs than there are cores, ready cells are replaced later, but not only when all is over', () => {
  const count = availableParallelism() + 1
  return withEngine({ ready: { node: { small: count } } }, async (fixture) => {
    const ready = (): number => fixture.engine.status().readyCells
    await until(() => ready() === count)
    const version = shower(fixture)
    await fixture.engine.stage(version)
    let over = 0
    const calls = Array.from({ length: count }, () =>
      fixture.result(version, { ms: REFILL_HELD_MS_MAX + 4_000 }).then(() => over++),
    )
    await until(() => fixture.engine.status().instances === count)
    const takenMs = performance.now()
    while (performance.now() - takenMs < REFILL_HELD_MS_MAX / 2) {
      assert.equal(ready(), 0)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await until(() => ready() > 0)
    assert.equal(over, 0)
    await Promise.all(calls)
    await until(() => ready() === count)
  })
})

test('an order that does not fit, and one whose init fails, say why', () =>
  withEngine({}, async (fixture) => {
    const crowded = shower(fixture, { quota: quotaOf(1) })
    fixture.engine.provision(crowded, 2)
    await until(() => {
      const { allocated, fault } = fixture.engine.provisioned(crowded.id)
      return allocated === 1 && fault?.kind === 'room'
    }, 10_000)
    const broken = fixture.node('throw new Error("no")')
    fixture.engine.provision(broken, 1)
    await until(() => fixture.engine.provisioned(broken.id).fault?.kind === 'init', 10_000)
  }))

test('ordered instances are not given up for others, idle ones are', () =>
  withEngine({ instancesMax: 2 }, async (fixture) => {
    const ordered = shower(fixture)
    fixture.engine.provision(ordered, 1)
    await until(() => fixture.engine.provisioned(ordered.id).available === 1, 10_000)
    const one = shower(fixture)
    const two = shower(fixture)
    const first = (await fixture.result(one)) as Shown
    await fixture.result(two)
    assert.notEqual(((await fixture.result(one)) as Shown).instance, first.instance)
    assert.equal(fixture.engine.provisioned(ordered.id).available, 1)
  }))

test('what stands by serves the next cold call, and another one takes its place', () =>
  withEngine({}, async (fixture) => {
    const version = shower(fixture)
    fixture.engine.standBy(version)
    await until(() => fixture.engine.status().instances === 1, 10_000)
    const shown = (await Promise.all([
      fixture.result(version, { ms: 3_000 }),
      until(() => fixture.engine.status().instances === 2, 10_000),
    ])) as [Shown, void]
    assert.equal(shown[0].origin, 'snapshot')
  }))

test('the last instance of a version with a slow init stays when its time is over, others go', () =>
  withEngine({ keepAlive: 'fixed', keepAliveMs: 600, standbyFromInitMs: 0 }, async (fixture) => {
    await until(() => fixture.engine.status().readyCells >= 3, 10_000)
    const version = shower(fixture)
    const [one, two] = (await Promise.all([
      fixture.result(version, { ms: 1_500 }),
      fixture.result(version, { ms: 1_500 }),
    ])) as Shown[]
    assert.notEqual(one?.instance, two?.instance)
    await until(() => fixture.engine.status().instances === 1, 10_000)
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    assert.equal(fixture.engine.status().instances, 1)
    assert.equal(((await fixture.result(version)) as Shown).calls, 2)
  }))

test('a version that is called at regular times is let go, and loaded again before the next call', async () => {
  const clock = new ManualClock()
  const MINUTE = 60_000
  await withEngine({ clock, keepAliveMs: 10 * MINUTE }, async (fixture) => {
    const version = shower(fixture)
    for (let call = 0; call < 10; call++) {
      await fixture.result(version)
      await clock.advance(5 * MINUTE)
    }
    await fixture.result(version)
    await clock.advance(2 * MINUTE)
    assert.equal(fixture.engine.status().instances, 0)
    await clock.advance(2 * MINUTE)
    assert.equal(fixture.engine.status().instances, 0)
    // Boots and frames take real time; the clock stands still meanwhile.
    for (let tries = 0; tries < 500 && fixture.engine.status().instances === 0; tries++) {
      await clock.advance(tries < 8 ? 0.1 * MINUTE : 10)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    assert.equal(fixture.engine.status().instances, 1)
  })
})

test('a version with many instances gives one up for a version that waits and has none', () =>
  withEngine({ instancesMax: 3, ready: { node: { small: 3 } } }, async (fixture) => {
    const many = shower(fixture, { id: 'many' })
    // Callers that leave no pause, however long the other one takes to boot.
    const over = new AbortController()
    const calls = Array.from({ length: 12 }, async () => {
      while (!over.signal.aborted) await fixture.result(many, { ms: 60 })
    })
    await until(() => fixture.engine.status().instances === 3, 10_000)
    const single = (await fixture.result(shower(fixture))) as Shown
    assert.equal(single.calls, 1)
    over.abort()
    await Promise.all(calls)
  }))

test('a version that waits for room has it as soon as an instance of another one is idle', () =>
  withEngine({ instancesMax: 1, ready: { node: { small: 2 } } }, async (fixture) => {
    const [first, second] = [shower(fixture), shower(fixture)]
    const running = fixture.result(first, { ms: 200 })
    await until(() => fixture.engine.status().instances === 1, 10_000)
    const order: string[] = []
    const waiting = fixture.result(second).then(() => order.push('answered'))
    await running
    await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 2_000))])
    assert.deepEqual(order, ['answered'])
  }))

test('with room for one instance, versions whose callers leave no pause take turns', () =>
  withEngine({ instancesMax: 1, ready: { node: { small: 2 } } }, async (fixture) => {
    const over = new AbortController()
    const answers = [0, 0, 0]
    const calls = answers.flatMap((_, index) => {
      const version = shower(fixture)
      return Array.from({ length: 3 }, async () => {
        while (!over.signal.aborted) {
          await fixture.result(version, { ms: 20 })
          answers[index] = (answers[index] ?? 0) + 1
        }
      })
    })
    await until(() => answers.every((count) => count >= 5), 30_000)
    over.abort()
    await Promise.all(calls)
  }))

for (const [what, concurrency, ms] of [
  ['a quick version', 1, 0],
  ['a version with several invocations in an instance', 8, 30],
] as const)
  test(`with room for one instance, ${what} whose calls never cease gives it up, too`, () =>
    withEngine({ instancesMax: 1 }, async (fixture) => {
      const [busy, other] = [shower(fixture, { concurrency }), shower(fixture)]
      await fixture.result(busy)
      const over = new AbortController()
      const calls = Array.from({ length: 32 }, async () => {
        while (!over.signal.aborted) await fixture.result(busy, { ms })
      })
      for (let nth = 0; nth < 5; nth++) {
        const beganMs = performance.now()
        await fixture.result(other)
        assert.ok(performance.now() - beganMs < 5_000, `call ${nth} took ${performance.now() - beganMs} ms`)
      }
      over.abort()
      await Promise.all(calls)
    }))

test('what runs of a version that was retired still counts to the quota', () =>
  withEngine({ ready: { node: { small: 2 } } }, async (fixture) => {
    const quota = quotaOf(1)
    const [before, after] = [shower(fixture, { quota }), shower(fixture, { quota })]
    let isOver = false
    const running = fixture.result(before, { ms: 300 }).then(() => (isOver = true))
    await until(() => fixture.engine.status().instances === 1, 10_000)
    fixture.engine.retire(before.id)
    await fixture.result(after)
    assert.ok(isOver, 'two ran at once')
    await running
  }))

test('a version that is used again while instances of it, retired, still run keeps its new ones', () =>
  withEngine({ ready: { node: { small: 2 } } }, async (fixture) => {
    const version = shower(fixture)
    const running = fixture.result(version, { ms: 300 })
    await until(() => fixture.engine.status().instances === 1, 10_000)
    fixture.engine.retire(version.id)
    for (const calls of [1, 2]) assert.equal(((await fixture.result(version)) as Shown).calls, calls)
    await running
  }))
