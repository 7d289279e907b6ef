// Everything that a function can do to itself, in each language: the outcome is the documented one, a neighbour that
// answers all the while goes on answering, and a second after its end no process of the cell is left. Where the machine is
// busy the measure is what the mere end of a killed process takes there at that moment.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { FunctionVersion, InvocationOutcome } from '#engine/engine.ts'
import { encodeFrame, FRAME } from '../../../runtime/src/frames.ts'
import { cgroupsOf, describeOutcome, EngineFixture, killFloorMs } from './engine-fixture.ts'

let fixture: EngineFixture
let neighbour: FunctionVersion
before(async () => {
  fixture = await EngineFixture.open({ ready: { node: { small: 4 }, python: { small: 2 } } })
  neighbour = fixture.node('exports.handler = async (event) => event')
})
after(async () => {
  assert.deepEqual(await fixture.close(), [])
})

/** Processes in the control groups of an instance; none when they are gone. */
function processesOf(instance: string): string[] {
  return cgroupsOf(fixture.folder).flatMap((base) => {
    try {
      return readFileSync(join(base, instance, 'cgroup.procs'), 'utf8')
        .split('\n')
        .filter(Boolean)
    } catch {
      return []
    }
  })
}

function signalIfThere(pid: string, signal: 'SIGKILL' | 'SIGCONT'): void {
  try {
    process.kill(Number(pid), signal)
  } catch {
    // It went with the one before.
  }
}

function instances(): Set<string> {
  return new Set(cgroupsOf(fixture.folder).flatMap((base) => readdirSync(base)))
}

interface Fault {
  readonly node: string
  readonly python: string
  readonly expected: RegExp
  /** The cell lives on. */
  readonly survives?: true
  readonly overrides?: Partial<FunctionVersion>
}

/** Two RESULT frames for the first invocation of a cell. */
const TWICE = Buffer.concat(
  ['"first"', '"again"'].flatMap((text) => encodeFrame({ type: FRAME.result, id: 1 }, '', Buffer.from(text))),
).toString('hex')

const FAULTS: Readonly<Record<string, Fault>> = {
  'kills itself': {
    node: `process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})`,
    python: `os.kill(os.getpid(), 9)`,
    expected: /"kind":"exit".*"signal":"SIGKILL"/,
  },
  'kills everything it can': {
    node: `try { process.kill(-1, 'SIGKILL') } catch {} process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})`,
    python: `\n    try: os.kill(-1, 9)\n    except ProcessLookupError: pass\n    os.kill(os.getpid(), 9)`,
    expected: /"kind":"exit"/,
  },
  'runs out of memory': {
    node: `const all = []; for (;;) all.push(Buffer.alloc(8e6, 1))`,
    python: `\n    all = []\n    while True: all.append(bytearray(os.urandom(1000)) * 8000)`,
    expected: /"kind":"out-of-memory"/,
  },
  'fills /tmp': {
    node: `try { for (let n = 0; ; n++) require('node:fs').writeFileSync('/tmp/' + n, Buffer.alloc(1e7, 1)) } catch (e) { return e.code }`,
    python: `\n    try:\n        for n in range(1000): open(f"/tmp/{n}", "wb").write(b"x" * 10_000_000)\n    except OSError as error: return "ENOSPC" if error.errno == 28 else str(error)`,
    expected: /result: "ENOSPC"/,
    survives: true,
    overrides: { memoryMb: 1_024, ephemeralMb: 512, timeoutMs: 30_000 },
  },
  'never answers': {
    node: `for (;;);`,
    python: `\n    while True: pass`,
    expected: /"kind":"timeout"/,
    overrides: { timeoutMs: 400 },
  },
  'answers after its timeout': {
    node: `await new Promise((r) => setTimeout(r, 60_000)); return 'late'`,
    python: `time.sleep(60); return "late"`,
    expected: /"kind":"timeout"/,
    overrides: { timeoutMs: 400 },
  },
  'writes garbage on its channel': {
    node: `require('node:fs').writeSync(3, Buffer.alloc(5000, 7)); await new Promise((r) => setTimeout(r, 3_000))`,
    python: `os.write(3, b"\\7" * 5000); time.sleep(3)`,
    expected: /"kind":"exit"/,
  },
  'closes its channel': {
    node: `require('node:fs').closeSync(3); await new Promise((r) => setTimeout(r, 3_000))`,
    python: `os.close(3); time.sleep(3)`,
    expected: /"kind":"exit"/,
  },
  'answers twice': {
    node: `require('node:fs').writeSync(3, Buffer.from(${JSON.stringify(TWICE)}, 'hex')); await new Promise((r) => setTimeout(r, 3_000))`,
    python: `os.write(3, bytes.fromhex(${JSON.stringify(TWICE)})); time.sleep(3)`,
    expected: /result: "first"/,
  },
  'forks until it is refused, and waits with all of them': {
    node: `const { spawnSync } = require('node:child_process'); spawnSync('sh', ['-c', 'while sleep 60 & do :; done; wait'], { stdio: 'ignore' }); await new Promise((r) => setTimeout(r, 60_000))`,
    python: `\n    try:\n        while os.fork(): pass\n        time.sleep(60)\n    except OSError: time.sleep(60)`,
    expected: /"kind":"timeout"/,
    overrides: { memoryMb: 1_024, timeoutMs: 4_000 },
  },
  'prints without end': {
    node: `for (;;) console.log('x'.repeat(1_000))`,
    python: `\n    while True: print("x" * 1_000)`,
    expected: /"kind":"timeout"/,
    overrides: { timeoutMs: 1_500 },
  },
  'stops its own process': {
    node: `process.kill(process.pid, 'SIGSTOP'); await new Promise(() => {})`,
    python: `os.kill(os.getpid(), 19)`,
    expected: /"kind":"timeout"/,
    overrides: { timeoutMs: 600 },
  },
  'leaves children that ignore signals': {
    node: `for (let n = 0; n < 5; n++) require('node:child_process').spawn('sh', ['-c', 'trap "" TERM HUP INT; while :; do sleep 1; done'], { detached: true, stdio: 'ignore' }).unref(); process.exit(3)`,
    python: `\n    import subprocess\n    for n in range(5): subprocess.Popen(["sh", "-c", 'trap "" TERM HUP INT; while :; do sleep 1; done'], start_new_session=True)\n    os._exit(3)`,
    expected: /"kind":"exit","code":3/,
  },
}

for (const [name, { node, python, expected, survives, overrides }] of Object.entries(FAULTS))
  for (const language of ['node', 'python'] as const)
    test(`${language}: a function that ${name}`, async (t) => {
      if (fixture.engine.status().tier !== 'A') return t.skip('needs control groups')
      const version =
        language === 'node'
          ? fixture.node(`exports.handler = async () => { ${node} }`, overrides)
          : fixture.python(`import os, time\ndef handler(event, context):\n    ${python}`, overrides)
      const over = new AbortController()
      const running = fixture.invoke(version).finally(() => over.abort())
      for (let n = 0; !over.signal.aborted || n < 3; n++) {
        assert.equal(await fixture.result(neighbour, n), n)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      const { outcome } = await running
      const text = 'payload' in outcome ? describeOutcome(outcome) : JSON.stringify(outcome)
      assert.match(text, expected)
      const { instance } = meteringOf(outcome)
      if (survives) fixture.engine.retire(version.id)
      await mustBeGone(instance)
    })

/** After the end of an invocation that ended its cell. */
const GONE_MS_MAX = 1_000
/** Where the machine is busy: so many times what it takes there, meanwhile, until a plain process, killed, is known to have ended. */
const GONE_KILLS_MAX = 20
/** Until this test gives up waiting, to say how long it took. */
const GIVE_UP_MS = 60_000

/** Nothing is left of an instance that has ended. */
async function mustBeGone(instance: string): Promise<void> {
  const startMs = performance.now()
  let floorMs = 0
  const isGone = (): boolean => processesOf(instance).length === 0 && !instances().has(instance)
  while (!isGone() && performance.now() - startMs < GIVE_UP_MS) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    floorMs = Math.max(floorMs, await killFloorMs())
  }
  const tookMs = performance.now() - startMs
  const text = `gone after ${tookMs.toFixed(0)} ms, a kill takes ${floorMs.toFixed(0)} ms`
  assert.ok(tookMs < Math.max(GONE_MS_MAX, GONE_KILLS_MAX * floorMs), text)
}

function meteringOf(outcome: InvocationOutcome): { readonly instance: string } {
  return 'metering' in outcome ? outcome.metering : assert.fail(JSON.stringify(outcome))
}

test('64 MB on standard output, past the runtime: most is dropped, and the function answers', async () => {
  const flood = fixture.node(
    `exports.handler = async () => { require('node:child_process').spawnSync('sh', ['-c', 'head -c 64000000 /dev/zero | tr "\\\\0" x | fold -w 1000'], { stdio: ['ignore', 'inherit', 'ignore'] }); return 'done' }`,
    { timeoutMs: 60_000, memoryMb: 512 },
  )
  const { outcome, lines } = await fixture.invoke(flood)
  assert.equal(describeOutcome(outcome), 'result: "done"')
  assert.ok(lines.join('').length < 9e6)
  assert.match(lines.at(-1) ?? '', /^More than 8388608 bytes of log/)
})

test('an abort is told as one, also when the sandbox around it is late to say so', async (t) => {
  if (fixture.engine.status().tier !== 'A') return t.skip('needs control groups')
  const version = fixture.node(
    `exports.handler = async () => { console.log('begun'); setTimeout(() => process.abort(), 100); await new Promise(() => {}) }`,
  )
  const sandboxes: string[] = []
  const outcome = await fixture.engine.invoke(version, {
    id: 'late-abort',
    payload: Buffer.from('{}'),
    context: {},
    output: (instance) => {
      if (sandboxes.length > 0) return
      sandboxes.push(...processesOf(instance).filter((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'bwrap\n'))
      for (const pid of sandboxes) process.kill(Number(pid), 'SIGSTOP')
      setTimeout(() => {
        for (const pid of sandboxes) signalIfThere(pid, 'SIGCONT')
      }, 400)
    },
  })
  assert.ok(sandboxes.length > 0)
  assert.ok(outcome.kind === 'exit' && outcome.signal === 'SIGABRT', describeOutcome(outcome))
})

const KILLS = 200

test(`${KILLS} cells are killed in the middle of an invocation: each caller is told, and nothing is left`, async (t) => {
  if (fixture.engine.status().tier !== 'A') return t.skip('needs control groups')
  const version = fixture.node(
    `exports.handler = async () => { console.log('begun'); await new Promise((r) => setTimeout(r, 60_000)) }`,
    { timeoutMs: 60_000 },
  )
  const killOne = async (id: string): Promise<void> => {
    const outcome = await fixture.engine.invoke(version, {
      id,
      payload: Buffer.from('{}'),
      context: {},
      output: (instance) => {
        for (const pid of processesOf(instance)) signalIfThere(pid, 'SIGKILL')
      },
    })
    assert.ok(outcome.kind === 'exit' && outcome.signal === 'SIGKILL', describeOutcome(outcome))
    await mustBeGone(outcome.metering.instance)
  }
  for (let n = 0; n < KILLS; n += 4) await Promise.all([0, 1, 2, 3].map((m) => killOne(`kill-${n + m}`)))
  assert.equal(await fixture.result(neighbour, 1), 1)
})
