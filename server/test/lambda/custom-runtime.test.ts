// Functions on provided.al2 and provided.al2023: programs of any language that speak the Lambda Runtime API.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { InvokeCommand, type InvokeCommandInput } from '@aws-sdk/client-lambda'
import { deploy, startTestServer, type TestServer } from './server-fixture.ts'
import { zipOf } from './zip-file.ts'

let world: TestServer
before(async () => {
  world = await startTestServer({ asyncRetryDelaysMs: [30, 30] })
})
after(() => world.close())

/** A function whose `bootstrap` is this program. */
function deployProgram(name: string, bootstrap: string, more: object = {}): Promise<void> {
  const content = [{ name: 'bootstrap', content: bootstrap, mode: 0o100755 }]
  return deploy(world.client, name, '', { Runtime: 'provided.al2023', Code: { ZipFile: zipOf(content) }, ...more })
}

async function invoke(FunctionName: string, event: unknown, more: Partial<InvokeCommandInput> = {}) {
  const Payload = Buffer.from(JSON.stringify(event))
  const output = await world.client.send(new InvokeCommand({ FunctionName, Payload, ...more }))
  return { error: output.FunctionError, value: JSON.parse(output.Payload?.transformToString() || 'null') }
}

const SHELL = `#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
echo "init of $_HANDLER"
while true; do
  event=$(curl -sS -D /tmp/headers "$api/invocation/next")
  id=$(grep -i lambda-runtime-aws-request-id /tmp/headers | tr -d '\\r' | cut -d' ' -f2)
  echo "working on $event"
  curl -sS -X POST "$api/invocation/$id/response" -d "{\\"shell\\": $event, \\"id\\": \\"$id\\"}" > /tmp/reply
done
`

test('a shell script answers, again and again, and its output is in the log', async () => {
  await deployProgram('shell', SHELL, { Handler: 'any.thing' })
  const first = await invoke('shell', { n: 1 })
  assert.deepEqual([first.error, first.value.shell], [undefined, { n: 1 }])
  const second = await invoke('shell', { n: 2 })
  assert.deepEqual(second.value.shell, { n: 2 })
  assert.notEqual(first.value.id, second.value.id)
  const text = await world.logWith('shell', new RegExp(`REPORT RequestId: ${second.value.id}`))
  assert.match(text, /init of any\.thing\n/)
  assert.match(text, new RegExp(`START RequestId: ${first.value.id}.*\\nworking on {"n":1}\\nEND RequestId`))
})

/** A program in Node.js, of which a test chooses what it does with an event. */
const NODE = (onEvent: string): string => `#!/run/mayfly/bin/node
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime'
const post = (path, body, headers = {}) => fetch(api + path, { method: 'POST', body, headers })
async function main() {
  for (;;) {
    const next = await fetch(api + '/invocation/next')
    const id = next.headers.get('lambda-runtime-aws-request-id')
    const event = await next.json()
    ${onEvent}
  }
}
main()
`

test('the headers of an invocation, its errors and refused answers are those of the Runtime API', async () => {
  await deployProgram(
    'headers',
    NODE(`
      const wrong = await post('/invocation/other/response', '{}')
      const answer = {
        deadlineInMs: Number(next.headers.get('lambda-runtime-deadline-ms')) - Date.now(),
        arn: next.headers.get('lambda-runtime-invoked-function-arn'),
        client: next.headers.get('lambda-runtime-client-context'),
        trace: next.headers.get('lambda-runtime-trace-id'),
        wrong: [wrong.status, await wrong.json()],
        nothing: (await fetch(api + '/nothing')).status,
      }
      if (event.fail) await post('/invocation/' + id + '/error', JSON.stringify({ errorMessage: 'no', stackTrace: [] }), { 'lambda-runtime-function-error-type': 'Extension.Custom' })
      else await post('/invocation/' + id + '/response', JSON.stringify(answer))`),
    { Timeout: 10 },
  )
  const client = { custom: { a: 1 } }
  const ClientContext = Buffer.from(JSON.stringify(client)).toString('base64')
  const { value, error } = await invoke('headers', {}, { ClientContext })
  assert.equal(error, undefined)
  assert.ok(value.deadlineInMs > 0 && value.deadlineInMs <= 10_000)
  assert.equal(value.arn, 'arn:aws:lambda:us-east-1:000000000000:function:headers')
  assert.deepEqual(JSON.parse(value.client), client)
  assert.deepEqual(value.wrong, [400, { errorType: 'InvalidRequestID', errorMessage: 'Invalid request ID' }])
  assert.equal(value.nothing, 404)
  const failed = await invoke('headers', { fail: true })
  assert.equal(failed.error, 'Unhandled')
  assert.deepEqual(failed.value, { errorType: 'Extension.Custom', errorMessage: 'no', stackTrace: [] })
})

test('a program that ends, is too slow, or answers too much has AWS’s error, and the next call a new one', async () => {
  await deployProgram(
    'endings',
    NODE(`
      if (event.exit !== undefined) process.exit(event.exit)
      if (event.kill) process.kill(process.pid, 'SIGKILL')
      if (event.slow) await new Promise((done) => setTimeout(done, 60_000))
      const body = event.large ? Buffer.alloc(6 * 1024 * 1024 + 200, 'x') : JSON.stringify(process.pid)
      const reply = await post('/invocation/' + id + '/response', body)
      if (event.large) console.log('refused with', reply.status)`),
    { Timeout: 1 },
  )
  const ended = async (event: object): Promise<string> => {
    const { error, value } = await invoke('endings', event)
    assert.equal(error, 'Unhandled')
    return `${value.errorType}: ${value.errorMessage}`.replace(/RequestId: \S+ /, '')
  }
  assert.equal(await ended({ exit: 3 }), 'Runtime.ExitError: Error: Runtime exited with error: exit status 3')
  assert.match(await ended({ kill: true }), /Runtime exited with error: signal: killed/)
  assert.match(await ended({ slow: true }), /Sandbox\.Timedout: Error: Task timed out after 1\.00 seconds/)
  assert.match(await ended({ large: true }), /Function\.ResponseSizeTooLarge/)
  assert.equal((await invoke('endings', {})).error, undefined)
})

test('an init error is the program’s own document; a package without a bootstrap says so', async () => {
  await deployProgram(
    'badinit',
    `#!/run/mayfly/bin/node
     fetch('http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/init/error', {
       method: 'POST',
       body: JSON.stringify({ errorType: 'Config.Missing', errorMessage: 'no settings' }),
     }).then(() => process.exit(1))`,
  )
  const bad = await invoke('badinit', {})
  assert.deepEqual(bad.value, { errorType: 'Config.Missing', errorMessage: 'no settings' })
  await deploy(world.client, 'nobootstrap', '', {
    Runtime: 'provided.al2',
    Code: { ZipFile: zipOf({ 'readme.txt': 'nothing here' }) },
  })
  const none = await invoke('nobootstrap', {})
  assert.equal(none.value.errorType, 'Runtime.InvalidEntrypoint')
  assert.equal(none.value.errorMessage, "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")
  await deploy(world.client, 'notrunnable', '', {
    Runtime: 'provided.al2',
    Code: { ZipFile: zipOf([{ name: 'bootstrap', content: '#!/bin/sh', mode: 0o100644 }]) },
  })
  assert.match((await invoke('notrunnable', {})).value.errorMessage, /permission denied/)
})

test('a Java function without the runtime interface client is told what is missing', async () => {
  await deploy(world.client, 'javaless', '', {
    Runtime: 'java17',
    Handler: 'greet.Greeter::handleRequest',
    Code: { ZipFile: zipOf({ 'greet/Greeter.class': 'no class' }) },
  })
  const { value } = await invoke('javaless', {})
  assert.equal(value.errorType, 'Runtime.InvalidEntrypoint')
  assert.match(value.errorMessage, /aws-lambda-java-runtime-interface-client|There is no \/usr\/bin\/java/)
})
