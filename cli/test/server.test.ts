// The command against a server that verifies signatures: deploy, call, read the log, and what goes wrong.
import assert from 'node:assert/strict'
import { existsSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { readKeys } from '../../server/test/conformance/server-kit.ts'
import { folderWith, mayfly, NEEDS_PYTHON, RunningCommand, startServer, type TestServer } from './support/command.ts'

const HELLO = `
interface Greeting { name: string; fail?: boolean }
enum Tone { Calm = 'calm' }
export const handler = async (event: Greeting) => {
  console.log('greeting', event.name)
  if (event.fail) throw new RangeError('asked to fail')
  return { hello: event.name, tone: Tone.Calm, colour: process.env.COLOUR ?? 'none' }
}
`

const ORDER = `
import { withDurableExecution, type DurableContext } from '@aws/durable-execution-sdk-js'
interface Order { price: number; waitS: number }
export const handler = withDurableExecution(async ({ price, waitS }: Order, context: DurableContext) => {
  const paid = await context.step('pay', async () => price * 2)
  await context.wait('rest', { seconds: waitS })
  return { paid }
})
`

const cleanups: (() => void | Promise<void>)[] = []
const cleanup = { after: (undo: () => void | Promise<void>) => void cleanups.unshift(undo) }

describe('a server that verifies signatures', () => {
  let server: TestServer
  let env: Record<string, string>
  let sources: string

  before(async () => {
    server = await startServer(cleanup, ['start'])
    env = { MAYFLY_ENDPOINT: server.endpoint, MAYFLY_DATA: server.dataFolder }
    sources = folderWith(cleanup, {
      'hello/index.ts': HELLO,
      'order/index.ts': ORDER,
      'snake/app.py':
        'def handler(event, context):\n    print("snake", event["name"])\n    return {"hiss": event["name"]}\n',
      'snake/.env': 'SECRET=1',
    })
    const { code, err } = await mayfly(
      ['deploy', 'hello', '-C', sources, '--env', 'COLOUR=green', '--timeout', '5'],
      env,
    )
    assert.equal(code, 0, err)
  })

  after(async () => {
    for (const undo of cleanups) await undo()
  })

  test('the ready line, the credentials file', () => {
    const ready = JSON.parse(server.command.out[0] ?? '') as Record<string, unknown>
    assert.equal(ready['schemaVersion'], 1)
    assert.equal(ready['mode'], 'start')
    assert.equal(statSync(String(ready['credentialsFile'])).mode & 0o777, 0o600)
  })

  test('a second deploy of the same sources is cached and changes nothing; a change changes only itself', async () => {
    const again = await mayfly(['deploy', 'hello', '-C', sources, '--json'], env)
    assert.equal(again.code, 0, again.err)
    const same = JSON.parse(again.out) as Record<string, unknown>
    assert.equal(same['build'], 'cached')
    assert.deepEqual(same['plan'], ['unchanged'])

    const memory = await mayfly(['deploy', 'hello', '-C', sources, '--memory', '256', '--json'], env)
    assert.deepEqual((JSON.parse(memory.out) as Record<string, unknown>)['plan'], ['update-configuration'])
    assert.match(memory.err, /plan +update hello: memory 128 → 256/)

    const shared = await mayfly(['deploy', 'hello', '-C', sources, '--concurrency', '8'], env)
    assert.match(shared.err, /plan +update hello: env MAYFLY_CONCURRENCY/)
    const coloured = await mayfly(['deploy', 'hello', '-C', sources, '--env', 'COLOUR=green', '--json'], env)
    assert.deepEqual((JSON.parse(coloured.out) as Record<string, unknown>)['plan'], ['unchanged'])
    await mayfly(['deploy', 'hello', '-C', sources, '--concurrency', '1'], env)

    const runtime = await mayfly(['deploy', 'hello', '-C', sources, '--runtime', 'nodejs22.x'], env)
    assert.match(runtime.err, /using .*\(nodejs22\.x on Node\.js 24, handler /)
    assert.match(runtime.err, /plan +update hello: runtime nodejs24\.x → nodejs22\.x/)
    const kept = await mayfly(['deploy', 'hello', '-C', sources, '--json'], env)
    assert.deepEqual((JSON.parse(kept.out) as Record<string, unknown>)['plan'], ['unchanged'])

    writeFileSync(join(sources, 'hello', 'index.ts'), HELLO.replace("'calm'", "'loud'"))
    const changed = await mayfly(['deploy', 'hello', '-C', sources, '--json'], env)
    const { build, plan } = JSON.parse(changed.out) as Record<string, unknown>
    assert.deepEqual([build, plan], ['rebuilt', ['update-code']])
    const { out } = await mayfly(['invoke', 'hello', '-p', '{"name":"Ada"}'], env)
    assert.deepEqual(JSON.parse(out), { hello: 'Ada', tone: 'loud', colour: 'green' })
  })

  test('a dry run says the plan and does nothing', async () => {
    const { code, out, err } = await mayfly(
      ['deploy', 'hello', '-C', sources, '--name', 'other', '--dry-run', '--json'],
      env,
    )
    assert.equal(code, 0, err)
    assert.deepEqual((JSON.parse(out) as Record<string, unknown>)['plan'], ['create'])
    assert.equal((await mayfly(['invoke', 'other'], env)).code, 5)
  })

  test('tenant isolation: made with the function, and every call names its tenant', async () => {
    const wanted = ['deploy', 'hello', '-C', sources, '--name', 'rented', '--tenant-isolation']
    const { code, err } = await mayfly(wanted, env)
    assert.equal(code, 0, err)
    assert.match(err, /plan +create function rented, with an instance for each tenant/)
    assert.match(err, /try it: mayfly invoke rented --tenant-id <tenant>/)
    assert.deepEqual(JSON.parse((await mayfly([...wanted, '--json'], env)).out).plan, ['unchanged'])
    const call = ['invoke', 'rented', '-p', '{"name":"Ada"}']
    const answered = await mayfly([...call, '--tenant-id', 'blue'], env)
    assert.equal(JSON.parse(answered.out).hello, 'Ada')
    const nameless = await mayfly(call, env)
    assert.equal(nameless.code, 1)
    assert.match(nameless.err, /Add a valid tenant ID in your request and try again/)
    const late = await mayfly(['deploy', 'hello', '-C', sources, '--tenant-isolation'], env)
    assert.equal(late.code, 7)
    assert.match(late.err, /hello was made without tenant isolation/)
  })

  test('durable: a role that may make checkpoints; executions are begun, listed, shown and stopped', async () => {
    symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(sources, 'order', 'node_modules'))
    const wanted = ['deploy', 'order', '-C', sources, '--durable', '10m']
    const { code, err } = await mayfly(wanted, env)
    assert.equal(code, 0, err)
    assert.match(err, /create role mayfly-durable-function, which may write logs and make checkpoints/)
    const longer = await mayfly([...wanted.slice(0, -1), '20m', '--dry-run'], env)
    assert.match(longer.err, /update order: durable 600 → 1200/)
    const call = ['invoke', 'order', '--execution-name', 'order-1', '-p', '{"price":21,"waitS":1}']
    assert.deepEqual(JSON.parse((await mayfly(call, env)).out), { paid: 42 })
    const again = JSON.parse((await mayfly([...call, '--json'], env)).out)
    assert.deepEqual([again.payload, /\/order-1\//.test(again.executionArn)], [{ paid: 42 }, true])
    const begun = await mayfly(['invoke', 'order', '--async', '-p', '{"price":1,"waitS":500}'], env)
    assert.match(begun.err, /began arn:aws:lambda:.*:function:order:\$LATEST\/durable-execution\//)

    const shown = await mayfly(['executions', 'order', 'order-1'], env)
    assert.match(shown.err, /SUCCEEDED \d\.\d{3} s {2}arn:aws:lambda:/)
    const lines = shown.out.trimEnd().split('\n')
    assert.match(lines[0] ?? '', /^ +0\.000 s {2}ExecutionStarted +\{"price":21,"waitS":1\}$/)
    assert.match(shown.out, /StepSucceeded +pay {2}42\n/)
    assert.match(shown.out, /WaitStarted +rest {2}1 s\n/)
    const running = await mayfly(['executions', 'order', '--status', 'running', '--json'], env)
    const [{ DurableExecutionArn: arn } = assert.fail()] = JSON.parse(running.out).executions
    assert.equal((await mayfly(['executions', 'order', arn, '--stop'], env)).code, 0)
    const list = await mayfly(['executions', 'order'], env)
    assert.match(list.out, /^EXECUTION +STATUS +STARTED +TOOK\n\S+ +STOPPED .* s\norder-1 +SUCCEEDED .* s\n$/)
    assert.match((await mayfly(['executions', 'order', 'nobody'], env)).err, /order has no execution nobody/)
    assert.equal((await mayfly(['executions', 'order', '--stop'], env)).code, 2)

    assert.equal((await mayfly([...wanted.slice(0, -1), '1d'], env)).code, 0)
    const tooLong = await mayfly(call.slice(0, 2), env)
    assert.match(tooLong.err, /executionTimeout greater than 15 minutes[\s\S]*Begin it and do not wait: --async/)
    assert.match(
      (await mayfly(['deploy', 'hello', '-C', sources, '--durable', '1h'], env)).err,
      /hello was made without durable/,
    )
  })

  test('invoke: the result alone on standard output, the log on standard error', async () => {
    const { code, out, err } = await mayfly(['invoke', 'hello', '--payload', '-'], env, '{"name":"Grace"}')
    assert.equal(code, 0, err)
    assert.equal((JSON.parse(out) as { hello: string }).hello, 'Grace')
    assert.match(err, /INFO\tgreeting Grace/)
    assert.match(err, /REPORT RequestId: /)
    assert.equal((await mayfly(['invoke', 'hello', '-q', '-p', '{"name":"x"}'], env)).err, '')
  })

  test('a function error: 1 and where it was thrown; 0 with --allow-error', async () => {
    const fail = ['invoke', 'hello', '-p', '{"name":"x","fail":true}']
    const failed = await mayfly([...fail, '--json'], env)
    assert.equal(failed.code, 1)
    const object = JSON.parse(failed.out) as { functionError: string; error: Record<string, unknown> }
    assert.equal(object.functionError, 'Unhandled')
    assert.equal(object.error['code'], 'MF3001')
    assert.match(String(object.error['message']), /hello failed: RangeError: asked to fail/)
    assert.match(String(object.error['why']), /thrown at .*index\.ts:6:/)
    const allowed = await mayfly([...fail, '--allow-error'], env)
    assert.equal(allowed.code, 0)
    assert.match(allowed.out, /"errorType":"RangeError"/)
  })

  test('asynchronous: queued, and its lines come in the log', async () => {
    const { code, out } = await mayfly(['invoke', 'hello', '--async', '--json', '-p', '{"name":"later"}'], env)
    assert.equal(code, 0)
    assert.equal((JSON.parse(out) as { status: number }).status, 202)
    const follow = new RunningCommand(['logs', 'hello', '--follow', '--json'], env)
    cleanup.after(async () => void (await follow.end()))
    const line = JSON.parse(await follow.line(/greeting later/)) as Record<string, unknown>
    assert.equal(line['schemaVersion'], 1)
    assert.match(String(line['timestamp']), /^\d{4}-\d\d-\d\dT/)
    assert.equal(await follow.end('SIGINT'), 130)
  })

  test('logs: to the end, filtered, and no line twice', async () => {
    const { code, out } = await mayfly(['logs', 'hello', '--filter', 'greeting', '--json'], env)
    assert.equal(code, 0)
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { message: string; eventId: string })
    assert.ok(lines.length > 0)
    for (const { message } of lines) assert.match(message, /greeting/)
    assert.equal(new Set(lines.map(({ eventId }) => eventId)).size, lines.length)
  })

  test('python: the folder without its secrets', NEEDS_PYTHON, async () => {
    const deployed = await mayfly(['deploy', 'snake', '-C', sources, '--json'], env)
    assert.equal(deployed.code, 0, deployed.err)
    assert.match(deployed.err, /using +snake\/app\.py \(python3\.\d+, handler app\.handler\)/)
    assert.match(deployed.err, /, 1 files/)
    const { code, out, err } = await mayfly(['invoke', 'snake', '-p', '{"name":"Eve"}'], env)
    assert.equal(code, 0, err)
    assert.deepEqual(JSON.parse(out), { hiss: 'Eve' })
  })

  test('logs of all functions, each line with its function', NEEDS_PYTHON, async () => {
    const { code, out } = await mayfly(['logs'], env)
    assert.equal(code, 0)
    assert.match(out, /^\S+ hello .*greeting Ada$/m)
    assert.match(out, /^\S+ snake snake Eve$/m)
    const times = out.match(/^\S+/gm) ?? []
    assert.deepEqual(times, times.toSorted())
  })

  test('rules: what goes from the buses where', async () => {
    const { credentialsFile } = JSON.parse(server.command.out[0] ?? '') as { readonly credentialsFile: string }
    const credentials = await readKeys(credentialsFile)
    const client = new EventBridgeClient({ endpoint: server.endpoint, region: 'us-east-1', credentials })
    const EventPattern = '{"source":["shop"]}'
    const Arn = 'arn:aws:sqs:us-east-1:000000000000:orders'
    await client.send(new PutRuleCommand({ Name: 'orders', EventPattern }))
    await client.send(new PutTargetsCommand({ Rule: 'orders', Targets: [{ Id: '1', Arn }] }))
    await client.send(
      new PutRuleCommand({ Name: 'nightly', ScheduleExpression: 'cron(0 2 * * ? *)', State: 'DISABLED' }),
    )
    client.destroy()
    const { code, out, err } = await mayfly(['rules'], env)
    assert.equal(code, 0, err)
    assert.deepEqual(out.trim().split('\n'), [
      'DISABLED  default/nightly  cron(0 2 * * ? *) -> -',
      `ENABLED  default/orders  ${EventPattern} -> sqs:us-east-1:000000000000:orders`,
    ])
    const asJson = JSON.parse((await mayfly(['rules', 'default', '--json'], env)).out) as {
      readonly rules: readonly { readonly Name: string; readonly Targets: readonly string[] }[]
    }
    assert.deepEqual(
      asJson.rules.map(({ Name, Targets }) => [Name, Targets]),
      [
        ['nightly', []],
        ['orders', [Arn]],
      ],
    )
    assert.equal((await mayfly(['rules', 'nowhere'], env)).code, 5)
  })

  test('not found: 5; denied: 6, with the way to the key; refused: 1', async () => {
    const missing = await mayfly(['invoke', 'nobody'], env)
    assert.equal(missing.code, 5)
    assert.match(
      missing.err,
      /MF2101 — ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody/,
    )
    assert.equal((await mayfly(['logs', 'nobody'], env)).code, 5)

    const wrong = await mayfly(['invoke', 'hello'], {
      ...env,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    })
    assert.equal(wrong.code, 6)
    assert.match(
      wrong.err,
      /MF2102 — [^\n]+\n {2}why: The request was signed with environment\.\n {2}fix: Use the key in/,
    )

    const refused = await mayfly(['deploy', 'hello', '-C', sources, '--name', 'bad name!'], env)
    assert.equal(refused.code, 1)
    assert.match(refused.err, /MF2104 — ValidationException: /)
  })

  test('a server that verifies signatures cannot be reset', async () => {
    const { code, err } = await mayfly(['reset'], env)
    assert.equal(code, 6)
    assert.match(err, /MF2102/)
  })

  test('the port and the data folder have one owner', async () => {
    const taken = await mayfly(['start', '--port', new URL(server.endpoint).port, '--data', join(sources, 'data')])
    assert.equal(taken.code, 7)
    assert.match(taken.err, /MF4001 — 127\.0\.0\.1:\d+ is in use/)
    const owned = await mayfly(['start', '--port', '0', '--data', server.dataFolder])
    assert.equal(owned.code, 1)
    assert.match(owned.err, /MF4002 — .*in use/)
  })

  test('SIGTERM drains and ends with 0, and the next start still has the function', async () => {
    assert.equal(await server.command.end('SIGTERM'), 0)
    const next = new RunningCommand(['start', '--port', '0', '--data', server.dataFolder, '--json'])
    cleanup.after(async () => void (await next.end()))
    const { endpoint } = JSON.parse(await next.line(/"event":"ready"/)) as { endpoint: string }
    const { code, out, err } = await mayfly(['invoke', 'hello', '-p', '{"name":"again"}'], {
      ...env,
      MAYFLY_ENDPOINT: endpoint,
    })
    assert.equal(code, 0, err)
    assert.match(out, /again/)
    assert.equal(await next.end('SIGTERM'), 0)
  })
})

test('a signal while the server is still starting ends it in order', async (t) => {
  const folder = folderWith(t, {})
  const command = new RunningCommand(['start', '--port', '0', '--data', join(folder, 'data'), '-v'])
  // The data folder is made early in the start; from then on signals are heard.
  while (!existsSync(join(folder, 'data'))) await sleep(1)
  assert.equal(await command.end('SIGTERM'), 0)
})
