// Instances over time: reuse, concurrency, queues, retirement, freezing, keep-alive, init that takes too long, drains, and
// a launcher that dies.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Duplex } from 'node:stream'
import { test } from 'node:test'
import { EngineFixture, cgroupsOf, describeOutcome, killFloorMs, quotaOf, until, withEngine } from './engine-fixture.ts'

const SLEEP = 'exports.handler = (e) => new Promise((r) => setTimeout(() => r(process.env.INSTANCE), e.ms ?? 20))'
const perInstance = { instanceEnvironment: (instance: string) => ({ INSTANCE: instance }) }

/** Processes whose parent line leads to `pid`. */
function descendants(pid: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const [, parent] = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8')) ?? []
      parents.set(Number(name), Number(parent))
    } catch {
      // It ended while we looked.
    }
  }
  const found: number[] = []
  for (const [child] of parents)
    for (let at: number | undefined = child; at !== undefined && at > 1; at = parents.get(at))
      if (parents.get(at) === pid) found.push(child)
  return found
}

/** Ended; perhaps init has not yet taken note. */
function gone(pid: number): boolean {
  try {
    return /^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return true
  }
}

test('parallel invocations get an instance each, up to the limit; the rest wait their turn', () =>
  withEngine({ ready: { node: { small: 3 } } }, async (fixture) => {
    await until(() => fixture.engine.status().readyCells === 3, 10_000)
    const version = fixture.node(SLEEP, { ...perInstance, quota: quotaOf(3) })
    const instances = await Promise.all(Array.from({ length: 12 }, () => fixture.result(version)))
    assert.equal(new Set(instances).size, 3)
    assert.equal(fixture.engine.status().instances, 3)
  }))

test('who waits too long for an instance is throttled, and none is allowed at a limit of 0', () =>
  withEngine({}, async (fixture) => {
    const version = fixture.node(SLEEP, { quota: quotaOf(1) })
    const long = fixture.invoke(version, { ms: 3_800 })
    const { outcome } = await fixture.invoke(version)
    assert.deepEqual(outcome, { kind: 'throttled', reason: 'concurrency' })
    assert.equal((await long).outcome.kind, 'result')
    const none = await fixture.invoke(fixture.node(SLEEP, { quota: quotaOf(0) }))
    assert.deepEqual(none.outcome, { kind: 'throttled', reason: 'concurrency' })
  }))

test('without room, an idle instance of another version gives way; without one, capacity is the reason', () =>
  withEngine({ instancesMax: 1 }, async (fixture) => {
    const one = fixture.node(SLEEP)
    assert.equal((await fixture.invoke(one)).outcome.kind, 'result')
    assert.equal((await fixture.invoke(fixture.node(SLEEP))).outcome.kind, 'result')
    assert.equal(fixture.engine.status().instances, 1)
  }))

test('an invocation that comes while an instance is being prepared waits for it', () =>
  withEngine({ ready: { node: { small: 2 } } }, async (fixture) => {
    const slowInit = `const end = Date.now() + 200; while (Date.now() < end);${SLEEP}`
    const version = fixture.node(slowInit)
    const prepared = fixture.engine.prepare(version)
    const [{ outcome }] = await Promise.all([fixture.invoke(version), prepared])
    assert.ok(outcome.kind === 'result' && !outcome.metering.cold, describeOutcome(outcome))
    assert.equal(fixture.engine.status().instances, 1)
    // One that fails to load does not hold up who waits for it.
    const failing = fixture.node('throw new Error("at init")')
    const [failed] = await Promise.all([fixture.invoke(failing), fixture.engine.prepare(failing)])
    assert.equal(failed.outcome.kind, 'init-error')
  }))

test('a failure of the engine’s own rejects the invocation, and the next one can work', () =>
  withEngine({}, async (fixture) => {
    let broken = true
    const version = fixture.node(SLEEP, {
      credentials: () => {
        if (broken) throw new Error('no credentials')
        return { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' }
      },
    })
    await assert.rejects(fixture.invoke(version), /no credentials/)
    broken = false
    assert.equal((await fixture.invoke(version)).outcome.kind, 'result')
    const code = { id: 'f'.repeat(64), size: 1, unpack: () => Promise.reject(new Error('no package')) }
    await assert.rejects(fixture.invoke(fixture.node(SLEEP, { code })), /no package/)
    await until(() => fixture.engine.status().instances === 1)
  }))

test('memory and /tmp are as large as the version asks for', (t) =>
  withEngine({}, async (fixture) => {
    if (fixture.engine.status().tier !== 'A') return t.skip('needs control groups')
    const size =
      'exports.handler = async () => { const s = require("node:fs").statfsSync("/tmp"); return (s.bsize * s.blocks) / 2 ** 20 }'
    assert.equal(await fixture.result(fixture.node(size)), 512)
    assert.equal(await fixture.result(fixture.node(size, { ephemeralMb: 1_024, memoryMb: 2_048 })), 1_024)
    const fill = 'exports.handler = async (e) => Buffer.alloc(e.mb * 2 ** 20, 1).length / 2 ** 20'
    assert.equal(await fixture.result(fixture.node(fill, { memoryMb: 512 }), { mb: 300 }), 300)
    const { outcome } = await fixture.invoke(fixture.node(fill, { memoryMb: 256 }), { mb: 300 })
    assert.equal(outcome.kind, 'out-of-memory', describeOutcome(outcome))
    const python = 'def handler(e, c):\n    return len(bytearray(e["mb"] * 2 ** 20)) // 2 ** 20'
    assert.equal(await fixture.result(fixture.python(python, { memoryMb: 512 }), { mb: 300 }), 300)
    // The one that had too little is told of.
    assert.deepEqual(
      fixture.warnings.map(({ event, fields }) => [event, fields?.['kind']]),
      [['blocked', 'memory']],
    )
  }))

test('a retired version finishes what runs; its idle instances end', () =>
  withEngine({}, async (fixture) => {
    const version = fixture.node(SLEEP, { quota: quotaOf(2) })
    await Promise.all([fixture.result(version), fixture.result(version)])
    const running = fixture.invoke(version, { ms: 200 })
    fixture.engine.retire(version.id)
    assert.equal((await running).outcome.kind, 'result')
    await until(() => fixture.engine.status().instances === 0)
  }))

test('a version hears of each instance once when it begins and once when it is gone', () =>
  withEngine({}, async (fixture) => {
    const heard: string[] = []
    const version = fixture.node(SLEEP, {
      credentials: (instance) => {
        heard.push(`begins ${instance}`)
        return { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' }
      },
      instanceEnvironment: (instance) => ({ INSTANCE: instance }),
      ended: (instance) => void heard.push(`ended ${instance}`),
    })
    const instance = String(await fixture.result(version))
    fixture.engine.retire(version.id)
    await until(() => heard.length > 1)
    assert.deepEqual(heard, [`begins ${instance}`, `ended ${instance}`])
  }))

test('prepare loads an instance; its first invocation is not cold', () =>
  withEngine({}, async (fixture) => {
    const version = fixture.node(SLEEP)
    await fixture.engine.prepare(version)
    assert.equal(fixture.engine.status().instances, 1)
    const { outcome } = await fixture.invoke(version)
    assert.ok(outcome.kind === 'result' && !outcome.metering.cold, describeOutcome(outcome))
  }))

test('an idle instance is frozen and thaws for its next invocation; after the keep-alive it ends', (t) =>
  withEngine({ freezeAfterMs: 50, keepAliveMs: 1_500 }, async (fixture) => {
    if (fixture.engine.status().tier !== 'A') return t.skip('needs control groups')
    // While it runs it counts; frozen it cannot.
    const version = fixture.node('let n = 0; setInterval(() => n++, 5); exports.handler = async () => n')
    await fixture.result(version)
    await new Promise((resolve) => setTimeout(resolve, 700))
    assert.ok(Number(await fixture.result(version)) < 100)
    await until(() => fixture.engine.status().instances === 0)
  }))

test('init that takes too long is tried again as part of the invocation', { timeout: 30_000 }, () =>
  withEngine({}, async (fixture) => {
    const version = fixture.node('for (;;);', { timeoutMs: 400 })
    const startMs = Date.now()
    const { outcome } = await fixture.invoke(version)
    assert.equal(outcome.kind, 'timeout', describeOutcome(outcome))
    const tookMs = Date.now() - startMs
    // Ten seconds of init, then the time of the invocation; a second init of its own would end after twenty.
    assert.ok(tookMs > 10_300 && tookMs < 19_000, `${tookMs} ms`)
  }),
)

test('cells do not share anything, and no cell is root outside', (t) =>
  withEngine({ ready: { node: { small: 2 } } }, async (fixture) => {
    if (fixture.engine.status().tier === 'C') return t.skip('there is no sandbox')
    const source = `const fs = require('node:fs')
      exports.handler = async (e) => { if (e.write) fs.writeFileSync('/tmp/mark', e.write); globalThis.mark ??= e.write
        return { tmp: fs.existsSync('/tmp/mark'), global: globalThis.mark ?? null, task: fs.readdirSync('/var/task') } }`
    const [one, two] = [fixture.node(source), fixture.version({ 'index.js': source, 'other.txt': '' })]
    assert.deepEqual(await fixture.result(one, { write: 'x' }), { tmp: true, global: 'x', task: ['index.js'] })
    assert.deepEqual(await fixture.result(two), { tmp: false, global: null, task: ['index.js', 'other.txt'] })
    const uids = descendants(process.pid)
      .filter((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('bwrap'))
      .map((pid) => statSync(`/proc/${pid}`).uid)
    assert.ok(uids.length >= 4)
    if (process.getuid?.() === 0)
      assert.ok(
        uids.every((uid) => uid >= 1_500_000_000),
        uids.join(' '),
      )
  }))

test('the launcher dies: what ran ends as an exit, everything is gone, and new invocations work', () =>
  withEngine({}, async (fixture) => {
    const version = fixture.node(SLEEP)
    const running = fixture.invoke(version, { ms: 4_000 })
    await until(() => fixture.engine.status().instances === 1)
    await new Promise((resolve) => setTimeout(resolve, 100))
    const cells = descendants(process.pid)
    const launcher = cells.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('launcher/main.cjs'))
    assert.ok(launcher)
    process.kill(launcher, 'SIGKILL')
    const { outcome } = await running
    assert.ok(outcome.kind === 'exit' && outcome.signal === 'SIGKILL', describeOutcome(outcome))
    assert.equal((await fixture.invoke(version)).outcome.kind, 'result')
    await until(() => cells.every(gone))
  }))

test('reset ends everything quickly and new functions run at once', () =>
  withEngine({ ready: { node: { small: 3 } } }, async (fixture) => {
    const version = fixture.node(SLEEP)
    const rounds: string[] = []
    let held = false
    // Within 20 ms in one of the rounds; where the machine is busy, within five times what a mere kill takes there.
    for (let round = 0; round < 10 && !held; round++) {
      await fixture.result(version)
      const before = await killFloorMs()
      const startMs = performance.now()
      await fixture.engine.reset()
      const tookMs = performance.now() - startMs
      assert.equal(fixture.engine.status().instances, 0)
      const floorMs = Math.max(before, await killFloorMs())
      held = tookMs < Math.max(RESET_MS_MAX, RESET_KILLS_MAX * floorMs)
      rounds.push(`${tookMs.toFixed(1)} ms (a kill: ${floorMs.toFixed(1)} ms)`)
    }
    assert.ok(held, rounds.join())
    assert.equal((await fixture.invoke(version)).outcome.kind, 'result')
  }))

const RESET_MS_MAX = 20
const RESET_KILLS_MAX = 5

test('close waits for what runs and refuses what is new; no process stays', async () => {
  const fixture = await EngineFixture.open()
  const version = fixture.node(SLEEP)
  await fixture.result(version)
  const before = descendants(process.pid)
  assert.ok(before.length > 3)
  const running = fixture.invoke(version, { ms: 200 })
  await new Promise((resolve) => setTimeout(resolve, 20))
  const closing = fixture.close()
  assert.deepEqual((await fixture.invoke(version)).outcome, { kind: 'throttled', reason: 'capacity' })
  assert.equal((await running).outcome.kind, 'result')
  assert.deepEqual(await closing, [])
  await until(() => before.every(gone))
})

test('a server that is killed takes everything with it, but for what the next start removes', async () => {
  const fixture = await EngineFixture.open()
  await fixture.close()
  // Mounted where the launcher sees it: cleaning up must not reach through the mount.
  const modules = mkdtempSync(join(tmpdir(), 'mayfly-modules-'))
  const manifest = join(modules, '@aws-sdk/client-none/package.json')
  mkdirSync(dirname(manifest), { recursive: true })
  writeFileSync(manifest, '{}')
  const program = `
    import { createEngine } from '#engine/create-engine.ts'
    import { silentLog } from '#base/log.ts'
    await createEngine({ folder: process.argv[1], log: silentLog, acceptSocket: (s) => s.destroy(), sdkFolder: process.argv[2] })
    await new Promise((r) => setTimeout(r, 300)); process.kill(process.pid, 'SIGKILL')`
  assert.throws(() =>
    execFileSync(process.execPath, ['--input-type=module', '-e', program, fixture.folder, modules], {
      cwd: import.meta.dirname,
      stdio: 'ignore',
    }),
  )
  await until(() =>
    readdirSync('/proc')
      .filter((pid) => /^\d+$/.test(pid))
      .every((pid) => !commandLine(pid).includes(fixture.folder)),
  )
  await until(() => cgroupsOf(fixture.folder).length === 0)
  await until(
    () => !readdirSync('/run').some((name) => name.startsWith('mayfly-') && name.endsWith(keyOf(fixture.folder))),
  )
  execFileSync('rm', ['-rf', fixture.folder])
  assert.equal(readFileSync(manifest, 'utf8'), '{}')
  rmSync(modules, { recursive: true })
})

/** As the engine names its run folder. */
function keyOf(folder: string): string {
  return createHash('sha256').update(folder).digest('hex').slice(0, 12)
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

for (const runtime of ['node', 'python'] as const)
  test(`connections to the API address arrive with the instance they come from (${runtime})`, () => {
    const callers: string[] = []
    const acceptSocket = (socket: Duplex, instance: string): void => {
      callers.push(instance)
      socket.once('data', (bytes: Buffer) =>
        socket.end(
          `HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n${bytes.toString().startsWith('GET /x ') ? 'ok' : 'no'}`,
        ),
      )
    }
    return withEngine({ acceptSocket }, async (fixture) => {
      const version =
        runtime === 'node'
          ? fixture.node('exports.handler = async () => (await fetch(process.env.AWS_ENDPOINT_URL + "/x")).text()')
          : fixture.python(
              'import os, urllib.request\ndef handler(e, c):\n    return urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/x").read().decode()',
            )
      const { outcome } = await fixture.invoke(version)
      assert.equal(describeOutcome(outcome), 'result: "ok"')
      assert.ok(outcome.kind === 'result')
      assert.deepEqual(callers, [outcome.metering.instance])
    })
  })

test('nobody can speak for a cell without its token', () =>
  withEngine({}, async (fixture) => {
    const folder = ['/run', '/tmp'].flatMap((place) =>
      readdirSync(place)
        .filter((name) => name.startsWith('mayfly-'))
        .map((name) => `${place}/${name}/engine.sock`),
    )
    assert.ok(folder.length > 0)
    for (const path of folder.filter((candidate) => existsSync(candidate))) {
      const socket = connect(path)
      socket.on('error', () => {})
      socket.write(`channel ${'a'.repeat(32)} ${'b'.repeat(32)}\n`)
      await new Promise((resolve) => socket.once('close', resolve))
    }
    assert.equal(fixture.engine.status().instances, 0)
  }))

test('versions that share a quota make room for each other; a quota that is lowered is kept', () =>
  withEngine({ ready: { node: { small: 2 } }, keepAliveMs: 60_000 }, async (fixture) => {
    let instancesMax = 2
    const quota = (): { id: string; instancesMax: number } => ({ id: 'shared', instancesMax })
    const slow = (value: number): string =>
      `exports.handler = () => new Promise((done) => setTimeout(done, 100, ${value}))`
    const one = fixture.node(slow(1), { quota })
    const two = fixture.node(slow(2), { quota })
    await Promise.all([fixture.result(one), fixture.result(one), fixture.result(one)])
    assert.ok(fixture.engine.status().instances <= 2)
    await Promise.all([fixture.result(two), fixture.result(two)])
    assert.ok(fixture.engine.status().instances <= 2)
    instancesMax = 1
    await until(() => fixture.engine.status().instances <= 1)
    instancesMax = 0
    assert.deepEqual((await fixture.invoke(one)).outcome, { kind: 'throttled', reason: 'concurrency' })
  }))

test('each invocation sees the context that it came with, whether or not it is that of the one before', () =>
  withEngine({}, async (fixture) => {
    const versions = [
      fixture.node('exports.handler = async (_event, context) => context.invokedFunctionArn', { quota: quotaOf(1) }),
      fixture.python('def handler(event, context): return context.invoked_function_arn', { quota: quotaOf(1) }),
    ]
    const first = { invokedFunctionArn: 'arn:first' }
    const second = { invokedFunctionArn: 'arn:second' }
    const contexts = [first, first, second, { ...first }, first, second, second]
    for (const version of versions) {
      const answers = await Promise.all(contexts.map((context) => fixture.invoke(version, {}, context)))
      const seen = answers.map(({ outcome }) =>
        outcome.kind === 'result' ? Buffer.from(outcome.payload).toString() : describeOutcome(outcome),
      )
      assert.deepEqual(
        seen,
        contexts.map(({ invokedFunctionArn }) => JSON.stringify(invokedFunctionArn)),
      )
    }
    assert.equal(fixture.engine.status().instances, 2)
  }))
