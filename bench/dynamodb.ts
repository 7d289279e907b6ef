// Items through HTTP beside dynalite in memory, in turns within one run. Mayfly's every put and update is on disk when it
// is answered; nobody verifies signatures. Items have six attributes and about 400 bytes, 2,000 different ones in turns.
//   put                  PutItem over an item that is there with another value
//   get                  GetItem
//   conditional update   UpdateItem that adds one to a number if another attribute is there
// And how get and query change with the size of the table: `--items=10000000` (default 200,000) beside 10,000 items.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, startChild } from './floors/child.ts'
import { startPeer } from './floors/peer.ts'
import { treeCpuMs } from './floors/tree-cpu.ts'
import { loadBodies, type LoadResult } from './floors/wrk.ts'
import type { BenchRow } from './row.ts'

const ROUNDS = 5
const SECONDS = 2
const CONNECTIONS = 64
const KEYS = 2000
const SMALL_ITEMS = 10_000
const LARGE_ITEMS = Number(/--items=(\d+)/.exec(process.argv.join(' '))?.[1] ?? 200_000)
/** Items of one hash key: a query answers ten of them. */
const COLLECTION_ITEMS = 10
const BATCH_ITEMS = 25
const FILL_AT_ONCE = 8
const PROBES = 2000

type Values = Readonly<Record<string, unknown>>

interface Server {
  readonly endpoint: string
  readonly pid: number
}

/** Rows: three kinds of requests as ratios to dynalite, then latencies by size of the table. */
export async function run(): Promise<readonly BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-bench-dynamodb-'))
  const [child, peer] = await Promise.all([startChild('queue-server.ts', [folder]), startPeer('dynalite', 'memory')])
  try {
    const endpoints: readonly Server[] = [
      { endpoint: child.line, pid: child.pid },
      { endpoint: peer.endpoint, pid: peer.pid },
    ]
    for (const { endpoint } of endpoints) {
      await call(endpoint, 'CreateTable', schema('bench'))
      await settled(endpoint, 'bench')
      for (let at = 0; at < KEYS; at++) await call(endpoint, 'PutItem', { TableName: 'bench', Item: itemOf(at) })
    }
    const keys = Array.from({ length: KEYS }, (_, at) => at)
    const rows = [
      await compare(
        'put',
        'PutItem',
        ['y', 'z'].flatMap((letter) => keys.map((at) => ({ TableName: 'bench', Item: itemOf(at, letter) }))),
        endpoints,
        '1.0',
      ),
      await compare(
        'get',
        'GetItem',
        keys.map((at) => ({ TableName: 'bench', Key: keyOf(at) })),
        endpoints,
        '1.2',
      ),
      await compare('conditional update', 'UpdateItem', keys.map(updateOf), endpoints, '1.5'),
    ]
    return [...rows, ...(await growth(child))]
  } finally {
    await Promise.all([child.end(), peer.end()])
    await rm(folder, { recursive: true, force: true })
  }
}

function schema(name: string): Values {
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'customer', AttributeType: 'S' },
      { AttributeName: 'order', AttributeType: 'N' },
    ],
    KeySchema: [
      { AttributeName: 'customer', KeyType: 'HASH' },
      { AttributeName: 'order', KeyType: 'RANGE' },
    ],
  }
}

function keyOf(at: number): Values {
  const customer = Math.floor(at / COLLECTION_ITEMS)
  return { customer: { S: `customer-${customer}` }, order: { N: String(at % COLLECTION_ITEMS) } }
}

function itemOf(at: number, letter = 'x'): Values {
  return {
    ...keyOf(at),
    state: { S: 'shipped' },
    total: { N: '129.95' },
    visits: { N: '1' },
    notes: { S: letter.repeat(300) },
  }
}

function updateOf(at: number): Values {
  return {
    TableName: 'bench',
    Key: keyOf(at),
    UpdateExpression: 'SET visits = visits + :one',
    ConditionExpression: 'attribute_exists(notes) AND visits < :max',
    ExpressionAttributeValues: { ':one': { N: '1' }, ':max': { N: '100000000' } },
  }
}

function headersOf(operation: string): Readonly<Record<string, string>> {
  const date = '20260101'
  return {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `DynamoDB_20120810.${operation}`,
    'x-amz-date': `${date}T000000Z`,
    authorization: `AWS4-HMAC-SHA256 Credential=test/${date}/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=00`,
  }
}

async function call(endpoint: string, operation: string, input: Values): Promise<unknown> {
  const response = await fetch(endpoint, { method: 'POST', headers: headersOf(operation), body: JSON.stringify(input) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${operation}: ${text}`)
  return JSON.parse(text)
}

async function settled(endpoint: string, name: string): Promise<void> {
  for (;;) {
    if (JSON.stringify(await call(endpoint, 'DescribeTable', { TableName: name })).includes('"ACTIVE"')) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

interface Measured extends LoadResult {
  readonly cpuUs: number
}

/** In turns; a ratio is the median over the rounds. Wall time shows the disk and the machine too, CPU time does not. */
async function compare(
  what: string,
  operation: string,
  inputs: readonly Values[],
  servers: readonly Server[],
  target: string,
): Promise<BenchRow> {
  const bodies = inputs.map((input) => JSON.stringify(input))
  const measure = async ({ endpoint, pid }: Server): Promise<Measured> => {
    const beforeMs = treeCpuMs(pid) ?? Number.NaN
    const request = { url: `${endpoint}/`, method: 'POST', headers: headersOf(operation) }
    const result = await loadBodies(request, bodies, CONNECTIONS, SECONDS)
    return { ...result, cpuUs: (((treeCpuMs(pid) ?? Number.NaN) - beforeMs) * 1000) / result.requests }
  }
  const results: Measured[][] = servers.map(() => [])
  for (const server of servers) await measure(server)
  for (let round = 0; round < ROUNDS; round++)
    for (const [index, server] of servers.entries()) results[index]?.push(await measure(server))
  const [ours = [], theirs = []] = results
  const ratios = ours.map(({ perSecond }, round) => perSecond / (theirs[round]?.perSecond ?? Number.NaN))
  const p99Ms = Math.max(...ours.map(({ p99Us }) => p99Us)) / 1000
  const cpu = [ours, theirs].map((all) => median(all.map(({ cpuUs }) => cpuUs)).toFixed(0))
  return {
    name: `dynamodb: ${what}, c=${CONNECTIONS}`,
    value: median(ours.map(({ perSecond }) => perSecond)),
    unit: '/s',
    ratio: median(ratios),
    floor: `dynalite in memory ${median(theirs.map(({ perSecond }) => perSecond)).toFixed(0)}/s`,
    target: `>= ${target}`,
    note: `rounds ${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}, p99 ${p99Ms.toFixed(1)} ms, CPU ${cpu.join(' : ')} us/req`,
  }
}

async function growth(child: Child): Promise<readonly BenchRow[]> {
  const endpoint = child.line
  await fill(endpoint, 'small', SMALL_ITEMS)
  const beforeMb = await rssMb(child)
  await fill(endpoint, 'large', LARGE_ITEMS)
  const grownMb = (await rssMb(child)) - beforeMb
  const rows: BenchRow[] = []
  for (const [what, target] of [
    ['get', '<= 2'],
    ['query of 10 items', '<= 2'],
  ] as const) {
    const input = what === 'get' ? getOf : queryOf
    const operation = what === 'get' ? 'GetItem' : 'Query'
    // The first run over each warms up.
    await probe(endpoint, operation, () => input('small', SMALL_ITEMS))
    await probe(endpoint, operation, () => input('large', LARGE_ITEMS))
    const small = await probe(endpoint, operation, () => input('small', SMALL_ITEMS))
    const large = await probe(endpoint, operation, () => input('large', LARGE_ITEMS))
    rows.push({
      name: `dynamodb: ${what}, p99 at ${LARGE_ITEMS.toLocaleString('en')} items`,
      value: large * 1000,
      unit: 'us',
      ratio: large / small,
      floor: `at ${SMALL_ITEMS.toLocaleString('en')} items ${(small * 1000).toFixed(0)} us`,
      target,
    })
  }
  rows.push({
    name: `dynamodb: RSS growth while ${LARGE_ITEMS.toLocaleString('en')} items came`,
    value: grownMb,
    unit: 'MB',
    target: '<= 150',
  })
  return rows
}

async function fill(endpoint: string, name: string, items: number): Promise<void> {
  await call(endpoint, 'CreateTable', schema(name))
  await settled(endpoint, name)
  let next = 0
  const worker = async (): Promise<void> => {
    for (let at = next; at < items; at = next) {
      next += BATCH_ITEMS
      const puts = Array.from({ length: Math.min(BATCH_ITEMS, items - at) }, (_, index) => ({
        PutRequest: { Item: itemOf(at + index) },
      }))
      await call(endpoint, 'BatchWriteItem', { RequestItems: { [name]: puts } })
    }
  }
  await Promise.all(Array.from({ length: FILL_AT_ONCE }, worker))
}

function getOf(table: string, items: number): Values {
  return { TableName: table, Key: keyOf(Math.floor(Math.random() * items)) }
}

function queryOf(table: string, items: number): Values {
  const { customer } = keyOf(Math.floor(Math.random() * items))
  return {
    TableName: table,
    KeyConditionExpression: 'customer = :customer',
    ExpressionAttributeValues: { ':customer': customer },
  }
}

/** The 99th percentile of requests one after another, milliseconds. */
async function probe(endpoint: string, operation: string, input: () => Values): Promise<number> {
  const took: number[] = []
  for (let index = 0; index < PROBES; index++) {
    const body = input()
    const beganMs = performance.now()
    await call(endpoint, operation, body)
    took.push(performance.now() - beganMs)
  }
  return took.toSorted((left, right) => left - right)[Math.floor(PROBES * 0.99)] ?? Number.NaN
}

async function rssMb({ pid }: Child): Promise<number> {
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
}
