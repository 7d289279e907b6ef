// Queues through HTTP beside another emulator (fauxqs), on SQLite and in memory, in turns within one run. Mayfly's every
// answer is on disk; nobody verifies signatures. Messages have 256 bytes.
//   send    SendMessage alone; the queue grows
//   cycle   messages that were sent, received and deleted, each by requests of its own
// And a queue of a million messages: what it costs in memory, and how long after SIGKILL the server gives the next one.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, startChild } from './floors/child.ts'
import { type Peer, startPeer } from './floors/peer.ts'
import { loadCycle, loadOperation, type QueueLoadResult } from './floors/queue-load.ts'
import type { BenchRow } from './row.ts'

const ROUNDS = 5
const SECONDS = 2
const CONNECTIONS = 32
const BODY = 'x'.repeat(256)
const MILLION = 1_000_000
const FILL_CONNECTIONS = 16
const FILL_SECONDS = 5

interface Server {
  readonly endpoint: string
  readonly name: string
}

type Work = (server: Server, queueUrl: string) => Promise<QueueLoadResult>

/** Rows: sends and cycles per second with their ratios to both peers, then the million. About two minutes. */
export async function run(): Promise<readonly BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-bench-sqs-'))
  const [child, disk, memory] = await Promise.all([
    startChild('queue-server.ts', [folder]),
    startPeer('fauxqs', 'disk'),
    startPeer('fauxqs', 'memory'),
  ])
  try {
    const servers = [
      { name: 'mayfly', endpoint: child.line },
      named('fauxqs on SQLite', disk),
      named('fauxqs in memory', memory),
    ]
    const send: Work = ({ endpoint }, queueUrl) =>
      loadOperation(
        'SendMessage',
        { MessageBody: BODY },
        { endpoint, queueUrl, connections: CONNECTIONS, seconds: SECONDS },
      )
    const cycle: Work = ({ endpoint }, queueUrl) =>
      loadCycle(BODY, { endpoint, queueUrl, connections: CONNECTIONS, seconds: SECONDS })
    const rows = [
      ...(await compare('send', send, servers, ['3', '0.45'])),
      ...(await compare('cycle of send, receive, delete', cycle, servers, ['3', '0.7'])),
    ]
    return [...rows, ...(await million())]
  } finally {
    await Promise.all([child.end(), disk.end(), memory.end()])
    await rm(folder, { recursive: true, force: true })
  }
}

function named(name: string, { endpoint }: Peer): Server {
  return { name, endpoint }
}

/** A fresh queue for each measurement: the peers become slower with what is queued, and that is not what is asked. */
async function compare(
  what: string,
  work: Work,
  servers: readonly Server[],
  targets: readonly string[],
): Promise<readonly BenchRow[]> {
  const rates: number[][] = servers.map(() => [])
  let p99 = 0
  for (let round = -1; round < ROUNDS; round++)
    for (const [index, server] of servers.entries()) {
      const queueUrl = await createQueue(server, `bench-${what.slice(0, 4)}-${round + 1}`)
      const { perSecond, p99Ms } = await work(server, queueUrl)
      await call(server, 'DeleteQueue', { QueueUrl: queueUrl })
      // The first round warms up.
      if (round >= 0) rates[index]?.push(perSecond)
      if (index === 0) p99 = Math.max(p99, p99Ms)
    }
  const [ours = [], ...others] = rates
  return others.map((theirs, index) => {
    const ratios = ours.map((rate, round) => rate / (theirs[round] ?? Number.NaN))
    return {
      name: `sqs: ${what}, c=${CONNECTIONS}`,
      value: median(ours),
      unit: '/s',
      ratio: median(ratios),
      floor: `${servers[index + 1]?.name} ${median(theirs).toFixed(0)}/s`,
      target: `>= ${targets[index]}`,
      note: `rounds ${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}, p99 ${p99.toFixed(1)} ms`,
    }
  })
}

async function million(): Promise<readonly BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-bench-sqs-'))
  let child = await startChild('queue-server.ts', [folder])
  try {
    const server = { name: 'mayfly', endpoint: child.line }
    const queueUrl = await createQueue(server, 'million')
    const entries = Array.from({ length: 10 }, (_, index) => ({ Id: String(index), MessageBody: BODY }))
    await call(server, 'SendMessageBatch', { QueueUrl: queueUrl, Entries: entries })
    const warmUp = await loadOperation(
      'GetQueueUrl',
      { QueueName: 'million' },
      { ...server, queueUrl, connections: 8, seconds: 2 },
    )
    const beforeMb = await rssMb(child)
    while ((await queued(server, queueUrl)) < MILLION)
      await loadOperation(
        'SendMessageBatch',
        { Entries: entries },
        { ...server, queueUrl, connections: FILL_CONNECTIONS, seconds: FILL_SECONDS },
      )
    const grownMb = (await rssMb(child)) - beforeMb
    const count = await queued(server, queueUrl)
    process.kill(child.pid, 'SIGKILL')
    await child.end()
    const beganMs = performance.now()
    child = await startChild('queue-server.ts', [folder])
    const again = { name: 'mayfly', endpoint: child.line }
    const startedMs = performance.now() - beganMs
    const received = await call(again, 'ReceiveMessage', { QueueUrl: `${again.endpoint}/000000000000/million` })
    const servingMs = performance.now() - beganMs
    if (!JSON.stringify(received).includes(BODY)) throw new Error('the queue gave nothing after its restart')
    const note = `${count.toLocaleString('en')} messages of 256 bytes`
    return [
      {
        name: 'sqs: 1 M queued, RSS growth',
        value: grownMb,
        unit: 'MB',
        target: '<= 300',
        note: `${note}; idle rate ${warmUp.perSecond.toFixed(0)}/s`,
      },
      {
        name: 'sqs: 1 M queued, SIGKILL to the next message',
        value: servingMs,
        unit: 'ms',
        target: '<= 5000',
        note: `server up after ${startedMs.toFixed(0)} ms`,
      },
      { name: 'sqs: 1 M queued, RSS after the restart', value: await rssMb(child), unit: 'MB' },
    ]
  } finally {
    await child.end()
    await rm(folder, { recursive: true, force: true })
  }
}

async function queued(server: Server, QueueUrl: string): Promise<number> {
  const answer = await call(server, 'GetQueueAttributes', { QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] })
  const { Attributes: attributes } = answer as { Attributes?: Record<string, string> }
  return Number(attributes?.['ApproximateNumberOfMessages'])
}

async function createQueue(server: Server, QueueName: string): Promise<string> {
  const { QueueUrl } = (await call(server, 'CreateQueue', { QueueName })) as { QueueUrl: string }
  return QueueUrl
}

async function call({ endpoint }: Server, operation: string, input: object): Promise<unknown> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${operation}`,
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=00',
      'x-amz-date': '20260101T000000Z',
    },
    body: JSON.stringify(input),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${operation}: ${response.status} ${text}`)
  return text === '' ? {} : JSON.parse(text)
}

async function rssMb({ pid }: Child): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
}
