// A gigabyte on standard output, through the runtime and past it: the log is cut and says so, the engine's memory stays
// level, and a neighbour is served all the while.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { FunctionVersion } from '#engine/engine.ts'
import { LOG_BYTES_MAX } from '#engine/limits.ts'
import { describeOutcome, EngineFixture } from './engine-fixture.ts'

const FLOOD_BYTES = 1_000_000_000
const LINE_BYTES = 10_000
const MB = 1024 * 1024
/** Of this process, in which the engine runs: a log's bound several times over, and what the collector leaves lying. */
const GROWTH_BYTES_MAX = 150 * MB
const TIMEOUT_MS = 900_000

let fixture: EngineFixture
let neighbour: FunctionVersion
before(async () => {
  fixture = await EngineFixture.open({ ready: { node: { small: 2 }, python: { small: 1 } } })
  neighbour = fixture.node('exports.handler = async (event) => event')
})
after(async () => {
  assert.deepEqual(await fixture.close(), [])
})

const LINES = FLOOD_BYTES / LINE_BYTES
const PAST = `head -c ${FLOOD_BYTES} /dev/zero | tr '\\\\0' x | fold -w ${LINE_BYTES - 1}`

const FLOODS: Readonly<Record<string, (overrides: Partial<FunctionVersion>) => FunctionVersion>> = {
  'by the console of Node.js': (overrides) =>
    fixture.node(
      `const line = 'x'.repeat(${LINE_BYTES}); exports.handler = async () => { for (let n = 0; n < ${LINES}; n++) console.log(line); return 'done' }`,
      overrides,
    ),
  'by print of Python': (overrides) =>
    fixture.python(
      `def handler(event, context):\n    line = "x" * ${LINE_BYTES}\n    for n in range(${LINES}): print(line)\n    return "done"`,
      overrides,
    ),
  'by a child of a Node.js function': (overrides) =>
    fixture.node(
      `exports.handler = async () => { require('node:child_process').spawnSync('sh', ['-c', ${JSON.stringify(PAST)}], { stdio: ['ignore', 'inherit', 'ignore'] }); return 'done' }`,
      overrides,
    ),
  'by a child of a Python function': (overrides) =>
    fixture.python(
      `import subprocess\ndef handler(event, context):\n    subprocess.run(["sh", "-c", ${JSON.stringify(PAST)}])\n    return "done"`,
      overrides,
    ),
}

for (const [name, make] of Object.entries(FLOODS))
  test(`a gigabyte of output ${name}`, async (t) => {
    const flood = make({ memoryMb: 256, timeoutMs: TIMEOUT_MS })
    await fixture.result(neighbour, 0)
    const before = process.memoryUsage.rss()
    const cpuBefore = process.cpuUsage()
    const startMs = performance.now()
    let [peak, served] = [0, 0]
    const over = new AbortController()
    const running = fixture.invoke(flood).finally(() => over.abort())
    while (!over.signal.aborted) {
      assert.equal(await fixture.result(neighbour, served), served)
      served++
      peak = Math.max(peak, process.memoryUsage.rss())
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const { outcome, lines } = await running
    const seconds = (performance.now() - startMs) / 1_000
    const { user, system } = process.cpuUsage(cpuBefore)
    t.diagnostic(
      `${seconds.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of the engine's time; ${((peak - before) / MB).toFixed(0)} MB more at most; ${served} calls of the neighbour`,
    )
    assert.equal(describeOutcome(outcome), 'result: "done"')
    assert.equal(lines.at(-1), `More than ${LOG_BYTES_MAX} bytes of log in one invocation: the rest is dropped.`)
    assert.ok(lines.join('').length <= LOG_BYTES_MAX + 100)
    assert.ok(peak - before < GROWTH_BYTES_MAX, `${(peak - before) / MB} MB`)
    assert.ok(served > 0)
  })
