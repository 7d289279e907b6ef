// How functions share the CPU: who nobody waits for stands back behind the others, a quota holds, and a version that
// crashes again and again is not booted again and again.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { FunctionVersion } from '#engine/engine.ts'
import { LOG_BYTES_MAX } from '#engine/limits.ts'
import { cgroupsOf, describeOutcome, type EngineFixture, quotaOf, until, withEngine } from './engine-fixture.ts'

/** Asked while no engine runs: one that keeps cores has its main thread on some of them only. */
const CORES = availableParallelism()

/** Takes so much CPU time, most of it outside the kernel. */
const COMPUTE = `
const taken = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e3 }
exports.handler = async ({ ms }) => {
  const end = taken() + ms
  while (taken() < end) for (let n = 0; n < 1e5; n++);
  return 1
}`

/** Which cells stand back, by id. */
function standingBack(fixture: EngineFixture): Map<string, boolean> {
  const found = new Map<string, boolean>()
  for (const base of cgroupsOf(fixture.folder))
    for (const cell of readdirSync(base)) {
      const file = join(base, cell, 'cpu.idle')
      if (existsSync(file)) found.set(cell, readFileSync(file, 'latin1').trim() === '1')
    }
  return found
}

test('cells that nobody waits for boot behind the others, and are in front when they are ready', async (t) => {
  await withEngine({ ready: { node: { small: 3 } } }, async (fixture) => {
    let behind = 0
    await until(() => {
      behind = Math.max(behind, [...standingBack(fixture).values()].filter(Boolean).length)
      return fixture.engine.status().readyCells >= 3
    }, 20_000)
    if (standingBack(fixture).size === 0) return t.skip('there is no control group with cpu.idle')
    assert.ok(behind > 0)
    await until(() => ![...standingBack(fixture).values()].some(Boolean), 10_000)
    const { outcome } = await fixture.invoke(fixture.node('exports.handler = async () => 1'))
    assert.ok(outcome.kind === 'result')
    assert.equal(standingBack(fixture).get(outcome.metering.instance), false)
  })
})

/** The cores of each group among the cells', and of those of the server's threads, by name; none without such a controller. */
function coresOfGroups(fixture: EngineFixture): Map<string, string> {
  const found = new Map<string, string>()
  for (const base of cgroupsOf(fixture.folder))
    for (const group of [...readdirSync(base), 'server/main', 'server/others']) {
      const file = join(base, group, 'cpuset.cpus')
      if (existsSync(file)) found.set(group, readFileSync(file, 'latin1').trim())
    }
  return found
}

/** The ids of the threads in a group of those; the first version names their list differently. */
function threadsIn(fixture: EngineFixture, group: string): readonly number[] {
  const lists = cgroupsOf(fixture.folder).flatMap((base) =>
    existsSync(join(base, 'cpuset.cpus')) ? ['cgroup.threads', 'tasks'].map((name) => join(base, group, name)) : [],
  )
  const list = lists.find((path) => existsSync(path))
  return readFileSync(list ?? '', 'latin1')
    .split('\n')
    .filter(Boolean)
    .map(Number)
}

test('a function that computes without end leaves a core to one that works beside it, and to the server’s main thread', async (t) => {
  await withEngine({}, async (fixture) => {
    const brief = fixture.node('exports.handler = async () => 1')
    const { outcome } = await fixture.invoke(brief)
    assert.ok(outcome.kind === 'result')
    if (CORES < 2) return t.skip('there is one core only')
    if (fixture.engine.status().tier !== 'A') return t.skip('there are no control groups')
    const place = cgroupsOf(fixture.folder).find((base) => existsSync(join(base, 'cpuset.cpus')))
    if (place === undefined) return t.skip('the controller of core sets is not the server’s to use')
    const { instance } = outcome.metering
    assert.ok(coresOfGroups(fixture).has(instance), 'the instance has no group there')
    const [briefOver, endlessOver] = [new AbortController(), new AbortController()]
    const again = async (version: FunctionVersion, over: AbortController): Promise<void> => {
      while (!over.signal.aborted) {
        await fixture.result(version, { ms: 500 })
        // The brief one takes less than its share, and with the server less than one core, on a slow machine, too.
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    const listOf = (group: string): string | undefined => coresOfGroups(fixture).get(group)
    const all = ['cpuset.cpus.effective', 'cpuset.effective_cpus']
      .map((name) => join(place, name))
      .flatMap((path) => (existsSync(path) ? readFileSync(path, 'latin1').trim() : []))[0]
    const briefCalls = again(brief, briefOver)
    const endlessCalls = again(
      fixture.node('exports.handler = ({ ms }) => { for (const end = Date.now() + ms; Date.now() < end; ); }'),
      endlessOver,
    )
    await until(() => {
      const behind = [...standingBack(fixture)].flatMap(([cell, back]) => (back ? (listOf(cell) ?? []) : []))
      const kept = listOf(instance)
      if (kept === undefined || kept === all || listOf('server/main') !== kept) return false
      const aside = [...behind, listOf('launcher'), listOf('server/others')]
      return aside.every((list) => list !== undefined && list !== all && list !== kept)
    })
    assert.deepEqual(threadsIn(fixture, 'server/main'), [process.pid])
    assert.ok(threadsIn(fixture, 'server/others').length > 4)
    endlessOver.abort()
    await endlessCalls
    // The other one may be frozen meanwhile, and hears of it when it runs again.
    await until(() => [instance, 'server/main', 'server/others', 'launcher'].every((group) => listOf(group) === all))
    briefOver.abort()
    await briefCalls
  })
})

test('with a quota a function gets the CPU that its memory buys, and not during init', async (t) => {
  await withEngine({ cpu: 'quota', ready: { node: { small: 1, large: 1 } } }, async (fixture) => {
    if (fixture.engine.status().tier !== 'A') return t.skip('control groups are missing')
    const quota = quotaOf(1)
    for (const [memoryMb, shareMax, ms] of [
      [128, 0.0724, 40],
      [884, 0.5, 300],
    ] as const) {
      const version = fixture.node(COMPUTE, { memoryMb, quota, timeoutMs: 60_000 })
      await fixture.result(version, { ms: 0 })
      // The launcher hears of the end of init by another way than the function, on a busy machine a moment later.
      await new Promise((resolve) => setTimeout(resolve, 300))
      const { outcome } = await fixture.invoke(version, { ms })
      assert.ok(outcome.kind === 'result', describeOutcome(outcome))
      const { cpuMs = Number.NaN, durationMs } = outcome.metering
      // What is left of a period may be taken at once at either end.
      assert.ok(cpuMs <= durationMs * shareMax + 25, `${memoryMb} MB: ${cpuMs} ms of CPU in ${durationMs} ms`)
      assert.ok(cpuMs >= ms)
      fixture.engine.retire(version.id)
    }
  })
})

test('a version whose instances crash one after the other gets its next ones after pauses', async () => {
  await withEngine({}, async (fixture) => {
    const version = fixture.node(`exports.handler = async () => process.kill(process.pid, 'SIGKILL')`)
    const began = performance.now()
    // Five at once, then after 100, 200, 400, 800 and 1,000 ms.
    for (let n = 0; n < 8; n++) {
      const { outcome } = await fixture.invoke(version)
      assert.equal(outcome.kind, 'exit')
    }
    assert.ok(performance.now() - began >= 300)
    // Another version does not wait with it.
    assert.equal(await fixture.result(fixture.node('exports.handler = async () => 1')), 1)
  })
})

test('who prints too much is read slowly, and loses nothing below the bound of a log', async () => {
  await withEngine({}, async (fixture) => {
    const version = fixture.node(
      `exports.handler = async ({ lines }) => { for (let n = 0; n < lines; n++) console.log("x".repeat(10_000)); return 'done' }`,
      { timeoutMs: 60_000 },
    )
    const few = await fixture.invoke(version, { lines: 700 })
    assert.equal(few.lines.length, 700)
    const many = await fixture.invoke(version, { lines: 2_000 })
    assert.ok(many.outcome.kind === 'result', describeOutcome(many.outcome))
    assert.match(many.lines.at(-1) ?? '', /the rest is dropped/)
    assert.ok(many.lines.length * 10_000 <= LOG_BYTES_MAX)
    // 27 MB, of which 2 come at once and 8 a second.
    assert.ok(many.outcome.metering.durationMs >= 1_500, `${many.outcome.metering.durationMs} ms`)
  })
})
