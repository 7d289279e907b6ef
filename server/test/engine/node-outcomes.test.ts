// Every way in which an invocation of Node.js code can end, in real cells.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { EngineFixture, describeOutcome, documentOf, until } from './engine-fixture.ts'

/** The way to other machines, as the clients of all languages read it. */
const PROXY_VARIABLES = {
  NODE_USE_ENV_PROXY: '1',
  HTTP_PROXY: 'http://127.0.0.1:3128',
  HTTPS_PROXY: 'http://127.0.0.1:3128',
  http_proxy: 'http://127.0.0.1:3128',
  https_proxy: 'http://127.0.0.1:3128',
  NO_PROXY: '127.0.0.1,localhost,::1',
  no_proxy: '127.0.0.1,localhost,::1',
}

let fixture: EngineFixture
before(async () => {
  fixture = await EngineFixture.open()
})
after(async () => {
  assert.deepEqual(await fixture.close(), [])
})

test('a result carries metering; the first invocation is cold, the second warm in the same instance', async () => {
  const version = fixture.node('exports.handler = async (event) => ({ got: event })')
  const first = await fixture.invoke(version, { a: 1 })
  assert.equal(first.outcome.kind, 'result', describeOutcome(first.outcome))
  assert.deepEqual(documentOf(first.outcome), { got: { a: 1 } })
  const second = await fixture.invoke(version, { a: 2 })
  if (first.outcome.kind !== 'result' || second.outcome.kind !== 'result') return assert.fail()
  assert.equal(first.outcome.metering.cold, true)
  assert.ok((first.outcome.metering.initMs ?? 0) > 0)
  assert.equal(second.outcome.metering.cold, false)
  assert.equal(second.outcome.metering.initMs, undefined)
  assert.equal(second.outcome.metering.instance, first.outcome.metering.instance)
  assert.match(first.outcome.metering.instance, /^[0-9a-f]{32}$/)
  if (fixture.engine.status().tier === 'A') assert.ok(second.outcome.metering.peakMemoryMb > 1)
})

test('the environment is the function’s own and nothing else', async () => {
  const version = fixture.node('exports.handler = async () => process.env', {
    environment: { COLOUR: 'green', AWS_REGION: 'eu-central-1' },
    instanceEnvironment: (instance) => ({ AWS_LAMBDA_LOG_STREAM_NAME: `stream-${instance}` }),
  })
  const { PATH, HOME, LANG, TZ, AWS_LAMBDA_LOG_STREAM_NAME, ...rest } = (await fixture.result(version)) as Record<
    string,
    string
  >
  assert.deepEqual(rest, {
    COLOUR: 'green',
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'ASIATEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
    LAMBDA_TASK_ROOT: '/var/task',
    LAMBDA_RUNTIME_DIR: '/run/mayfly/runtime/node',
    ...PROXY_VARIABLES,
  })
  assert.match(AWS_LAMBDA_LOG_STREAM_NAME ?? '', /^stream-[0-9a-f]{32}$/)
  assert.deepEqual({ HOME, TZ, LANG }, { HOME: '/tmp', TZ: ':UTC', LANG: 'C.UTF-8' })
  assert.match(PATH ?? '', /\/usr\/bin/)
})

test('the context has the fields that the caller gave, and the remaining time', async () => {
  const version = fixture.node(
    'exports.handler = async (e, c) => ({ ...c, left: c.getRemainingTimeInMillis(), functions: ["done", "fail", "succeed"].map((n) => typeof c[n]) })',
  )
  const context = {
    functionName: 'f',
    memoryLimitInMB: '128',
    clientContext: '{"custom":{"a":"b"}}',
    identity: '{"cognitoIdentityId":"i"}',
  }
  const { outcome } = await fixture.invoke(version, {}, context)
  const { left, awsRequestId, ...rest } = documentOf(outcome)
  assert.ok(Number(left) > 4_000 && Number(left) <= 5_000)
  assert.match(String(awsRequestId), /^request-/)
  assert.deepEqual(rest, {
    functionName: 'f',
    memoryLimitInMB: '128',
    clientContext: { custom: { a: 'b' } },
    identity: { cognitoIdentityId: 'i' },
    callbackWaitsForEmptyEventLoop: true,
    functions: ['function', 'function', 'function'],
  })
})

for (const [name, source, expected] of [
  ['a callback', 'exports.handler = (e, c, done) => { setTimeout(() => done(null, 7), 5) }', 7],
  [
    'a callback that waits for the event loop',
    'let n = 0; exports.handler = (e, c, done) => { setTimeout(() => n++, 30); done(null, { get n() { return n } }) }',
    { n: 1 },
  ],
  [
    'a callback that does not wait',
    'let n = 0; exports.handler = (e, c, done) => { c.callbackWaitsForEmptyEventLoop = false; setTimeout(() => n++, 30); done(null, { n }) }',
    { n: 0 },
  ],
  ['context.succeed', 'exports.handler = (e, c) => c.succeed("ok")', 'ok'],
  ['context.done', 'exports.handler = (e, c) => c.done(null, "ok")', 'ok'],
  ['nothing at all', 'exports.handler = () => { setTimeout(() => {}, 10) }', null],
  ['a promise that never settles', 'exports.handler = () => new Promise(() => {})', null],
  ['undefined', 'exports.handler = async () => undefined', null],
] as const)
  test(`a handler may end by ${name}`, async () => {
    assert.deepEqual(await fixture.result(fixture.node(source)), expected)
  })

for (const [name, source, type, message] of [
  [
    'throws in an async handler',
    'exports.handler = async () => { throw new TypeError("wrong") }',
    'TypeError',
    'wrong',
  ],
  ['throws in a plain handler', 'exports.handler = () => { throw new RangeError("wrong") }', 'RangeError', 'wrong'],
  ['calls back with an error', 'exports.handler = (e, c, done) => done(new Error("wrong"))', 'Error', 'wrong'],
  ['throws a string', 'exports.handler = async () => { throw "text" }', 'string', 'text'],
  [
    'rejects and nobody listens',
    'exports.handler = async () => { Promise.reject(new Error("lost")); await new Promise((r) => setTimeout(r, 500)) }',
    'Runtime.UnhandledPromiseRejection',
    'Error: lost',
  ],
  [
    'throws in a timer',
    'exports.handler = () => new Promise(() => setTimeout(() => { throw new Error("late") }, 5))',
    'Error',
    'late',
  ],
  ['returns what JSON cannot say', 'exports.handler = async () => 1n', 'Error', 'Unable to stringify response body'],
] as const)
  test(`an error: the handler ${name}`, async () => {
    const { outcome, lines } = await fixture.invoke(fixture.node(source))
    assert.equal(outcome.kind, 'error', describeOutcome(outcome))
    const { errorType, errorMessage, trace } = documentOf(outcome)
    assert.deepEqual({ errorType, errorMessage }, { errorType: type, errorMessage: message })
    assert.ok(Array.isArray(trace))
    assert.ok(
      lines.some((line) => line.includes('\tERROR\t') && line.includes(message)),
      lines.join('\n'),
    )
  })

for (const [name, files, handler, type, message] of [
  [
    'a missing module',
    { 'index.js': 'require("absent")' },
    'index.handler',
    'Runtime.ImportModuleError',
    /^Error: Cannot find module 'absent'\nRequire stack:/,
  ],
  [
    'a missing file',
    { 'other.js': '' },
    'index.handler',
    'Runtime.ImportModuleError',
    /^Error: Cannot find module 'index'\nRequire stack:/,
  ],
  [
    'a missing import',
    { 'index.mjs': 'import "absent"' },
    'index.handler',
    'Runtime.ImportModuleError',
    /Cannot find package 'absent'/,
  ],
  [
    'a syntax error',
    { 'index.js': 'syntax error' },
    'index.handler',
    'Runtime.UserCodeSyntaxError',
    /^SyntaxError: Unexpected identifier 'error'$/,
  ],
  [
    'a syntax error in TypeScript',
    { 'index.ts': 'const x: = 1' },
    'index.handler',
    'Runtime.UserCodeSyntaxError',
    /SyntaxError/,
  ],
  [
    'no such export',
    { 'index.js': 'exports.other = 1' },
    'index.handler',
    'Runtime.HandlerNotFound',
    /^index.handler is undefined or not exported$/,
  ],
  [
    'an export that is no function',
    { 'index.js': 'exports.handler = 1' },
    'index.handler',
    'Runtime.HandlerNotFound',
    /^index.handler is not a function$/,
  ],
  ['a handler without a dot', { 'index.js': '' }, 'index', 'Runtime.MalformedHandlerName', /^Bad handler$/],
  [
    'a handler with ..',
    { 'index.js': '' },
    '../index.handler',
    'Runtime.MalformedHandlerName',
    /is not a valid handler name/,
  ],
  ['a throwing top level', { 'index.js': 'throw new RangeError("top")' }, 'index.handler', 'RangeError', /^top$/],
  [
    'a rejecting top level',
    { 'index.mjs': 'await Promise.reject(new Error("top"))' },
    'index.handler',
    'Error',
    /^top$/,
  ],
] as const)
  test(`an init error: ${name}`, async () => {
    const { outcome } = await fixture.invoke(fixture.version(files, { handler }))
    assert.equal(outcome.kind, 'init-error', describeOutcome(outcome))
    const { errorType, errorMessage } = documentOf(outcome)
    assert.equal(errorType, type)
    assert.match(String(errorMessage), message)
  })

for (const [name, files, handler] of [
  ['CommonJS', { 'index.js': 'exports.handler = async () => "ok"' }, 'index.handler'],
  ['.cjs', { 'index.cjs': 'exports.handler = async () => "ok"' }, 'index.handler'],
  [
    '.mjs with an await at its top',
    { 'index.mjs': 'const text = await Promise.resolve("ok"); export const handler = async () => text' },
    'index.handler',
  ],
  [
    'a package of type module',
    { 'package.json': '{"type":"module"}', 'index.js': 'export const handler = async () => "ok"' },
    'index.handler',
  ],
  [
    'TypeScript',
    { 'index.ts': 'const text: string = "ok"; export const handler = async (): Promise<string> => text' },
    'index.handler',
  ],
  ['.mts', { 'index.mts': 'const text: string = "ok"; export const handler = async () => text' }, 'index.handler'],
  ['.cts', { 'index.cts': 'const text: string = "ok"; exports.handler = async () => text' }, 'index.handler'],
  ['a nested path', { 'src/app/index.js': 'exports.handler = async () => "ok"' }, 'src/app/index.handler'],
  ['a nested export', { 'index.js': 'exports.api = { v1: { handler: async () => "ok" } }' }, 'index.api.v1.handler'],
  ['a default export', { 'index.mjs': 'export default { handler: async () => "ok" }' }, 'index.handler'],
  ['.js before .mjs', { 'index.js': 'exports.handler = async () => "ok"', 'index.mjs': 'throw 1' }, 'index.handler'],
] as const)
  test(`a handler is found: ${name}`, async () => {
    assert.equal(await fixture.result(fixture.version(files, { handler })), 'ok')
  })

test('a timeout ends the instance; the next invocation gets a new one', async () => {
  const version = fixture.node(
    'exports.handler = async (e) => { if (e.hang) { console.log("hanging"); for (;;); } return "ok" }',
    { timeoutMs: 300 },
  )
  const hung = await fixture.invoke(version, { hang: true })
  assert.equal(hung.outcome.kind, 'timeout', describeOutcome(hung.outcome))
  assert.ok(hung.lines.some((line) => line.endsWith('hanging')))
  if (hung.outcome.kind === 'timeout') assert.equal(hung.outcome.metering.durationMs, 300)
  assert.equal(await fixture.result(version), 'ok')
})

test('process.exit, a signal, and an abort are exits', async () => {
  const exit = await fixture.invoke(fixture.node('exports.handler = async () => { process.exit(3) }'))
  assert.deepEqual(pickExit(exit.outcome), { kind: 'exit', code: 3, signal: null })
  const top = await fixture.invoke(fixture.node('process.exit(0)'))
  assert.deepEqual(pickExit(top.outcome), { kind: 'exit', code: 0, signal: null })
  const abort = await fixture.invoke(fixture.node('exports.handler = async () => { process.abort() }'))
  assert.deepEqual(pickExit(abort.outcome), { kind: 'exit', code: null, signal: 'SIGABRT' })
})

function pickExit(outcome: { kind: string; code?: unknown; signal?: unknown }): unknown {
  return { kind: outcome.kind, code: outcome.code, signal: outcome.signal }
}

test('too much memory in buffers or in the heap ends the instance', async (t) => {
  if (fixture.engine.status().tier !== 'A') return t.skip('needs control groups')
  const buffers = fixture.node(
    'exports.handler = async () => { const all = []; for (;;) all.push(Buffer.alloc(1e6, 1)) }',
  )
  assert.equal((await fixture.invoke(buffers)).outcome.kind, 'out-of-memory')
  const heap = fixture.node('exports.handler = async () => { const all = []; for (;;) all.push({ a: [1, 2, 3] }) }')
  const { outcome } = await fixture.invoke(heap)
  // Whichever comes first: V8's own limit, which aborts, or the kernel's.
  assert.ok(
    outcome.kind === 'out-of-memory' || (outcome.kind === 'exit' && outcome.signal === 'SIGABRT'),
    describeOutcome(outcome),
  )
})

test('an OOM kill of a child only is not the function’s', async (t) => {
  if (fixture.engine.status().tier !== 'A') return t.skip('needs control groups')
  const version = fixture.node(
    `const { spawnSync } = require('node:child_process')
     exports.handler = async () => spawnSync('python3', ['-c', 'open("/proc/self/oom_score_adj","w").write("1000"); a = [bytearray(10**6) for _ in range(10**4)]']).signal`,
  )
  assert.equal(await fixture.result(version), 'SIGKILL')
})

test('payloads up to the limit pass both ways; a larger result is too-large and the instance lives on', async () => {
  const version = fixture.node('exports.handler = async (e) => typeof e === "number" ? "x".repeat(e) : e.length')
  assert.equal(await fixture.result(version, 'y'.repeat(6 * 1024 * 1024 - 2)), 6 * 1024 * 1024 - 2)
  assert.equal(((await fixture.result(version, 6 * 1024 * 1024)) as string).length, 6 * 1024 * 1024)
  const { outcome } = await fixture.invoke(version, 7_000_000)
  assert.equal(outcome.kind, 'too-large')
  if (outcome.kind === 'too-large') assert.deepEqual([outcome.bytes, outcome.limitBytes], [7_000_002, 6_291_556])
  const next = await fixture.invoke(version, 'yy')
  assert.ok(next.outcome.kind === 'result' && !next.outcome.metering.cold)
})

test('console lines have AWS’s format, one event each; raw output is cut into lines', async () => {
  const version = fixture.node(
    `exports.handler = async () => {
       console.log('one\\ntwo', { a: 1 }); console.error(new Error('bad').message); console.debug('d')
       process.stdout.write('raw 1\\nraw '); process.stdout.write('2\\nrest')
       require('node:child_process').spawnSync('echo', ['from a child'], { stdio: 'inherit' })
     }`,
  )
  const { lines } = await fixture.invoke(version)
  const stamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\trequest-\d+\t/
  const plain = lines.map((line) => line.replace(stamp, ''))
  assert.deepEqual(
    plain.filter((line) => line !== 'from a child'),
    ['INFO\tone\ntwo { a: 1 }', 'ERROR\tbad', 'DEBUG\td', 'raw 1', 'raw 2', 'rest'],
  )
  assert.match(lines[0] ?? '', stamp)
  // It comes by another way, so perhaps a moment later.
  await until(() => [...lines, ...fixture.background].includes('from a child'))
})

test('a handler that prints without end waits for the reader instead of running out of memory', async () => {
  const version = fixture.node(
    'const line = "x".repeat(1000); exports.handler = async () => { for (let n = 0; n < 150_000; n++) console.log(line); return "done" }',
    { memoryMb: 128, timeoutMs: 30_000 },
  )
  const { outcome } = await fixture.invoke(version, {})
  assert.equal(outcome.kind, 'result', describeOutcome(outcome))
  assert.equal(documentOf(outcome), 'done')
})

test('init prints outside the invocation, with no request id', async () => {
  await fixture.invoke(fixture.node('console.log("from init"); exports.handler = async () => 1'))
  assert.ok(fixture.background.some((line) => line.endsWith('Z\tundefined\tINFO\tfrom init')))
})

test('Node.js 24 refuses callbacks, as on AWS', async () => {
  const version = fixture.node('exports.handler = (e, c, done) => done(null, 1)', {
    environment: { AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
  })
  const { outcome } = await fixture.invoke(version)
  assert.equal(documentOf(outcome)['errorType'], 'Runtime.CallbackHandlerDeprecated')
})

test('what happens between invocations ends the instance, not an invocation', async () => {
  const version = fixture.node(
    'exports.handler = async () => { setTimeout(() => { throw new Error("later") }, 20); return process.pid }',
  )
  const first = await fixture.invoke(version)
  assert.equal(first.outcome.kind, 'result')
  await until(() => fixture.background.some((line) => line.includes('later')))
  const { metering } = first.outcome
  await until(() => !existsSync(`${fixture.folder}/cells/${metering.instance}`))
  const second = await fixture.invoke(version)
  assert.ok(second.outcome.kind === 'result' && second.outcome.metering.cold, describeOutcome(second.outcome))
})

test('what a former invocation left behind fails the one in which it ends the process, as on AWS', async () => {
  const version = fixture.node(
    `let waits = false
     exports.handler = async (e) => {
       if (!e.wait) return void setInterval(() => { if (waits) throw new Error("left over") }, 5)
       waits = true
       await new Promise(() => {})
     }`,
  )
  await fixture.result(version)
  const { outcome } = await fixture.invoke(version, { wait: true })
  assert.equal(outcome.kind, 'error', describeOutcome(outcome))
  assert.equal(documentOf(outcome)['errorMessage'], 'left over')
})
