// From a message to the function: the time from the acknowledgement of SendMessage until the handler begins, messages one
// after the other on a quiet queue, and how many messages a second go through a mapping that has a backlog. In turns with
// it, the same function invoked directly: the time from the request until the handler begins.
import { readFile } from 'node:fs/promises'
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs'
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  GetEventSourceMappingCommand,
  InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda'
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { makeRole } from '../server/test/conformance/server-kit.ts'
import { zipOf } from '../server/test/lambda/zip-file.ts'
import { startChild } from './floors/child.ts'
import type { BenchRow } from './row.ts'

const ROUNDS = 5
const MESSAGES_PER_ROUND = 60
const WARM_UP = 20
const BACKLOG = 5000
const FUNCTION = 'esm-bench'

/** The monotonic clock is one for all processes of the machine. */
const HANDLER = `exports.handler = async (event) => {
  const at = process.hrtime.bigint()
  for (const { body } of event.Records) console.log('began ' + body + ' ' + at)
}`

interface Clients {
  readonly functions: LambdaClient
  readonly queues: SQSClient
  readonly logs: CloudWatchLogsClient
}

/** When something was asked for, and when it was acknowledged, by the name of the message. */
type Times = Map<string, { readonly beforeNs: bigint; readonly afterNs: bigint }>

export async function run(): Promise<readonly BenchRow[]> {
  const child = await startChild('mayfly-server.ts', ['1000'])
  const { endpoint, credentialsFile } = JSON.parse(child.line) as { endpoint: string; credentialsFile: string }
  const options = { endpoint, region: 'us-east-1', credentials: await credentialsIn(credentialsFile) }
  const clients: Clients = {
    functions: new LambdaClient(options),
    queues: new SQSClient(options),
    logs: new CloudWatchLogsClient(options),
  }
  try {
    const url = await setUp(clients, await makeRole({ sdk: options }, 'bench'))
    return [...(await latency(clients, url)), await throughput(clients, url)]
  } finally {
    await child.end()
  }
}

async function credentialsIn(file: string): Promise<{ accessKeyId: string; secretAccessKey: string }> {
  const text = await readFile(file, 'utf8')
  const value = (name: string): string => new RegExp(`${name}\\s*=\\s*(\\S+)`).exec(text)?.[1] ?? ''
  return { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') }
}

async function setUp({ functions, queues }: Clients, role: string): Promise<string> {
  await functions.send(
    new CreateFunctionCommand({
      FunctionName: FUNCTION,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: role,
      MemorySize: 256,
      Code: { ZipFile: zipOf({ 'index.js': HANDLER }) },
    }),
  )
  const { QueueUrl = '' } = await queues.send(new CreateQueueCommand({ QueueName: 'esm-bench' }))
  const { Attributes } = await queues.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))
  const { UUID } = await functions.send(
    new CreateEventSourceMappingCommand({ FunctionName: FUNCTION, EventSourceArn: Attributes?.['QueueArn'] }),
  )
  for (;;) {
    const { State } = await functions.send(new GetEventSourceMappingCommand({ UUID }))
    if (State === 'Enabled') return QueueUrl
  }
}

async function latency(clients: Clients, url: string): Promise<readonly BenchRow[]> {
  const { functions, queues, logs } = clients
  const send = (body: string): Promise<unknown> =>
    queues.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }))
  const invoke = (body: string): Promise<unknown> =>
    functions.send(
      new InvokeCommand({ FunctionName: FUNCTION, Payload: Buffer.from(JSON.stringify({ Records: [{ body }] })) }),
    )
  for (let n = 0; n < WARM_UP; n++) await timed(new Map(), `warm-${n}`, n % 2 === 0 ? send : invoke)
  const sent: Times = new Map()
  const invoked: Times = new Map()
  for (let round = 0; round < ROUNDS; round++)
    for (let n = 0; n < MESSAGES_PER_ROUND; n++) {
      await timed(sent, `sent-${round}-${n}`, send)
      await timed(invoked, `invoked-${round}-${n}`, invoke)
    }
  const began = await begunIn(logs, sent.size + invoked.size)
  const afterAck = sinceMs(sent, began, 'afterNs')
  const whole = sinceMs(sent, began, 'beforeNs')
  const direct = sinceMs(invoked, began, 'beforeNs')
  return [
    {
      name: 'queue to function, from the acknowledged send to the handler, p50',
      value: quantile(afterAck, 0.5),
      unit: 'ms',
      target: '<= 3 ms',
      note: `p99 ${quantile(afterAck, 0.99).toFixed(2)} ms; ${afterAck.length} messages`,
    },
    {
      name: 'queue to function, from the request to the handler, p50',
      value: quantile(whole, 0.5),
      unit: 'ms',
      ratio: quantile(whole, 0.5) / quantile(direct, 0.5),
      floor: `Invoke of the same function ${quantile(direct, 0.5).toFixed(2)} ms`,
      note: `p99 ${quantile(whole, 0.99).toFixed(2)} ms`,
    },
  ]
}

/** Waits a little afterwards, so that the queue is quiet again. */
async function timed(times: Times, name: string, work: (name: string) => Promise<unknown>): Promise<void> {
  const beforeNs = process.hrtime.bigint()
  await work(name)
  times.set(name, { beforeNs, afterNs: process.hrtime.bigint() })
  await new Promise((resolve) => setTimeout(resolve, 15))
}

/** When the handler began, by the name of the message, as it wrote it into its log. */
async function begunIn(logs: CloudWatchLogsClient, count: number): Promise<ReadonlyMap<string, bigint>> {
  for (;;) {
    const began = new Map<string, bigint>()
    const pages = paginateFilterLogEvents(
      { client: logs },
      { logGroupName: `/aws/lambda/${FUNCTION}`, filterPattern: 'began' },
    )
    for await (const { events = [] } of pages)
      for (const { message = '' } of events) {
        const [, name, at] = /began (\S+) (\d+)/.exec(message) ?? []
        if (name !== undefined && at !== undefined && !name.startsWith('warm')) began.set(name, BigInt(at))
      }
    if (began.size >= count) return began
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function sinceMs(times: Times, began: ReadonlyMap<string, bigint>, from: 'beforeNs' | 'afterNs'): readonly number[] {
  return [...times].map(([name, time]) => Number((began.get(name) ?? 0n) - time[from]) / 1e6)
}

async function throughput({ queues }: Clients, QueueUrl: string): Promise<BenchRow> {
  const startNs = process.hrtime.bigint()
  for (let n = 0; n < BACKLOG; n += 200)
    await Promise.all(
      Array.from({ length: 20 }, (_, batch) =>
        queues.send(
          new SendMessageBatchCommand({
            QueueUrl,
            Entries: Array.from({ length: 10 }, (_, index) => ({
              Id: String(index),
              MessageBody: `backlog-${n + batch * 10 + index}`,
            })),
          }),
        ),
      ),
    )
  const sentNs = process.hrtime.bigint()
  const AttributeNames = ['ApproximateNumberOfMessages' as const, 'ApproximateNumberOfMessagesNotVisible' as const]
  for (;;) {
    const { Attributes } = await queues.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }))
    if (AttributeNames.every((name) => Attributes?.[name] === '0')) break
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const seconds = Number(process.hrtime.bigint() - startNs) / 1e9
  return {
    name: `queue to function, ${BACKLOG} messages sent, handled and deleted`,
    value: BACKLOG / seconds,
    unit: 'msg/s',
    note: `sending alone took ${(Number(sentNs - startNs) / 1e6).toFixed(0)} ms`,
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
