// Every operation of S3 that is built, with its errors, through the SDK for JavaScript, boto3 and awscli (tour-steps.ts).
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as sdk from '@aws-sdk/client-s3'
import { OPERATION_TABLES } from '../../../tools/operation-tables.ts'
import { openServer, REGION, type TestServer } from '../conformance/server-kit.ts'
import { moduleOf } from '../protocol/sdk-exchange.ts'
import { type Step, tourSteps } from './tour-steps.ts'

const PYTHON = '/usr/bin/python3'
const TOUR_MS_MAX = 240_000
/** Of our models, but newer than Debian's clients. */
const UNKNOWN_TO_DEBIAN: ReadonlySet<string> = new Set(['RenameObject'])

let server: TestServer

before(async () => {
  server = await openServer({ readyCells: {} })
})
after(() => server[Symbol.asyncDispose]())

interface Outcome {
  readonly code: string
  readonly values?: Readonly<Record<string, unknown>>
}

function judge(steps: readonly Step[], outcomes: readonly Outcome[]): void {
  const wrong: string[] = []
  for (const [index, { operation, input, code, has = {} }] of steps.entries()) {
    const outcome = outcomes[index]
    if (outcome?.code === 'unknown' && UNKNOWN_TO_DEBIAN.has(operation)) continue
    const told = `${index} ${operation} ${JSON.stringify(input).slice(0, 200)}`
    if (outcome?.code !== code) wrong.push(`${told}: ${code} was expected, not ${outcome?.code}`)
    else
      for (const [path, value] of Object.entries(has))
        if (outcome.values?.[path] !== value)
          wrong.push(`${told}: ${path} is ${JSON.stringify(outcome.values?.[path])}, not ${JSON.stringify(value)}`)
  }
  assert.deepEqual(wrong, [])
}

function found(answer: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (at, name) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined),
      answer,
    )
}

function resolved(value: unknown, kept: ReadonlyMap<string, unknown>): unknown {
  if (typeof value === 'string' && value.startsWith('$')) return kept.get(value.slice(1))
  if (Array.isArray(value)) return value.map((one) => resolved(one, kept))
  if (typeof value !== 'object' || value === null) return value
  if ('$date' in value) return new Date(String(value.$date))
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, resolved(member, kept)]))
}

async function readPayload(payload: AsyncIterable<sdk.SelectObjectContentEventStream>): Promise<string> {
  let text = ''
  for await (const event of payload) if (event.Records?.Payload) text += Buffer.from(event.Records.Payload).toString()
  return text
}

async function sendWithSdk(
  client: sdk.S3Client,
  { operation, input, has = {}, keep = {} }: Step,
  kept: Map<string, unknown>,
): Promise<Outcome> {
  const Command = moduleOf('s3')[`${operation}Command`] as new (input: unknown) => never
  try {
    const answer: Record<string, unknown> = { ...(await client.send(new Command(resolved(input, kept)))) }
    if (operation === 'GetObject')
      answer['Body'] = await (answer['Body'] as { transformToString(): Promise<string> }).transformToString()
    if (operation === 'SelectObjectContent')
      answer['Payload'] = await readPayload(answer['Payload'] as AsyncIterable<sdk.SelectObjectContentEventStream>)
    for (const [name, path] of Object.entries(keep)) kept.set(name, found(answer, path))
    return { code: 'ok', values: Object.fromEntries(Object.keys(has).map((path) => [path, found(answer, path)])) }
  } catch (error) {
    if (!(error instanceof sdk.S3ServiceException)) throw error
    // An answer without a body has no code; the SDK then says that it knows none.
    const { httpStatusCode } = error.$metadata
    const unnamed = error.name === 'Unknown' || /^\d+$/.test(error.name)
    return { code: unnamed ? (httpStatusCode === 403 ? 'Forbidden' : String(httpStatusCode)) : error.name }
  }
}

test('the tour uses every operation that is built, and an error of each', () => {
  const table = OPERATION_TABLES.s3 ?? {}
  const built = Object.entries(table).flatMap(([name, row]) => (row.handle === 'notImplemented' ? [] : [name]))
  const steps = tourSteps('any')
  const good = new Set(steps.filter(({ code }) => code === 'ok').map(({ operation }) => operation))
  const bad = new Set(steps.filter(({ code }) => code !== 'ok').map(({ operation }) => operation))
  assert.ok(built.length > 90)
  assert.deepEqual(
    built.filter((name) => !good.has(name)),
    [],
  )
  assert.deepEqual(
    built.filter((name) => !bad.has(name) && name !== 'ListBuckets'),
    [],
  )
})

test('the SDK for JavaScript takes the tour', async () => {
  const client = new sdk.S3Client(server.sdk)
  const steps = tourSteps('tour-sdk')
  const kept = new Map<string, unknown>()
  const outcomes: Outcome[] = []
  for (const step of steps) outcomes.push(await sendWithSdk(client, step, kept))
  client.destroy()
  judge(steps, outcomes)
})

for (const name of ['boto3', 'awscli'] as const)
  test(`${name} takes the tour`, { skip: existsSync(PYTHON) ? false : 'python3 is not installed' }, async () => {
    const steps = tourSteps(`tour-${name}`)
    const file = join(server.folder, `${name}.json`)
    await writeFile(file, JSON.stringify(steps))
    judge(steps, await runPython(name, file))
  })

function runPython(client: string, file: string): Promise<readonly Outcome[]> {
  const script = fileURLToPath(new URL('tour-clients.py', import.meta.url))
  const env = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    AWS_ACCESS_KEY_ID: server.keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.keys.secretAccessKey,
    AWS_DEFAULT_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
    ENDPOINT: server.endpoint,
  }
  return new Promise((resolve, reject) => {
    execFile(PYTHON, [script, client, file], { env, timeout: TOUR_MS_MAX }, (error, stdout, stderr) => {
      if (error) return reject(new Error(`${client}: ${stderr}`, { cause: error }))
      resolve(
        stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Outcome),
      )
    })
  })
}
