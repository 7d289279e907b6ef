import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ManualClock, systemClock } from '#base/clock.ts'
import { seededRandom } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import { type Store, StoreFullError } from '#storage/store.ts'
import { LOG_LIMITS, type LogLimits } from './log-limits.ts'
import { comparePositions, parsePosition, positionText, startOf } from './log-position.ts'
import { createLogStore, type LogStore } from './log-store.ts'
import type { LogEvent, StoredLogEvent } from './logs.ts'

const NOW_MS = 1_700_000_000_000
const END = startOf(99_999_999_999_999)
const group = { account: '000000000000', region: 'eu-west-1', group: '/aws/lambda/f' }
const stream = { ...group, stream: '2026/11/21/[$LATEST]abc' }

function setUp(
  limits: Partial<LogLimits> = {},
  store: Store = createMemoryStore(),
): {
  logs: LogStore
  clock: ManualClock
  store: Store
} {
  const clock = new ManualClock(NOW_MS)
  return { logs: createLogStore({ store, clock, log: silentLog, random: seededRandom(1), limits }), clock, store }
}

/** A store that counts its commits. */
function counting(store: Store): { store: Store; commits: () => number } {
  let commits = 0
  const counted: Store = Object.create(store, {
    commit: { value: (commit: Parameters<Store['commit']>[0]) => (commits++, store.commit(commit)) },
  }) as Store
  for (const name of ['get', 'getMany', 'list', 'watch', 'clear', 'close'] as const)
    Object.defineProperty(counted, name, { value: store[name].bind(store) })
  return { store: counted, commits: () => commits }
}

async function read(
  logs: LogStore,
  direction: 'forward' | 'backward' = 'forward',
  start = direction === 'forward' ? startOf(0) : END,
  end = direction === 'forward' ? END : startOf(0),
): Promise<StoredLogEvent[]> {
  await logs.flush()
  const found = await logs.getGroup(group)
  assert.ok(found)
  const record = await logs.getStream(found.id, stream.stream)
  assert.ok(record)
  return (await Array.fromAsync(logs.readStream(found, record, { direction, start, end }))).flat()
}

async function readAll(logs: LogStore, start = startOf(0), streams?: ReadonlySet<number>): Promise<StoredLogEvent[]> {
  await logs.flush()
  const found = await logs.getGroup(group)
  assert.ok(found)
  return (await Array.fromAsync(logs.readGroup(found, start, END, streams))).flat()
}

const messages = (events: readonly StoredLogEvent[]): string[] => events.map((event) => event.message)
const at = (offsetMs: number, message: string): LogEvent => ({ timestampMs: NOW_MS + offsetMs, message })

test('lines become readable with the next read, in one commit, and make group and stream', async () => {
  const { store, commits } = counting(createMemoryStore())
  const { logs } = setUp({}, store)
  for (let line = 0; line < 100; line++) logs.write(stream, at(-100 + line, `line ${line}`))
  for (let other = 0; other < 20; other++) logs.write({ ...group, stream: `s${other}` }, at(0, 'other'))
  await logs.flush()
  assert.equal(commits(), 1)
  const events = await read(logs)
  assert.deepEqual(
    messages(events),
    Array.from({ length: 100 }, (_, line) => `line ${line}`),
  )
  assert.equal((await readAll(logs)).length, 120)
  const bytes = events.reduce((sum, event) => sum + event.message.length + 26, 0) + 20 * (5 + 26)
  assert.equal((await logs.getGroup(group))?.storedBytes, bytes)
  await logs.close()
})

test('lines are stored by themselves after the flush interval', async () => {
  const { logs, clock } = setUp()
  const seen: string[] = []
  logs.subscribe(group, (tailed) => seen.push(...tailed.events.map((event) => event.message)))
  logs.write(stream, at(0, 'hello'))
  await clock.advance(LOG_LIMITS.flushIntervalMs - 1)
  assert.deepEqual(seen, [])
  await clock.advance(1)
  assert.deepEqual(seen, ['hello'])
  await logs.close()
})

test('a stream of which nothing fits still says so, at the time of the flush', async () => {
  const { logs } = setUp({ bufferedBytesMax: 100 })
  logs.write({ ...group, stream: 'large' }, at(0, 'x'.repeat(70)))
  logs.write(stream, at(0, 'no room'))
  assert.deepEqual(
    (await read(logs)).map(({ timestampMs, message }) => [timestampMs, message.slice(0, 30)]),
    [[NOW_MS, '[WARN] Mayfly dropped 1 log li']],
  )
  await logs.close()
})

test('lines that are written later keep their place before those that come after them', async () => {
  const { logs, clock } = setUp()
  const later = (message: string, soon: boolean): void =>
    logs.writeLater(() => logs.write(stream, at(0, message)), soon)
  later('START 1', false)
  later('END 1', true)
  later('START 2', false)
  logs.write(stream, at(0, 'printed by 2'))
  later('END 2', true)
  // Nothing but the flush is left to write them.
  await clock.advance(LOG_LIMITS.flushIntervalMs)
  const seen = (): Promise<string[]> => read(logs).then((events) => events.map(({ message }) => message))
  assert.deepEqual(await seen(), ['START 1', 'END 1', 'START 2', 'printed by 2', 'END 2'])
  later('forgotten', false)
  logs.reset()
  later('START 3', false)
  assert.deepEqual((await seen()).slice(5), ['START 3'])
  for (let index = 0; index < 2000; index++) later(String(index), false)
  await logs.close()
  assert.equal((await seen()).length, 2006)
})

test('what is written later is written behind this turn of the event loop', async () => {
  const { logs } = setUp()
  const order: string[] = []
  logs.writeLater(() => order.push('written'), true)
  setImmediate(() => order.push('answered'))
  await new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))))
  assert.deepEqual(order, ['answered', 'written'])
  await logs.close()
})

test('a flood is dropped, counted and said, and leaves other streams alone', async () => {
  const { logs } = setUp({ bufferedBytesPerStreamMax: 1000 })
  for (let line = 0; line < 100; line++) logs.write(stream, at(0, 'x'.repeat(74)))
  logs.write({ ...group, stream: 'quiet' }, at(0, 'still here'))
  assert.equal(logs.droppedLines, 90)
  const flooded = await read(logs)
  assert.equal(flooded.length, 11)
  assert.match(flooded.at(-1)?.message ?? '', /dropped 90 log lines/)
  assert.equal((await readAll(logs)).length, 12)
  await logs.close()
})

test('while nothing can be stored a flood takes no more room, and is told of once', async () => {
  let full = true
  const store = createMemoryStore()
  const commit = store.commit.bind(store)
  store.commit = (one) => (full ? Promise.reject(new StoreFullError('full')) : commit(one))
  const { logs } = setUp({ bufferedBytesPerStreamMax: 1000 }, store)
  for (let attempt = 0; attempt < 5; attempt++) {
    for (let line = 0; line < 20; line++) logs.write(stream, at(0, 'x'.repeat(74)))
    await logs.flush()
  }
  full = false
  const seen = messages(await read(logs))
  assert.equal(logs.droppedLines, 90)
  assert.deepEqual(
    seen.filter((message) => message.startsWith('[WARN]')),
    ['[WARN] Mayfly dropped 90 log lines here: they came faster than they can be stored'],
  )
  assert.equal(seen.length, 11)
  await logs.close()
})

test('lines stay in the order in which they came', async () => {
  const { logs, clock } = setUp()
  await clock.advance(1000)
  logs.write(stream, at(500, 'START'))
  logs.write(stream, at(499.7, 'first'))
  await logs.flush()
  logs.write(stream, at(499.9, 'second'))
  logs.write(stream, at(700.2, 'third'))
  const events = await read(logs)
  assert.deepEqual(messages(events), ['START', 'first', 'second', 'third'])
  assert.deepEqual(
    events.map((event) => event.timestampMs - NOW_MS),
    [500, 500, 500, 700],
  )
  await logs.close()
})

test('many lines at once are stored in several batches, all of them, in order', async () => {
  const { logs } = setUp({ batchBytesMax: 5000 })
  const lines = Array.from({ length: 2000 }, (_, n) => `${n} grüße`)
  for (const line of lines) logs.write(stream, at(0, line))
  assert.deepEqual(messages(await read(logs)), lines)
  await logs.close()
})

test('a line is the same as text and as bytes, with a newline behind it; what is no UTF-8 is marked', async () => {
  const { logs } = setUp({ lineCharsMax: 8 })
  for (const line of ['', 'grüße', '1234567', '12345678', 'äöüäöüäöüä']) {
    logs.writeLine(stream, NOW_MS, line)
    const bytes = Buffer.from(line)
    logs.writeLine(stream, NOW_MS, bytes)
    bytes.fill('x')
  }
  logs.writeLine(stream, NOW_MS, Buffer.from([0x61, 0xff, 0x62]))
  const twice = (...parts: readonly string[]): readonly string[] => [...parts, ...parts]
  assert.deepEqual(messages(await read(logs)), [
    ...twice('\n'),
    ...twice('grüße\n'),
    ...twice('1234567\n'),
    ...twice('12345678', '\n'),
    ...twice('äöüäöüäö', 'üä\n'),
    'a\uFFFDb\n',
  ])
  await logs.close()
})

test('lines wait while the store is full, none twice, none lost', async () => {
  const store = createMemoryStore({ faults: { seed: 3, fullRate: 0.5 } })
  const logs = createLogStore({ store, clock: systemClock, log: silentLog, limits: { batchBytesMax: 300 } })
  const lines = Array.from({ length: 60 }, (_, n) => `line ${n}`)
  for (const line of lines) logs.write(stream, { timestampMs: Date.now(), message: line })
  // Each flush stores what it can; the rest waits for the next.
  for (let nth = 0; nth < 60; nth++) await logs.flush()
  assert.deepEqual(messages(await read(logs)), lines)
  await logs.close()
})

test('long lines become several events, absurd times become now', async () => {
  const { logs } = setUp({ lineCharsMax: 10 })
  logs.write(stream, at(0, 'x'.repeat(25)))
  logs.write(stream, { timestampMs: 5, message: 'old' })
  logs.write(stream, { timestampMs: Number.NaN, message: 'none' })
  const events = await read(logs)
  assert.deepEqual(messages(events), ['x'.repeat(10), 'x'.repeat(10), 'xxxxx', 'old', 'none'])
  assert.ok(events.every((event) => event.timestampMs === NOW_MS))
  await logs.close()
})

test('putEvents refuses what has no group or stream, and many callers share commits', async () => {
  const { store, commits } = counting(createMemoryStore())
  const { logs } = setUp({}, store)
  assert.equal(await logs.putEvents(stream, [at(0, 'a')]), 'no-group')
  assert.equal(await logs.createGroup(group), 'created')
  assert.equal(await logs.createGroup(group), 'exists')
  assert.equal(await logs.putEvents(stream, [at(0, 'a')]), 'no-stream')
  assert.equal(await logs.createStream(stream), 'created')
  assert.equal(await logs.createStream(stream), 'exists')
  const before = commits()
  const outcomes = await Promise.all(Array.from({ length: 64 }, (_, n) => logs.putEvents(stream, [at(n, `${n}`)])))
  assert.ok(outcomes.every((outcome) => outcome === 'stored'))
  assert.ok(commits() - before <= 2, `${commits() - before} commits`)
  assert.equal((await read(logs)).length, 64)
  await logs.close()
})

test('deleting really deletes, and a new group of the same name is empty', async () => {
  const { logs, store } = setUp()
  logs.write(stream, at(0, 'old'))
  logs.write({ ...group, stream: 'b' }, at(0, 'b'))
  await logs.flush()
  assert.equal(await logs.deleteStream({ ...group, stream: 'b' }), 'deleted')
  assert.deepEqual(messages(await readAll(logs)), ['old'])
  assert.equal((await logs.getGroup(group))?.storedBytes, 29)
  assert.equal(await logs.deleteGroup(group), 'deleted')
  assert.equal(await logs.getGroup(group), undefined)
  logs.write(stream, at(1, 'new'))
  assert.deepEqual(messages(await read(logs)), ['new'])
  await logs.sweep()
  assert.equal((await store.list({ prefix: ['logs.chunk'] })).length, 1)
  assert.equal((await store.list({ prefix: ['logs.time'] })).length, 1)
  assert.equal((await store.list({ prefix: ['logs.stream'] })).length, 1)
  assert.equal((await store.list({ prefix: ['logs.last-event'] })).length, 1)
  assert.equal((await store.list({ prefix: ['logs.garbage'] })).length, 0)
  await logs.close()
})

test('a protected group stays', async () => {
  const { logs } = setUp()
  await logs.createGroup(group, { deletionProtected: true })
  assert.equal(await logs.deleteGroup(group), 'protected')
  await logs.updateGroup(group, () => ({ deletionProtected: false }))
  assert.equal(await logs.deleteGroup(group), 'deleted')
  assert.equal(await logs.deleteGroup(group), 'missing')
  await logs.close()
})

test('retention hides events at once and the sweep deletes them', async () => {
  const { logs, clock, store } = setUp()
  await logs.createGroup(group, { retentionDays: 1 })
  await logs.createStream(stream)
  await logs.putEvents(stream, [at(0, 'first')])
  await clock.advance(3_600_000)
  await logs.putEvents(stream, [at(3_600_000, 'second')])
  await clock.advance(23 * 3_600_000 + 1)
  assert.deepEqual(messages(await read(logs)), ['second'])
  assert.deepEqual(messages(await read(logs, 'backward')), ['second'])
  await logs.sweep()
  assert.equal((await store.list({ prefix: ['logs.chunk'] })).length, 1)
  assert.equal((await logs.getGroup(group))?.storedBytes, 6 + 26)
  await clock.advance(2 * LOG_LIMITS.sweepIntervalMs + 3_600_000)
  assert.equal((await store.list({ prefix: ['logs.chunk'] })).length, 0)
  await logs.close()
})

test('streams are listed by name and by last event, page by page', async () => {
  const { logs } = setUp()
  await logs.createGroup(group)
  for (const name of ['a', 'b', 'c', 'd', 'e']) await logs.createStream({ ...group, stream: name })
  for (const [name, ms] of [
    ['c', 5],
    ['a', 7],
    ['e', 6],
    ['c', 9],
  ] as const)
    await logs.putEvents({ ...group, stream: name }, [at(ms, 'x')])
  const id = (await logs.getGroup(group))?.id ?? ''
  const names = async (orderBy: 'name' | 'last-event', descending: boolean): Promise<string> => {
    let text = ''
    for (let after; ;) {
      const page = await logs.listStreams(id, { orderBy, descending, limit: 2, ...(after && { after }) })
      text += page.map((one) => one.name).join('')
      const last = page.at(-1)
      if (!last || page.length < 2) return text
      after = { name: last.name, lastEventMs: orderBy === 'name' ? undefined : last.stream.lastEventMs }
    }
  }
  assert.equal(await names('name', false), 'abcde')
  assert.equal(await names('name', true), 'edcba')
  assert.equal(await names('last-event', true), 'caedb')
  assert.equal(await names('last-event', false), 'bdeac')
  await logs.close()
})

test('after a reset of the store nothing of before is left', async () => {
  const { logs, store } = setUp()
  logs.write(stream, at(0, 'stored'))
  await logs.flush()
  logs.write(stream, at(0, 'buffered'))
  await store.clear()
  logs.reset()
  logs.write(stream, at(0, 'new'))
  assert.deepEqual(messages(await read(logs)), ['new'])
  await logs.close()
})

test('positions keep their order as text', () => {
  const number = fc.nat({ max: 2 ** 31 })
  const position = fc.record(
    {
      timestampMs: fc.nat({ max: 99_999_999_999_999 }),
      stream: number,
      chunk: number,
      index: number,
    },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(position, position, (a, b) => {
      const [textA, textB] = [positionText(a), positionText(b)]
      assert.equal(textA.length, 56)
      assert.deepEqual(parsePosition(textA), a)
      assert.equal(Math.sign(comparePositions(a, b)), textA < textB ? -1 : textA > textB ? 1 : 0)
    }),
  )
})

// Any puts into three streams, with times that overlap, read back whole or from anywhere, forwards and backwards, with
// a merge that must forget most of what it sees: always what sorting all events by (time, stream, arrival) gives.
test('reading equals sorting everything, however little fits in memory', async () => {
  const put = fc.record({
    stream: fc.nat({ max: 2 }),
    times: fc.array(fc.nat({ max: 3000 }), { minLength: 1, maxLength: 40 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(put, { minLength: 1, maxLength: 25 }),
      fc.nat({ max: 3000 }),
      fc.constantFrom(300, 3000, 16 * 1024 * 1024),
      async (puts, cutMs, mergeBytesMax) => {
        const { logs } = setUp({ mergeBytesMax, chunkSpanMsMax: 500, chunkEventsMax: 9 })
        await logs.createGroup(group)
        const names = [stream.stream, 'b', 'c']
        for (const name of names) await logs.createStream({ ...group, stream: name })
        const model: { timestampMs: number; stream: number; message: string }[] = []
        for (const [nth, { stream, times }] of puts.entries()) {
          const events = times.toSorted((a, b) => a - b).map((time, index) => at(time, `${nth}:${index}`))
          await logs.putEvents({ ...group, stream: names[stream] ?? '' }, events)
          for (const event of events) model.push({ ...event, stream })
        }
        model.sort((a, b) => a.timestampMs - b.timestampMs || a.stream - b.stream)
        const expected = (keep: (event: (typeof model)[number]) => boolean): string[] =>
          model.filter(keep).map((event) => event.message)
        const cut = NOW_MS + cutMs
        assert.deepEqual(
          messages(await readAll(logs)),
          expected(() => true),
        )
        assert.deepEqual(
          messages(await readAll(logs, startOf(cut))),
          expected((event) => event.timestampMs >= cut),
        )
        assert.deepEqual(
          messages(await readAll(logs, startOf(cut), new Set([0, 2]))),
          expected((event) => event.timestampMs >= cut && event.stream !== 1),
        )
        assert.deepEqual(
          messages(await read(logs, 'forward', startOf(cut))),
          expected((event) => event.timestampMs >= cut && event.stream === 0),
        )
        assert.deepEqual(
          messages(await read(logs, 'backward', startOf(cut))),
          expected((event) => event.timestampMs < cut && event.stream === 0).toReversed(),
        )
        await logs.close()
      },
    ),
    { numRuns: 60 },
  )
})

// Every batch that was acknowledged is there after a crash, whatever conflicts and delays there were, and counts hold.
test('acknowledged events survive conflicts and crashes', async () => {
  for (let seed = 1; seed <= 16; seed++) {
    const crashes = seed % 2 === 0
    let store = createMemoryStore({ faults: { seed, conflictRate: 0.2, delayMsMax: 1 } })
    const options = { clock: systemClock, log: silentLog, random: seededRandom(seed) }
    const logs = createLogStore({ store, ...options })
    await logs.createGroup(group)
    await logs.createStream(stream)
    const acknowledged: string[] = []
    const put = async (n: number): Promise<void> => {
      if ((await logs.putEvents(stream, [{ timestampMs: n, message: `${n}` }])) === 'stored') acknowledged.push(`${n}`)
    }
    const puts = Array.from({ length: 10 }, (_, n) => put(n))
    const settled = Promise.allSettled(puts)
    await puts[0]
    const later = Promise.allSettled(Array.from({ length: 30 }, (_, n) => put(100 + n)))
    if (crashes) store.crash()
    await Promise.all([settled, later])
    if (crashes) store = store.restart()
    const recovered = createLogStore({ store, ...options })
    const found = new Set(messages(await read(recovered)))
    assert.deepEqual(
      acknowledged.filter((message) => !found.has(message)),
      [],
      `seed ${seed}`,
    )
    assert.ok(acknowledged.length >= 1)
    const bytes = [...found].reduce((sum, message) => sum + message.length + 26, 0)
    assert.equal((await recovered.getGroup(group))?.storedBytes, bytes, `seed ${seed}`)
    await Promise.all([logs.close(), recovered.close()])
  }
})
