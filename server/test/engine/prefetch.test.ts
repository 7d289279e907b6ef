// Invocations sent to an instance before the one there is done: strictly in order, one at a time, and never lost.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EngineFixture } from './engine-fixture.ts'
import { describeOutcome, quotaOf, until, withEngine } from './engine-fixture.ts'

const HANDLER = `let running = 0
  exports.handler = async (event) => {
    if (++running > 1) throw new Error('two at once')
    if (event.exit) process.exit(9)
    if (event.block) { const end = Date.now() + event.block; while (Date.now() < end); }
    await (event.ms ? new Promise((r) => setTimeout(r, event.ms)) : undefined)
    running--
    return event.n ?? null
  }`

/** A version whose handler is known to be quick. */
async function quickVersion(fixture: EngineFixture, concurrencyMax: number, timeoutMs = 5_000) {
  const version = fixture.node(HANDLER, { quota: quotaOf(concurrencyMax), timeoutMs })
  for (let n = 0; n < 5; n++) await fixture.result(version)
  return version
}

/** Whoever needs another cell finds one: on a busy machine a boot may take longer than an invocation waits. */
function spare(fixture: EngineFixture): Promise<void> {
  return until(() => fixture.engine.status().readyCells > 0)
}

test('a burst on one instance: every answer is for its own question, one runs at a time', () =>
  withEngine({}, async (fixture) => {
    const version = await quickVersion(fixture, 1)
    const numbers = Array.from({ length: 300 }, (_, n) => n)
    assert.deepEqual(await Promise.all(numbers.map((n) => fixture.result(version, { n }))), numbers)
    assert.equal(fixture.engine.status().instances, 1)
  }))

test('an invocation ends for the caller’s books before the next one of the instance begins', () =>
  withEngine({}, async (fixture) => {
    const version = await quickVersion(fixture, 1)
    const events: string[] = []
    const invoke = (n: number) =>
      fixture.engine.invoke(version, {
        id: `request-${n}`,
        payload: Buffer.from(JSON.stringify({ n })),
        context: {},
        started: () => void events.push(`start ${n}`),
        finished: () => void events.push(`end ${n}`),
      })
    await Promise.all(Array.from({ length: 20 }, (_, n) => invoke(n)))
    assert.deepEqual(events, Array.from({ length: 20 }, (_, n) => [`start ${n}`, `end ${n}`]).flat())
  }))

test('what waits behind a slow one is called back and runs elsewhere', () =>
  withEngine({ ready: { node: { small: 2 } } }, async (fixture) => {
    const version = await quickVersion(fixture, 2, 20_000)
    await spare(fixture)
    const order: string[] = []
    const slow = fixture.result(version, { ms: 4_000, n: -1 }).finally(() => order.push('slow'))
    const quick = await Promise.all([1, 2, 3, 4].map((n) => fixture.result(version, { n })))
    order.push('quick')
    assert.deepEqual(quick, [1, 2, 3, 4])
    assert.equal(await slow, -1)
    assert.deepEqual(order, ['quick', 'slow'])
  }))

test('when an instance exits, only what ran is lost', () =>
  withEngine({ ready: { node: { small: 2 } } }, async (fixture) => {
    const version = await quickVersion(fixture, 1)
    await spare(fixture)
    const events = [{ n: 0 }, { n: 1 }, { exit: true }, { n: 3 }, { n: 4 }, { n: 5 }]
    const outcomes = await Promise.all(events.map((event) => fixture.invoke(version, event)))
    assert.deepEqual(
      outcomes.map(({ outcome }) => (outcome.kind === 'result' ? outcome.payload.toString() : outcome.kind)),
      ['0', '1', 'exit', '3', '4', '5'],
    )
  }))

test('when an invocation times out, those behind it run elsewhere, with all their time', () =>
  withEngine({ ready: { node: { small: 2 } } }, async (fixture) => {
    const version = await quickVersion(fixture, 1, 400)
    await spare(fixture)
    const events = [{ n: 0 }, { block: 5_000 }, { ms: 200, n: 2 }, { n: 3 }]
    const outcomes = await Promise.all(events.map((event) => fixture.invoke(version, event)))
    assert.deepEqual(
      outcomes.map(({ outcome }) =>
        outcome.kind === 'result' ? outcome.payload.toString() : describeOutcome(outcome).slice(0, 17),
      ),
      ['0', '{"kind":"timeout"', '2', '3'],
    )
  }))

test('a quick version does not grow for a burst that it can serve', () =>
  withEngine({ ready: { node: { small: 4 } } }, async (fixture) => {
    const version = await quickVersion(fixture, 100)
    for (let round = 0; round < 5; round++)
      await Promise.all([1, 2, 3, 4, 5].map((n) => fixture.result(version, { n })))
    const { instances } = fixture.engine.status()
    assert.ok(instances <= 3, `${instances} instances`)
  }))

test('hostile answers to a recall end the cell, and nothing is lost', () =>
  withEngine({ ready: { node: { small: 2 } } }, async (fixture) => {
    // RECALLED without a question, and with ids that are nobody's.
    const frame = (meta: string) =>
      JSON.stringify([12 + meta.length, 0, 0, 0, 0, 0, 0, 0, 21, 0, 0, 0, meta.length, 0, 0, 0, ...Buffer.from(meta)])
    for (const meta of ['[]', '[1,2,3]', '{}', 'x']) {
      const version = fixture.node(
        `exports.handler = async (e) => { if (e.bad) { require('node:fs').writeSync(3, Buffer.from(${frame(meta)})); await new Promise((r) => setTimeout(r, 500)) } return 1 }`,
        { quota: quotaOf(1) },
      )
      for (let n = 0; n < 3; n++) await fixture.result(version)
      await spare(fixture)
      const [bad, good] = await Promise.all([fixture.invoke(version, { bad: true }), fixture.invoke(version)])
      assert.deepEqual([bad.outcome.kind, good.outcome.kind], ['exit', 'result'], meta)
    }
  }))

test('thousands of quick invocations do not fill a small function’s memory', (t) =>
  withEngine({}, async (fixture) => {
    if (fixture.engine.status().tier !== 'A') return t.skip('needs control groups')
    const version = await quickVersion(fixture, 1)
    let left = 15_000
    let peakMemoryMb = 0
    const worker = async (): Promise<void> => {
      while (left-- > 0) {
        const { outcome } = await fixture.invoke(version, { n: 1 })
        assert.ok(outcome.kind === 'result', describeOutcome(outcome))
        peakMemoryMb = Math.max(peakMemoryMb, outcome.metering.peakMemoryMb)
      }
    }
    await Promise.all(Array.from({ length: 16 }, worker))
    assert.ok(peakMemoryMb > 5 && peakMemoryMb < 60, `${peakMemoryMb} MB`)
  }))
