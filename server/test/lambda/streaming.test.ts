// Answers that leave while they are made, in real cells, through the SDK.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { InvokeCommand, InvokeWithResponseStreamCommand } from '@aws-sdk/client-lambda'
import { deploy, startTestServer, type TestServer } from './server-fixture.ts'
import { zipOf } from './zip-file.ts'

let world: TestServer
before(async () => {
  world = await startTestServer()
  await deploy(world.client, 'stream', SOURCE, { Timeout: 5, MemorySize: 512 })
})
after(() => world.close())

const SOURCE = `
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
const pause = (ms) => new Promise((done) => setTimeout(done, ms))
export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
  console.log('for', event.kind)
  if (event.kind === 'early') throw new Error('before the first part')
  if (event.kind === 'empty') return
  if (event.kind === 'pipe') return await pipeline(Readable.from(['one ', 'two ', context.functionName]), stream)
  if (event.kind === 'big') {
    for (let n = 0; n < event.megabytes; n++) if (!stream.write(Buffer.alloc(1024 * 1024, n))) await new Promise((done) => stream.once('drain', done))
    stream.end()
    return
  }
  stream.setContentType('text/plain')
  stream.write('first ')
  await pause(event.pauseMs ?? 300)
  if (event.kind === 'late') throw new Error('after the first part')
  if (event.kind === 'slow') await pause(60_000)
  if (event.kind === 'exit') process.exit(7)
  stream.write('second')
  stream.end()
})
export const plain = async () => ({ all: 'at once' })
`

interface Streamed {
  readonly parts: readonly { readonly text: string; readonly atMs: number }[]
  readonly bytes: number
  readonly error: string | undefined
  readonly details: string | undefined
  readonly log: string
}

async function stream(event: object, FunctionName = 'stream'): Promise<Streamed> {
  const Payload = Buffer.from(JSON.stringify(event))
  const began = Date.now()
  const { EventStream } = await world.client.send(
    new InvokeWithResponseStreamCommand({ FunctionName, Payload, LogType: 'Tail' }),
  )
  const parts: { text: string; atMs: number }[] = []
  let bytes = 0
  for await (const { PayloadChunk, InvokeComplete } of EventStream ?? []) {
    bytes += PayloadChunk?.Payload?.length ?? 0
    if (PayloadChunk)
      parts.push({
        text: Buffer.from(PayloadChunk.Payload ?? [])
          .subarray(0, 100)
          .toString(),
        atMs: Date.now() - began,
      })
    if (InvokeComplete)
      return {
        parts,
        bytes,
        error: InvokeComplete.ErrorCode,
        details: InvokeComplete.ErrorDetails,
        log: Buffer.from(InvokeComplete.LogResult ?? '', 'base64').toString(),
      }
  }
  throw new Error('the stream ended without an end')
}

test('parts arrive while the function goes on, and the log is that of the whole invocation', async () => {
  // On a busy machine the first part may be looked at late: then the function makes a longer pause.
  for (const pauseMs of [300, 3000]) {
    const { parts, error, log } = await stream({ kind: 'parts', pauseMs })
    assert.deepEqual([parts.map(({ text }) => text), error], [['first ', 'second'], undefined])
    assert.match(log, /^START RequestId[^]*for parts\nEND RequestId/)
    assert.ok(Number(/\tDuration: ([\d.]+) ms/.exec(log)?.[1]) >= pauseMs, log)
    const [first, second] = parts
    if ((second?.atMs ?? 0) - (first?.atMs ?? 0) >= (pauseMs * 2) / 3) return
  }
  assert.fail('the first part came with the second one')
})

test('pipelines, empty answers, and functions that answer in one piece', async () => {
  const piped = await stream({ kind: 'pipe' })
  assert.equal(piped.parts.map(({ text }) => text).join(''), 'one two stream')
  const empty = await stream({ kind: 'empty' })
  assert.deepEqual([empty.bytes, empty.error], [0, undefined])
  await deploy(world.client, 'whole', SOURCE, { Handler: 'index.plain' })
  const whole = await stream({}, 'whole')
  assert.deepEqual(
    whole.parts.map(({ text }) => text),
    ['{"all":"at once"}'],
  )
})

test('failures before and after the first part, timeouts and ends of the process are told at the end', async () => {
  const early = await stream({ kind: 'early' })
  assert.deepEqual([early.bytes, early.error], [0, 'Unhandled'])
  assert.match(early.details ?? '', /before the first part/)
  const late = await stream({ kind: 'late' })
  assert.deepEqual([late.parts[0]?.text, late.error], ['first ', 'Unhandled'])
  assert.match(late.details ?? '', /after the first part/)
  const slow = await stream({ kind: 'slow' })
  assert.deepEqual([slow.parts.length, slow.error], [1, 'Unhandled'])
  assert.match(slow.details ?? '', /Task timed out after 5\.00 seconds/)
  const exit = await stream({ kind: 'exit' })
  assert.match(exit.details ?? '', /Runtime\.ExitError.*exit status 7/)
  assert.equal((await stream({ kind: 'parts' })).bytes, 12)
})

test('an answer far above the buffered limit streams; a buffered call of it is told that it is too large', async () => {
  const { bytes, error } = await stream({ kind: 'big', megabytes: 40 })
  assert.deepEqual([bytes, error], [40 * 1024 * 1024, undefined])
  const invoke = async (event: object): Promise<{ error: string | undefined; text: string }> => {
    const Payload = Buffer.from(JSON.stringify(event))
    const output = await world.client.send(new InvokeCommand({ FunctionName: 'stream', Payload }))
    return { error: output.FunctionError, text: output.Payload?.transformToString() ?? '' }
  }
  assert.deepEqual(await invoke({ kind: 'parts' }), { error: undefined, text: 'first second' })
  const large = await invoke({ kind: 'big', megabytes: 7 })
  assert.equal(large.error, 'Unhandled')
  assert.match(large.text, /Function\.ResponseSizeTooLarge/)
  assert.deepEqual(await invoke({ kind: 'parts' }), { error: undefined, text: 'first second' })
})

/** A program that posts its answer in parts: by fetch, whose parts leave at once; with trailers by node:http. */
const PROGRAM = `#!/run/mayfly/bin/node
const { request } = require('node:http')
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':')
const pause = (ms) => new Promise((done) => setTimeout(done, ms))
const api = '/2018-06-01/runtime/invocation/'
async function main() {
  for (;;) {
    const next = await fetch('http://' + process.env.AWS_LAMBDA_RUNTIME_API + api + 'next')
    const id = next.headers.get('lambda-runtime-aws-request-id')
    const { kind, megabytes = 0 } = await next.json()
    const headers = {
      'content-type': 'text/plain',
      'lambda-runtime-function-response-mode': 'streaming',
      'transfer-encoding': 'chunked',
      trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
    }
    const answer = request({ host, port, path: api + id + '/response', method: 'POST', headers })
    const over = new Promise((done) => { answer.once('response', (response) => response.resume().once('end', done)); answer.once('error', done) })
    for (let n = 0; n < megabytes; n++) if (!answer.write(Buffer.alloc(1024 * 1024, n))) await new Promise((done) => answer.once('drain', done))
    answer.write('first ')
    await pause(kind === undefined ? 1000 : 300)
    if (kind === 'cut') { answer.destroy(); await over; continue }
    answer.write('second')
    if (kind === 'fail') answer.addTrailers({
      'Lambda-Runtime-Function-Error-Type': 'Program.Failed',
      'Lambda-Runtime-Function-Error-Body': Buffer.from('{"errorMessage":"on the way"}').toString('base64'),
    })
    answer.end()
    await over
  }
}
main()
`

test('a program that speaks the Runtime API streams, fails on its way, and lets go', async () => {
  await deploy(world.client, 'program', '', {
    Runtime: 'provided.al2023',
    Timeout: 5,
    MemorySize: 512,
    Code: { ZipFile: zipOf([{ name: 'bootstrap', content: PROGRAM, mode: 0o100755 }]) },
  })
  const plain = await stream({}, 'program')
  assert.equal(plain.parts.map(({ text }) => text).join(''), 'first second')
  assert.ok((plain.parts.at(-1)?.atMs ?? 0) - (plain.parts[0]?.atMs ?? 0) >= 200, 'parts came apart')
  const failed = await stream({ kind: 'fail' }, 'program')
  assert.equal(failed.parts.map(({ text }) => text).join(''), 'first second')
  assert.deepEqual(JSON.parse(failed.details ?? ''), { errorType: 'Program.Failed', errorMessage: 'on the way' })
  const cut = await stream({ kind: 'cut' }, 'program')
  assert.equal(JSON.parse(cut.details ?? '').errorType, 'Runtime.TruncatedResponse')
  const large = await stream({ megabytes: 20 }, 'program')
  assert.deepEqual([large.bytes, large.error], [20 * 1024 * 1024 + 12, undefined])
  const whole = await world.client.send(new InvokeCommand({ FunctionName: 'program', Payload: Buffer.from('{}') }))
  assert.equal(whole.Payload?.transformToString(), 'first second')
})
