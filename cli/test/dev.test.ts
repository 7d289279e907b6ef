// `mayfly dev <folder>`: one command to a running function, and saves that run at once.
import assert from 'node:assert/strict'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { folderWith, mayfly, NEEDS_PYTHON, startServer } from './support/command.ts'

/** Generous: the promise is 100 ms on a quiet machine ; tests run beside others. */
const RELOAD_MS_MAX = 10_000

interface DevFunction {
  readonly url: string
  readonly folder: string
  readonly server: Awaited<ReturnType<typeof startServer>>
}

async function devFunction(t: TestContext, files: Readonly<Record<string, string>>): Promise<DevFunction> {
  const cleanups: (() => void | Promise<void>)[] = []
  const cleanup = { after: (undo: () => void | Promise<void>) => void cleanups.unshift(undo) }
  t.after(async () => {
    for (const undo of cleanups) await undo()
  })
  const folder = folderWith(cleanup, files)
  const server = await startServer(cleanup, ['dev', folder])
  const { url } = JSON.parse(await server.command.line(/"event":"function"/)) as { url: string }
  return { url, folder, server }
}

async function call(url: string, event: unknown = {}): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(event) })
  return response.json()
}

/** Between an editor's emptying a file and its writing it: longer ones are broken saves (BROKEN_SETTLE_MS is 60). */
const EMPTY_MS_MAX = 40
/** Where the machine is busy a pause comes out longer. */
const SAVES_MAX = 40

/** Calls until the answer is the expected one; returns how long that took. */
async function answers(url: string, wanted: unknown): Promise<number> {
  const began = performance.now()
  let answer: unknown
  while (performance.now() - began < RELOAD_MS_MAX) {
    answer = await call(url)
    if (answer === wanted) return performance.now() - began
    await sleep(2)
  }
  return assert.fail(`still ${JSON.stringify(answer)}, not ${JSON.stringify(wanted)}`)
}

test('a plain POST to the URL that was printed runs the function; a save runs at once', async (t) => {
  const { url, folder } = await devFunction(t, {
    'index.ts':
      "import { answer } from './lib/answer.ts'\nexport const handler = async (): Promise<string> => answer\n",
    'lib/answer.ts': "export const answer = 'one'\n",
  })
  assert.equal(await call(url), 'one')
  const took: number[] = []
  for (const word of ['two', 'three', 'four', 'five']) {
    writeFileSync(join(folder, 'lib/answer.ts'), `export const answer = '${word}'\n`)
    took.push(await answers(url, word))
  }
  // An editor that writes beside and renames.
  writeFileSync(join(folder, 'lib/answer.ts.new'), "export const answer = 'six'\n")
  renameSync(join(folder, 'lib/answer.ts.new'), join(folder, 'lib/answer.ts'))
  took.push(await answers(url, 'six'))
  t.diagnostic(`save until the new code answered: ${took.map((ms) => ms.toFixed(0)).join(', ')} ms`)
})

test('a broken save is shown with its place and keeps the last good version serving, until it is mended', async (t) => {
  const good = (word: string) => `export const handler = async () => {\n  return '${word}'\n}\n`
  const { url, folder, server } = await devFunction(t, { 'index.ts': good('good') })
  writeFileSync(join(folder, 'index.ts'), "export const handler = async () => {\n  return 'bad' +\n}\n")
  await server.command.errLine(/MF1301 .*index\.ts:3:1 /)
  await server.command.errLine(/goes on serving the last version that compiled/)
  const shown = JSON.parse(await server.command.line(/"error"/)) as { error: Record<string, unknown> }
  assert.deepEqual([shown.error['code'], shown.error['line'], shown.error['column']], ['MF1301', 3, 1])
  assert.equal(await call(url), 'good')

  writeFileSync(join(folder, 'index.ts'), "import { w } from './word.ts'\nexport const handler = async () => w\n")
  await server.command.errLine(/MF1302 .*index\.ts:1:19 /)
  assert.equal(await call(url), 'good')
  // What is missing appears.
  writeFileSync(join(folder, 'word.ts'), "export const w = 'mended'\n")
  await answers(url, 'mended')
})

test('an editor that empties the file first does not look like a broken save', async (t) => {
  const { url, folder, server } = await devFunction(t, { 'index.mjs': "export const handler = async () => 'a'\n" })
  let quick = 0
  for (let n = 0; quick < 3 && n < SAVES_MAX; n++) {
    const before = server.command.err.length
    const began = performance.now()
    writeFileSync(join(folder, 'index.mjs'), '')
    await sleep(15)
    writeFileSync(join(folder, 'index.mjs'), `export const handler = async () => 'word ${n}'\n`)
    const emptyMs = performance.now() - began
    await answers(url, `word ${n}`)
    if (emptyMs > EMPTY_MS_MAX) continue
    quick++
    // The first call of anybody tells that `start` would want a signature.
    const told = server.command.err.slice(before).filter((line) => !line.includes('would be denied'))
    assert.deepEqual(told, [])
  }
  assert.equal(quick, 3)
})

test('files that are no part of the function do not rebuild it', async (t) => {
  const { url, folder, server } = await devFunction(t, { 'index.mjs': "export const handler = async () => 'a'\n" })
  mkdirSync(join(folder, 'node_modules/x'), { recursive: true })
  writeFileSync(join(folder, 'node_modules/x/index.js'), '')
  writeFileSync(join(folder, 'notes.ts'), 'export const unrelated = 1\n')
  writeFileSync(join(folder, 'index.mjs'), "export const handler = async () => 'a' // same\n")
  await sleep(300)
  assert.equal(server.command.out.filter((line) => line.includes('"event":"reload"')).length, 0)
  assert.equal(await call(url), 'a')
})

test('python follows its sources too', NEEDS_PYTHON, async (t) => {
  const { url, folder, server } = await devFunction(t, { 'app.py': "def handler(event, context):\n    return 'one'\n" })
  assert.equal(await call(url), 'one')
  writeFileSync(join(folder, 'app.py'), "def handler(event, context):\n    return 'two'\n")
  await answers(url, 'two')

  writeFileSync(join(folder, 'app.py'), "def handler(event, context):\n    return 'three\n")
  await server.command.errLine(/MF1301 .*app\.py:2:12 . unterminated string literal/)
  assert.equal(await call(url), 'two')
  writeFileSync(join(folder, 'app.py'), "def handler(event, context):\n    return 'four'\n")
  await answers(url, 'four')
})

test('invocations are shown with their lines; reset empties everything; SIGTERM ends with 0', async (t) => {
  const source = "export const handler = async (event) => { console.warn('seen', event.n); return event.n }\n"
  const { url, folder, server } = await devFunction(t, { 'index.mjs': source })
  assert.equal(await call(url, { n: 7 }), 7)
  const shown = JSON.parse(await server.command.line(/"event":"invocation"/)) as {
    lines: unknown
    durationMs: number
    initMs: number
  }
  assert.deepEqual(shown.lines, [{ level: 'warn', text: 'seen 7' }])
  assert.ok(shown.durationMs >= 0 && shown.initMs >= 0)

  const reset = await mayfly(['reset', '--json', '--endpoint', server.endpoint])
  assert.equal(reset.code, 0, reset.err)
  assert.equal((await mayfly(['invoke', 'index', '--endpoint', server.endpoint])).code, 5)
  // The next save brings it back.
  writeFileSync(join(folder, 'index.mjs'), source.replace('event.n }', 'event.n + 1 }'))
  await server.command.line(/"event":"reload"/)
  assert.equal(await call(url, { n: 7 }), 8)
  assert.equal(await server.command.end('SIGTERM'), 0)
  assert.deepEqual(
    server.command.err.filter((line) => /\bMF\d{4}\b/.test(line)),
    [],
  )
})

test('an error is shown with the lines of the sources', async (t) => {
  const { url, server } = await devFunction(t, {
    'src/index.ts':
      "import { check } from './check.ts'\nexport const handler = async (event: { n?: number }) => check(event.n)\n",
    'src/check.ts':
      "interface Limits { max: number }\nconst limits: Limits = { max: 3 }\nexport function check(n = 9): number {\n  if (n > limits.max) throw new RangeError('too many')\n  return n\n}\n",
  })
  assert.equal((await call(url)) instanceof Object, true)
  const { lines } = JSON.parse(await server.command.line(/"event":"invocation"/)) as {
    lines: { level: string; text: string }[]
  }
  assert.equal(lines[0]?.level, 'error')
  assert.match(
    lines[0]?.text ?? '',
    /RangeError: too many\n {4}at check \(src\/check\.ts:4:29\)\n {4}at handler \(src\/index\.ts:2:\d+\)$/,
  )
})

test('the second Ctrl-C does not wait for what still runs', async (t) => {
  const { url, server } = await devFunction(t, {
    'index.mjs':
      "export const handler = async (event) => { console.log('begun'); await new Promise((done) => setTimeout(done, event.ms ?? 0)) }\n",
  })
  await call(url)
  const slow = call(url, { ms: 30_000 }).catch(() => 'cut off')
  await sleep(500)
  const began = performance.now()
  const ended = server.command.end('SIGINT')
  await sleep(200)
  void server.command.end('SIGINT')
  assert.equal(await ended, 130)
  assert.ok(performance.now() - began < 15_000, 'it waited')
  assert.equal(await slow, 'cut off')
})

test('a path without a function ends before a server is started', async (t) => {
  const { code, err } = await mayfly(['dev', folderWith(t, { 'readme.md': '' }), '--port', '0'])
  assert.equal(code, 3)
  assert.match(err, /MF1202/)
})

test('development never listens beyond this machine', async (t) => {
  const { code, err } = await mayfly(['dev', '--host', '0.0.0.0', '--port', '0', '--data', folderWith(t, {})])
  assert.equal(code, 1)
  assert.match(err, /MF4002 — mayfly dev does not listen on 0\.0\.0\.0/)
})
