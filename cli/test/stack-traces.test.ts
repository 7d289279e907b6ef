// Stack traces of what `mayfly deploy` bundles name the lines of the sources, wherever they are shown.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import { readKeys } from '../../server/test/conformance/server-kit.ts'
import { folderWith, mayfly, RunningCommand, startServer } from './support/command.ts'

const HANDLER = `import { fail } from './fail.ts'

interface Event { how: string }

export const handler = async ({ how }: Event) => {
  switch (how) {
    case 'rejected': return fail('rejected')
    case 'logged': {
      try { fail('logged') } catch (error) { console.error(error) }
      return 'logged'
    }
    case 'printed': {
      try { fail('printed') } catch (error) { process.stderr.write(String((error as Error).stack) + '\\n') }
      return 'printed'
    }
    case 'uncaught': {
      setTimeout(() => fail('uncaught'), 1)
      return new Promise(() => {})
    }
    case 'unhandled': {
      void Promise.reject(new Error('unhandled'))
      return new Promise((done) => setTimeout(done, 5_000))
    }
  }
}
`
const FAIL = `/** A comment that the bundle leaves out.
 *
 */
type Message = string
export function fail(message: Message): never {
  throw new RangeError(message)
}
`
const BROKEN = `import { fail } from './fail.ts'
const SETTINGS: string = fail('no settings')
export const handler = async () => SETTINGS
`

const cleanups: (() => void | Promise<void>)[] = []
const cleanup = { after: (undo: () => void | Promise<void>) => void cleanups.unshift(undo) }
let env: Record<string, string>
let sources: string
let keys: Awaited<ReturnType<typeof readKeys>>

before(async () => {
  const server = await startServer(cleanup, ['start'])
  env = { MAYFLY_ENDPOINT: server.endpoint, MAYFLY_DATA: server.dataFolder }
  const { credentialsFile } = JSON.parse(server.command.out[0] ?? '') as { readonly credentialsFile: string }
  keys = await readKeys(credentialsFile)
  sources = folderWith(cleanup, {
    'shop/src/index.ts': HANDLER,
    'shop/src/fail.ts': FAIL,
    'shop/package.json': '{"name":"shop"}',
    'old/index.cts': HANDLER.replace(
      "import { fail } from './fail.ts'",
      "const { fail } = require('./fail.ts')",
    ).replace('export const handler', 'exports.handler'),
    'old/fail.ts': FAIL,
    'broken/index.ts': BROKEN,
    'broken/fail.ts': FAIL,
  })
  for (const name of ['shop', 'old', 'broken']) {
    const { code, err } = await mayfly(['deploy', name, '-C', sources], env)
    assert.equal(code, 0, err)
  }
})
after(async () => {
  for (const undo of cleanups) await undo()
})

/** The error document of an invocation, and its log. */
async function invoke(name: string, how: string): Promise<{ readonly trace: string; readonly log: string }> {
  const { out, err } = await mayfly(['invoke', name, '-p', JSON.stringify({ how }), '--allow-error'], env)
  const value = JSON.parse(out) as { readonly trace?: readonly string[] } | string
  return { trace: typeof value === 'string' ? '' : (value.trace ?? []).join('\n'), log: err }
}

for (const [name, place] of [
  ['shop', 'src/'],
  ['old', ''],
] as const) {
  const where = new RegExp(
    `at fail(?:\\$1)? \\(${place}fail\\.ts:6:9\\)[\\s\\S]*at .*\\(?${place}index\\.c?ts:\\d+:\\d+`,
  )
  test(`${name}: a rejected handler, in its answer and in the log`, async () => {
    const { trace, log } = await invoke(name, 'rejected')
    assert.match(trace, where)
    assert.match(trace, /index\.c?ts:7:/)
    assert.match(
      log,
      new RegExp(`Invoke Error \\t\\{"errorType":"RangeError".*at fail(?:\\$1)? \\(${place}fail\\.ts:6:9\\)`),
    )
    assert.doesNotMatch(trace + log, /var\/task/)
  })

  test(`${name}: an error on the console, or written out`, async () => {
    assert.match((await invoke(name, 'logged')).log, where)
    assert.match((await invoke(name, 'printed')).log, where)
  })

  test(`${name}: an error that nobody catches`, async () => {
    const { trace, log } = await invoke(name, 'uncaught')
    assert.match(trace, where)
    assert.match(log, new RegExp(`Uncaught Exception.*at fail(?:\\$1)? \\(${place}fail\\.ts:6:9\\)`))
    const rejection = await invoke(name, 'unhandled')
    assert.match(rejection.trace, new RegExp(`${place}index\\.c?ts:21:27`))
    assert.match(rejection.log, new RegExp(`Unhandled Promise Rejection.*${place}index\\.c?ts:21:27`))
  })
}

test('an init that fails', async () => {
  const { trace } = await invoke('broken', '')
  assert.match(trace, /at fail \(fail\.ts:6:9\)\n.*index\.ts:2:26/)
  // No invocation had begun.
  const { out } = await mayfly(['logs', 'broken'], env)
  assert.match(out, /Uncaught Exception.*at fail \(fail\.ts:6:9\)/)
})

test('logs in JSON, and Node’s own reader where it is asked for', async () => {
  const client = new LambdaClient({ endpoint: env['MAYFLY_ENDPOINT'] ?? '', region: 'us-east-1', credentials: keys })
  await client.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: 'shop', LoggingConfig: { LogFormat: 'JSON' } }),
  )
  const { log } = await invoke('shop', 'logged')
  client.destroy()
  assert.match(
    log,
    /"errorType":"RangeError","errorMessage":"logged","stackTrace":\[.*"    at fail \(src\/fail\.ts:6:9\)"/,
  )
  const asked = await mayfly(['deploy', 'shop', '-C', sources, '--env', 'NODE_OPTIONS=--enable-source-maps'], env)
  assert.equal(asked.code, 0, asked.err)
  const { trace } = await invoke('shop', 'rejected')
  assert.match(trace, /at fail \(\/var\/task\/src\/fail\.ts:6:9\)/)
})

test('mayfly dev shows them, too', async () => {
  const command = new RunningCommand([
    'dev',
    `${sources}/shop`,
    '--port',
    '0',
    '--data',
    folderWith(cleanup, {}),
    '--json',
  ])
  cleanup.after(async () => void (await command.end()))
  const { url } = JSON.parse(await command.line(/"event":"function"/)) as { url: string }
  await fetch(url, { method: 'POST', body: '{"how":"rejected"}' })
  await command.line(/at fail \(src\/fail\.ts:6:9\)/)
})
