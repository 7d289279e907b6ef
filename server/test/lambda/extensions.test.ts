// The Extensions, Telemetry and Logs APIs, with extensions that come in layers, beside functions of every kind of runtime.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  type CreateFunctionCommandInput,
  DeleteProvisionedConcurrencyConfigCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { deploy, eventually, startTestServer, type TestServer } from './server-fixture.ts'
import { type ZipEntry, zipOf } from './zip-file.ts'

let world: TestServer
before(async () => {
  world = await startTestServer()
})
after(() => world.close())

/** What an extension in Node.js begins with: calls of the API, and its registration. */
const EXTENSION = `#!/run/mayfly/bin/node
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API
const name = require('node:path').basename(process.argv[1])
const say = (what, value) => console.log('[' + name + '] ' + what + ' ' + JSON.stringify(value))
const register = async (events, headers = {}) => {
  const response = await fetch(api + '/2020-01-01/extension/register', {
    method: 'POST', body: JSON.stringify({ events }), headers: { 'lambda-extension-name': name, ...headers } })
  return { id: response.headers.get('lambda-extension-identifier'), status: response.status, body: await response.json() }
}
const next = async (id) => (await fetch(api + '/2020-01-01/extension/event/next', { headers: { 'lambda-extension-identifier': id } })).json()
const put = async (path, id, body) => {
  const response = await fetch(api + path, { method: 'PUT', body: JSON.stringify(body), headers: { 'lambda-extension-identifier': id } })
  return [response.status, await response.text()]
}
const report = (kind, id, type, errorMessage) => fetch(api + '/2020-01-01/extension/' + kind + '/error', {
  method: 'POST', body: JSON.stringify({ errorMessage }), headers: { 'lambda-extension-identifier': id, 'lambda-extension-function-error-type': type } })
`

/** Tells every event, and ends with the last. */
const WATCHER = `${EXTENSION}
async function main() {
  const { id, body } = await register(['INVOKE', 'SHUTDOWN'], { 'lambda-extension-accept-feature': 'accountId' })
  say('registered', body)
  for (;;) {
    const event = await next(id)
    say('event', event)
    if (event.eventType === 'SHUTDOWN') return
  }
}
main()
`

async function layer(LayerName: string, extensions: Readonly<Record<string, string>>): Promise<string[]> {
  const entries: ZipEntry[] = Object.entries(extensions).map(([name, content]) => ({
    name,
    content,
    mode: name.endsWith('.txt') ? 0o100644 : 0o100755,
  }))
  const Content = { ZipFile: zipOf(entries) }
  const { LayerVersionArn } = await world.client.send(new PublishLayerVersionCommand({ LayerName, Content }))
  return [LayerVersionArn ?? '']
}

async function invoke(FunctionName: string, event: object = {}) {
  const Payload = Buffer.from(JSON.stringify(event))
  const { FunctionError, Payload: answer } = await world.client.send(new InvokeCommand({ FunctionName, Payload }))
  return { error: FunctionError, value: JSON.parse(answer?.transformToString() || 'null') }
}

const logOf = (name: string): Promise<string> => world.log(name)
const logWith = (name: string, ...wanted: readonly RegExp[]): Promise<string> => world.logWith(name, ...wanted)

/** Ends the instances: a change of the configuration retires them. */
async function retire(FunctionName: string): Promise<void> {
  await world.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description: 'changed' }))
}

const PYTHON = `
def handler(event, context):
    print("python at work")
    return {"n": event.get("n")}
`
const BOOTSTRAP = `#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while true; do
  event=$(curl -sS -D /tmp/headers "$api/invocation/next")
  id=$(grep -i lambda-runtime-aws-request-id /tmp/headers | tr -d '\\r' | cut -d' ' -f2)
  curl -sS -X POST "$api/invocation/$id/response" -d "$event" > /tmp/reply
done
`
const KINDS: Readonly<Record<string, Partial<CreateFunctionCommandInput>>> = {
  node: {
    Code: {
      ZipFile: zipOf({
        'index.mjs': 'export const handler = async ({ n }) => { console.log("at work"); return { n } }',
      }),
    },
  },
  python: { Runtime: 'python3.12', Code: { ZipFile: zipOf({ 'index.py': PYTHON }) } },
  program: {
    Runtime: 'provided.al2023',
    Code: { ZipFile: zipOf([{ name: 'bootstrap', content: BOOTSTRAP, mode: 0o100755 }]) },
  },
}

for (const [kind, settings] of Object.entries(KINDS))
  test(`an extension beside a ${kind} function hears of invocations and of the end`, async () => {
    const name = `watched-${kind}`
    await deploy(world.client, name, '', { ...settings, Layers: await layer(name, { 'extensions/watcher': WATCHER }) })
    assert.deepEqual(await invoke(name, { n: 1 }), { error: undefined, value: { n: 1 } })
    await logWith(name, /REPORT/)
    assert.deepEqual(await invoke(name, { n: 2 }), { error: undefined, value: { n: 2 } })
    await retire(name)
    const text = await logWith(name, /"shutdownReason":"spindown"/)
    const registered = {
      functionName: name,
      functionVersion: '$LATEST',
      handler: 'index.handler',
      accountId: '000000000000',
    }
    assert.ok(text.includes(`[watcher] registered ${JSON.stringify(registered)}`), text)
    assert.match(text, /EXTENSION\tName: watcher\tState: Ready\tEvents: \[INVOKE, SHUTDOWN\]/)
    const ids = [...text.matchAll(/START RequestId: (\S+)/g)].map(([, id]) => id)
    const events = [...text.matchAll(/\[watcher\] event (\{.*\})/g)].map(([, json]) => JSON.parse(json ?? ''))
    assert.deepEqual(
      events.map(({ eventType, requestId }) => [eventType, requestId]),
      [
        ['INVOKE', ids[0]],
        ['INVOKE', ids[1]],
        ['SHUTDOWN', undefined],
      ],
    )
    assert.equal(events[0].invokedFunctionArn, `arn:aws:lambda:us-east-1:000000000000:function:${name}`)
    assert.ok(events[0].deadlineMs > Date.now() - 60_000)
  })

test('the caller is answered before the extension is done, whose time counts', async () => {
  const slow = `${EXTENSION}
    async function main() {
      const { id } = await register(['INVOKE'])
      for (;;) {
        await next(id)
        await new Promise((done) => setTimeout(done, 700))
        say('late', 'work')
      }
    }
    main()`
  await deploy(world.client, 'overtime', 'export const handler = async () => "quick"', {
    Layers: await layer('overtime', { 'extensions/slow': slow }),
    Timeout: 5,
  })
  assert.deepEqual(await invoke('overtime'), { error: undefined, value: 'quick' })
  assert.doesNotMatch(await logOf('overtime'), /REPORT/)
  const text = await logWith('overtime', /REPORT/)
  assert.match(text, /\[slow\] late "work"\nEND RequestId/)
  const [, durationMs] = /REPORT .*\tDuration: ([\d.]+) ms/.exec(text) ?? []
  assert.ok(Number(durationMs) >= 650, durationMs)
  assert.deepEqual(await invoke('overtime'), { error: undefined, value: 'quick' })
})

test('the timeout counts for extensions too, which then hear of it', async () => {
  const source =
    'export const handler = async ({ slow }) => { if (slow) await new Promise((done) => setTimeout(done, 60_000)) }'
  await deploy(world.client, 'too-slow', source, {
    Layers: await layer('too-slow', { 'extensions/watcher': WATCHER }),
    Timeout: 1,
  })
  const { value } = await invoke('too-slow', { slow: true })
  assert.equal(value.errorType, 'Sandbox.Timedout')
  const text = await logWith('too-slow', /"shutdownReason":"timeout"/)
  assert.match(text, /Task timed out after 1\.00 seconds/)
  assert.equal((await invoke('too-slow', {})).error, undefined)
})

test('an extension that crashes, cannot start, or reports an error fails the function and says so', async () => {
  const broken = async (name: string, content: string, path = 'extensions/broken') => {
    const late = 'export const handler = () => new Promise((done) => setTimeout(done, 2_500))'
    await deploy(world.client, name, late, {
      Layers: await layer(name, { [path]: content }),
    })
    const { error, value } = await invoke(name)
    assert.equal(error, 'Unhandled')
    return `${value.errorType}: ${value.errorMessage}`.replace(/RequestId: \S+ /, '')
  }
  assert.equal(await broken('crash', '#!/bin/sh\nexit 3'), 'Extension.Crash: Error: exit status 3 (extension broken)')
  assert.match(await broken('unrunnable', 'text', 'extensions/note.txt'), /^Extension\.LaunchError: Error: .*EACCES/)
  const report = (kind: string, events: string): string => `${EXTENSION}
    async function main() {
      const { id } = await register(${events})
      ${kind === 'exit' ? 'await next(id)' : ''}
      await report('${kind}', id, 'Extension.NoSettings', 'where are they')
      await new Promise((done) => setTimeout(done, 60_000))
    }
    main()`
  assert.equal(
    await broken('init-error', report('init', '[]')),
    'Extension.InitError: Error: extension broken reported Extension.NoSettings: where are they',
  )
  assert.match(await broken('exit-error', report('exit', '["INVOKE"]')), /^Extension\.ExitError: .*where are they/)
  assert.match(await logOf('exit-error'), /State: ExitError\tEvents: \[INVOKE\]\tError Type: Extension\.NoSettings/)
})

test('a function that crashes tells its extensions of the failure', async () => {
  await deploy(world.client, 'crashing', 'export const handler = async () => process.exit(7)', {
    Layers: await layer('crashing', { 'extensions/watcher': WATCHER }),
  })
  const { value } = await invoke('crashing')
  assert.match(value.errorMessage, /Runtime exited with error: exit status 7/)
  await logWith('crashing', /"shutdownReason":"failure"/)
})

test('what an extension may not do is refused', async () => {
  const rude = `${EXTENSION}
    async function main() {
      say('no id', (await fetch(api + '/2020-01-01/extension/event/next')).status)
      say('wrong id', await next('nobody'))
      say('wrong event', (await register(['EVERYTHING'])).status)
      const { id } = await register(['INVOKE'])
      say('twice', (await register(['INVOKE'])).body.errorType)
      say('nothing', (await fetch(api + '/2020-01-01/extension/nothing')).status)
      say('subscription', await put('/2022-07-01/telemetry', id, { types: [], buffering: { maxItems: 1 }, destination: { protocol: 'HTTP', URI: 'http://example.com:80' } }))
      await next(id)
      say('late', await put('/2022-07-01/telemetry', id, { types: ['platform'], destination: { protocol: 'TCP', port: 9 } }))
      await next(id)
    }
    main()`
  await deploy(world.client, 'rude', 'export const handler = async () => 1', {
    Layers: await layer('rude', { 'extensions/rude': rude }),
  })
  await invoke('rude')
  const text = await logWith('rude', /late/)
  assert.match(text, /no id 403\n.*wrong id .*Extension\.UnknownExtensionIdentifier.*\n.*wrong event 400\n/)
  assert.match(text, /twice "Extension\.AlreadyRegistered"\n.*nothing 404\n/)
  assert.match(
    text,
    /subscription \[400,"\{\\"errorType\\":\\"ValidationError\\",\\"errorMessage\\":\\"types should not be empty; buffering\.maxItems.*sandbox\.localdomain/,
  )
  assert.match(text, /late \[403,/)
})

test('an internal extension registers from the function’s own process; a wrapper script runs before it', async () => {
  const wrapper = '#!/bin/sh\nexport WRAPPED="by $1"\nexport _HANDLER=wrapped.handler\nexec "$@"\n'
  const source = `
    const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2020-01-01/extension'
    const register = (events) => fetch(api + '/register', { method: 'POST', headers: { 'lambda-extension-name': 'inside' }, body: JSON.stringify({ events }) })
    const refused = await (await register(['SHUTDOWN'])).json()
    const id = (await register(['INVOKE'])).headers.get('lambda-extension-identifier')
    const events = []
    const listen = async () => {
      for (;;) {
        const event = await (await fetch(api + '/event/next', { headers: { 'lambda-extension-identifier': id } })).json()
        events.push(event.eventType)
      }
    }
    listen()
    export const handler = async () => {
      await new Promise((done) => setTimeout(done, 100))
      return { events, refused: refused.errorType, wrapped: process.env.WRAPPED }
    }`
  const [wrapping = ''] = await layer('wrapper', { 'run-it': wrapper })
  await deploy(world.client, 'inner', '', {
    Code: { ZipFile: zipOf({ 'wrapped.mjs': source }) },
    Layers: [wrapping],
    Environment: { Variables: { AWS_LAMBDA_EXEC_WRAPPER: '/opt/run-it' } },
  })
  const { error, value } = await invoke('inner')
  assert.equal(error, undefined, JSON.stringify(value))
  assert.deepEqual(value, {
    events: ['INVOKE'],
    refused: 'Extension.InvalidEventType',
    wrapped: 'by /run/mayfly/bin/node',
  })
  await deploy(world.client, 'inner-python', '', {
    Runtime: 'python3.12',
    Code: {
      ZipFile: zipOf({ 'wrapped.py': 'import os\ndef handler(event, context):\n    return os.environ["WRAPPED"]\n' }),
    },
    Layers: [wrapping],
    Environment: { Variables: { AWS_LAMBDA_EXEC_WRAPPER: '/opt/run-it' } },
  })
  assert.match((await invoke('inner-python')).value, /^by .*python3/)
})

const SUBSCRIPTIONS = {
  telemetry: { path: '/2022-07-01/telemetry', schemaVersion: '2022-12-13' },
  logs: { path: '/2020-08-15/logs', schemaVersion: '2021-03-18' },
} as const

const DESTINATIONS = {
  HTTP: {
    destination: { protocol: 'HTTP', URI: 'http://sandbox.localdomain:8080' },
    listen: `require('node:http').createServer((request, response) => {
      let text = ''
      request.on('data', (chunk) => { text += chunk })
      request.on('end', () => { got.push(...JSON.parse(text)); response.end() })
    }).listen(8080, 'sandbox.localdomain', ready)`,
  },
  TCP: {
    destination: { protocol: 'TCP', port: 8081 },
    listen: `require('node:net').createServer((socket) => {
      let text = ''
      socket.on('data', (chunk) => { text += chunk })
      socket.on('end', () => got.push(...text.trim().split('\\n').map((line) => JSON.parse(line))))
    }).listen(8081, '127.0.0.1', ready)`,
  },
} as const

/** Subscribes by one of the two interfaces, and prints at its end what it got. */
function observer(
  by: keyof typeof SUBSCRIPTIONS,
  types: readonly string[],
  protocol: keyof typeof DESTINATIONS = 'HTTP',
): string {
  const { path, schemaVersion } = SUBSCRIPTIONS[by]
  const { destination, listen } = DESTINATIONS[protocol]
  return `${EXTENSION}
  const got = []
  const listening = new Promise((ready) => { ${listen} })
  async function main() {
    const { id } = await register(['INVOKE', 'SHUTDOWN'])
    await listening
    const order = ${JSON.stringify({ schemaVersion, types, buffering: { timeoutMs: 25 }, destination })}
    say('subscribed', await put('${path}', id, order))
    for (;;) {
      const event = await next(id)
      if (event.eventType === 'SHUTDOWN') break
    }
    for (const one of got) say('got', one)
  }
  main()`
}

function eventsGot(text: string): { readonly type: string; readonly record: Record<string, unknown> }[] {
  return [...text.matchAll(/\] got (\{.*\})/g)].map(([, json]) => JSON.parse(json ?? ''))
}

test('the Telemetry API tells what happens, from the start of the init on', async () => {
  const source =
    'export const handler = async ({ fail }) => { console.log("printed"); if (fail) throw new TypeError("no"); return "12345678" }'
  await deploy(world.client, 'observed', source, {
    Layers: await layer('observed', {
      'extensions/observer': observer('telemetry', ['platform', 'function', 'extension']),
    }),
  })
  await invoke('observed')
  // The instance takes the next one when its extension is done, too; before, another would.
  await logWith('observed', /REPORT/)
  await invoke('observed', { fail: true })
  await logWith('observed', /(REPORT[^]*){2}/)
  await retire('observed')
  const text = await logWith('observed', /got .*platform\.report[^]*platform\.report/)
  assert.match(text, /subscribed \[200,"\\"OK\\""\]/)
  const events = eventsGot(text)
  const types = events.map(({ type }) => type)
  // The extension may be ready before the function's runtime or after it.
  const ordered = types.filter((type) => type.startsWith('platform') && type !== 'platform.extension')
  const invocation = ['platform.start', 'platform.runtimeDone', 'platform.report']
  const init = [
    'platform.initStart',
    'platform.telemetrySubscription',
    'platform.initRuntimeDone',
    'platform.initReport',
  ]
  assert.deepEqual(ordered, [...init, ...invocation, ...invocation])
  const of = (type: string) => events.filter((event) => event.type === type).map(({ record }) => record)
  assert.deepEqual(
    of('platform.extension').map(({ state }) => state),
    ['Registered', 'Ready'],
  )
  const [initStart] = of('platform.initStart')
  assert.deepEqual([initStart?.['functionName'], initStart?.['initializationType']], ['observed', 'on-demand'])
  const ids = [...text.matchAll(/START RequestId: (\S+)/g)].map(([, id]) => id)
  const [first, second] = of('platform.runtimeDone')
  assert.deepEqual([first?.['requestId'], first?.['status']], [ids[0], 'success'])
  const { producedBytes } = (first?.['metrics'] ?? {}) as { readonly producedBytes?: number }
  assert.equal(producedBytes, '"12345678"'.length)
  assert.deepEqual([second?.['requestId'], second?.['status'], second?.['errorType']], [ids[1], 'error', 'TypeError'])
  const [report] = of('platform.report')
  const metrics = report?.['metrics'] as Record<string, number>
  const [, durationMs, billedMs, size] =
    /REPORT RequestId: \S+\tDuration: ([\d.]+) ms\tBilled Duration: (\d+) ms\tMemory Size: (\d+)/.exec(text) ?? []
  assert.deepEqual(
    [metrics['durationMs']?.toFixed(2), metrics['billedDurationMs'], metrics['memorySizeMB']],
    [durationMs, Number(billedMs), Number(size)],
  )
  const spansOf = ({ spans }: Record<string, unknown> = {}) =>
    ((spans ?? []) as readonly { readonly name: string; readonly durationMs: number }[]).map(({ name, durationMs }) => {
      assert.ok(durationMs >= 0)
      return name
    })
  assert.deepEqual(spansOf(first), ['responseLatency', 'responseDuration'])
  assert.deepEqual(spansOf(report), ['extensionOverhead'])
  assert.ok((metrics['initDurationMs'] ?? 0) > 0 && (metrics['maxMemoryUsedMB'] ?? 0) > 0)
  assert.ok(events.some(({ type, record }) => type === 'function' && JSON.stringify(record).endsWith('printed"')))
})

test('the Logs API and TCP destinations', async () => {
  await deploy(world.client, 'logged', 'export const handler = async () => { console.log("printed") }', {
    Layers: await layer('logged', { 'extensions/logger': observer('logs', ['platform', 'function'], 'TCP') }),
  })
  await invoke('logged')
  await logWith('logged', /REPORT/)
  await retire('logged')
  const events = eventsGot(await logWith('logged', /got .*platform\.report/))
  const types = new Set(events.map(({ type }) => type))
  for (const type of ['platform.logsSubscription', 'platform.start', 'platform.end', 'platform.report', 'function'])
    assert.ok(types.has(type), type)
  assert.ok(!types.has('platform.initStart'))
})

test('the Logs API tells faults: an exit, and the end of time', async () => {
  const Layers = await layer('faulty', { 'extensions/logger': observer('logs', ['platform']) })
  const fault = async (name: string, source: string): Promise<unknown> => {
    await deploy(world.client, name, `export const handler = async () => ${source}`, { Layers, Timeout: 1 })
    await invoke(name)
    const text = await logWith(name, /got .*platform\.fault/)
    const [, id = ''] = /START RequestId: (\S+)/.exec(text) ?? []
    const { record } = eventsGot(text).find(({ type }) => type === 'platform.fault') ?? {}
    return JSON.stringify(record).replace(id, 'ID')
  }
  assert.equal(
    await fault('exits', 'process.exit(7)'),
    JSON.stringify('RequestId: ID Error: Runtime exited with error: exit status 7\nRuntime.ExitError'),
  )
  assert.equal(
    await fault('lasts', 'new Promise((done) => setTimeout(done, 60_000))'),
    JSON.stringify('RequestId: ID Task timed out after 1.00 seconds'),
  )
})

test('an init that fails is reported with its error', async () => {
  await deploy(world.client, 'no-init', 'throw new TypeError("no settings")', {
    Layers: await layer('no-init', { 'extensions/observer': observer('telemetry', ['platform']) }),
  })
  await invoke('no-init')
  const events = eventsGot(await logWith('no-init', /got .*platform\.initReport/))
  const { record } = events.find(({ type }) => type === 'platform.initReport') ?? {}
  assert.deepEqual([record?.['status'], record?.['errorType']], ['error', 'TypeError'])
})

test('with provisioned concurrency the extension is ready before anybody calls', async () => {
  const source = 'export const handler = async () => process.env.AWS_LAMBDA_INITIALIZATION_TYPE'
  await deploy(world.client, 'prepared', source, {
    Layers: await layer('prepared', { 'extensions/observer': observer('telemetry', ['platform']) }),
  })
  await world.client.send(new PublishVersionCommand({ FunctionName: 'prepared' }))
  const config = { FunctionName: 'prepared', Qualifier: '1' }
  const wanted = { ...config, ProvisionedConcurrentExecutions: 1 }
  await world.client.send(new PutProvisionedConcurrencyConfigCommand(wanted))
  await eventually('it is provisioned', async () => {
    const { Status } = await world.client.send(new GetProvisionedConcurrencyConfigCommand(config))
    return Status === 'READY' ? true : undefined
  })
  const available = async (): Promise<true | undefined> => {
    const got = await world.client.send(new GetProvisionedConcurrencyConfigCommand(config))
    return got.AvailableProvisionedConcurrentExecutions === 1 ? true : undefined
  }
  // An instance of $LATEST, made ready at the same time, writes to the same log group.
  assert.match(await logWith('prepared:1', /State: Ready/), /EXTENSION\tName: observer\tState: Ready/)
  assert.doesNotMatch(await logOf('prepared:1'), /START RequestId/)
  for (let n = 0; n < 2; n++) {
    const { Payload } = await world.client.send(new InvokeCommand(config))
    assert.equal(Payload?.transformToString(), '"provisioned-concurrency"')
    await logWith('prepared:1', new RegExp(`(REPORT[^]*){${n + 1}}`))
    // The extension may still be at work: an invocation now would begin another instance.
    await eventually('it is free again', available)
  }
  await world.client.send(new DeleteProvisionedConcurrencyConfigCommand(config))
  const text = await logWith('prepared:1', /got .*platform\.report[^]*platform\.report/)
  assert.doesNotMatch(text.slice(text.indexOf('START RequestId')), /State: Ready/)
  const initStart = eventsGot(text).find(({ type }) => type === 'platform.initStart')
  assert.equal(initStart?.record['initializationType'], 'provisioned-concurrency')
})
