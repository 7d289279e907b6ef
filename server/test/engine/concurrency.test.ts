// Several invocations at once in one instance: a setting of the version, for handlers of Node.js.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Quota } from '#engine/engine.ts'
import { type EngineFixture, documentOf, quotaOf, until, withEngine } from './engine-fixture.ts'

const HANDLER = `let running = 0, most = 0
  exports.handler = async (event, context) => {
    most = Math.max(most, ++running)
    if (event.log) console.log('before', event.n)
    if (event.throw) setTimeout(() => { throw new Error('thrown by ' + event.n) }, event.ms)
    await new Promise((r) => setTimeout(r, event.hang ? 600_000 : event.ms ?? 50))
    if (event.log) console.log('after', event.n)
    running--
    return { n: event.n, most, id: context.awsRequestId, instance: process.env.INSTANCE }
  }`

interface Seen {
  readonly n: number
  readonly most: number
  readonly instance: string
}

function shared(fixture: EngineFixture, concurrency: number, quota: () => Quota = quotaOf(1_000), timeoutMs = 5_000) {
  return fixture.node(HANDLER, {
    concurrency,
    quota,
    timeoutMs,
    instanceEnvironment: (instance) => ({ INSTANCE: instance }),
  })
}

async function burst(fixture: EngineFixture, version: ReturnType<typeof shared>, count: number): Promise<Seen[]> {
  const numbers = Array.from({ length: count }, (_, n) => n)
  return (await Promise.all(numbers.map((n) => fixture.result(version, { n })))) as Seen[]
}

test('as many as allowed run at once in one instance, and each answer is for its own question', () =>
  withEngine({}, async (fixture) => {
    const version = shared(fixture, 16)
    await fixture.result(version)
    const seen = await burst(fixture, version, 16)
    assert.deepEqual(
      seen.map(({ n }) => n),
      Array.from({ length: 16 }, (_, n) => n),
    )
    assert.equal(Math.max(...seen.map(({ most }) => most)), 16)
    assert.equal(fixture.engine.status().instances, 1)
  }))

test('more than fit into the instances make new ones, and never more than allowed run in one', () =>
  withEngine({ ready: { node: { small: 3 } } }, async (fixture) => {
    await until(() => fixture.engine.status().readyCells >= 3, 10_000)
    const version = shared(fixture, 4)
    const seen = (await Promise.all(
      Array.from({ length: 12 }, (_, n) => fixture.result(version, { n, ms: 1_000 })),
    )) as Seen[]
    assert.ok(Math.max(...seen.map(({ most }) => most)) <= 4)
    assert.equal(new Set(seen.map(({ instance }) => instance)).size, 3)
  }))

test('without the setting one runs at a time; Python ignores it', () =>
  withEngine({}, async (fixture) => {
    const one = fixture.node(HANDLER, { quota: quotaOf(2) })
    assert.deepEqual(
      (await burst(fixture, one, 6)).map(({ most }) => most),
      [1, 1, 1, 1, 1, 1],
    )
    const python = fixture.python(
      'import time\nrunning = 0\ndef handler(event, context):\n  global running\n  running += 1\n  seen = running\n  time.sleep(0.02)\n  running -= 1\n  return seen\n',
      { quota: quotaOf(1), concurrency: 8 },
    )
    assert.deepEqual(await Promise.all([1, 2, 3].map(() => fixture.result(python))), [1, 1, 1])
  }))

test('the quota counts invocations, not instances', () =>
  withEngine({}, async (fixture) => {
    const seen = await burst(fixture, shared(fixture, 16, quotaOf(3)), 9)
    assert.ok(Math.max(...seen.map(({ most }) => most)) <= 3)
  }))

test('log lines carry the id of their invocation and come to it, however they interleave', () =>
  withEngine({}, async (fixture) => {
    const version = shared(fixture, 8)
    await fixture.result(version)
    const recorded = await Promise.all([0, 1, 2, 3, 4, 5].map((n) => fixture.invoke(version, { n, log: true, ms: 20 })))
    for (const [n, { outcome, lines }] of recorded.entries()) {
      const { id } = documentOf(outcome)
      assert.deepEqual(
        lines.map((line) => line.split('\t').slice(1)),
        [`before ${n}`, `after ${n}`].map((text) => [id, 'INFO', text]),
      )
    }
  }))

test('one that times out does not take the others with it; its instance takes no new ones and ends after them', () =>
  withEngine({}, async (fixture) => {
    const version = shared(fixture, 8, quotaOf(100), 2_000)
    const { instance } = (await fixture.result(version)) as Seen
    const hanging = fixture.invoke(version, { n: 1, hang: true })
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    const beside = fixture.result(version, { n: 2, ms: 1_200 }) as Promise<Seen>
    assert.equal((await hanging).outcome.kind, 'timeout')
    const after = (await fixture.result(version, { n: 3 })) as Seen
    assert.notEqual(after.instance, instance)
    assert.deepEqual([(await beside).n, (await beside).instance], [2, instance])
    await until(() => fixture.engine.status().instances === 1)
  }))

test('a crash is the error of the invocation that caused it, and an exit for all others in the instance', () =>
  withEngine({}, async (fixture) => {
    const version = shared(fixture, 8)
    await fixture.result(version)
    const [guilty, ...others] = await Promise.all(
      [
        { n: 1, throw: true, ms: 50 },
        { n: 2, hang: true },
        { n: 3, hang: true },
      ].map((event) => fixture.invoke(version, event)),
    )
    assert.ok(guilty)
    assert.match(String(documentOf(guilty.outcome)['errorMessage']), /thrown by 1/)
    assert.deepEqual(
      others.map(({ outcome }) => [outcome.kind, 'code' in outcome && outcome.code]),
      [
        ['exit', 129],
        ['exit', 129],
      ],
    )
    assert.equal(((await fixture.result(version, { n: 4 })) as Seen).n, 4)
  }))

test('an empty event loop ends every invocation that waits for nothing else', () =>
  withEngine({}, async (fixture) => {
    const version = fixture.node('exports.handler = (event) => new Promise(() => {})', { concurrency: 4 })
    const outcomes = await Promise.all([1, 2, 3].map(() => fixture.invoke(version)))
    assert.deepEqual(
      outcomes.map(({ outcome }) => (outcome.kind === 'result' ? outcome.payload.toString() : outcome.kind)),
      ['null', 'null', 'null'],
    )
  }))
