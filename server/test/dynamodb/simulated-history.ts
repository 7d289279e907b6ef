// One history of 16 clients against the service in this process, over a memory store that waits, refuses and crashes as the
// seed says. Half of the clients speak to a second service over the same store, as if on another node: they lose races.
import { systemClock } from '#base/clock.ts'
import { seededRandom } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { createDynamoService, type DynamoService } from '#services/dynamodb/service.ts'
import type { BucketPort } from '#services/dynamodb/bucket-port.ts'
import { createMemoryStore, type MemoryStore } from '#storage/memory/memory-store.ts'
import type { Commit, Store } from '#storage/store.ts'
import { findViolation } from './history.ts'
import { Recorder, REGISTERS, runClient, TABLE, type Call } from './history-clients.ts'

const CLIENTS = 16
const OPERATIONS = 10

const CONTEXT = {
  account: '000000000000',
  region: 'us-east-1',
} as const

class Node {
  readonly service: DynamoService

  constructor(store: Store, random: () => number) {
    this.service = createDynamoService({
      store,
      clock: systemClock,
      random,
      log: silentLog,
      endpoint: () => 'http://127.0.0.1',
      // Nothing is exported or imported here.
      buckets: {} as BucketPort,
    })
  }

  readonly call: Call = async (operation, input) => {
    const bound = this.service.operations.get(operation)
    if (bound === undefined) throw new TypeError(`no operation ${operation}`)
    const output = await bound.handle(structuredClone(input), CONTEXT as RequestContext)
    // As the wire would: items are told as JSON.
    return JSON.parse(JSON.stringify(output, (_, value: unknown) => plain(value))) as object
  }
}

function plain(value: unknown): unknown {
  const isEncoded = typeof value === 'object' && value !== null && 'read' in value && typeof value.read === 'function'
  return isEncoded ? (value.read as () => unknown).call(value) : value
}

export interface SimulatedHistory {
  readonly seed: number
  readonly violation: string | undefined
  readonly operations: number
  readonly refused: number
  readonly unknown: number
}

/** Loses the checks of commits: with such a store the histories must be found wanting. */
function careless(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (name === 'commit') return (commit: Commit) => target.commit({ ...commit, checks: [] })
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}

/** Runs and checks the history of a seed. */
export async function simulateHistory(seed: number, isCareless = false): Promise<SimulatedHistory> {
  const random = seededRandom(seed)
  const recorder = new Recorder()
  const steps = CLIENTS * OPERATIONS * 2
  const faults = {
    seed,
    delayMsMax: 0.3,
    conflictRate: 0.05,
    ...(random() < 0.5 && { crashAtStep: Math.ceil(random() * steps) }),
  }
  let store: MemoryStore = createMemoryStore()
  const first = new Node(store, random)
  await first.call('CreateTable', {
    TableName: TABLE,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  })
  await store.close()
  let hasCrashed = false
  const open = (): Node[] => {
    const used = isCareless ? careless(store) : store
    return [new Node(used, random), new Node(used, random)]
  }
  store = store.restart({ faults, onFatal: () => (hasCrashed = true) })
  let nodes = open()
  const call: (client: number) => Call = (client) => (operation, input) => {
    if (hasCrashed) {
      hasCrashed = false
      store = store.restart({ faults: { seed: seed + 1, delayMsMax: 0.3, conflictRate: 0.05 } })
      nodes = open()
    }
    const node = nodes[client % 2]
    if (node === undefined) throw new TypeError('no node')
    return node.call(operation, input)
  }
  await Promise.all(
    Array.from({ length: CLIENTS }, (_, client) =>
      runClient({
        call: call(client),
        random: seededRandom(seed * 1000 + client),
        client,
        operations: OPERATIONS,
        recorder,
      }),
    ),
  )
  const outcomes = recorder.history.map(({ action }) => (action.kind === 'write' ? action.outcome : 'read'))
  return {
    seed,
    violation: findViolation(recorder.history, REGISTERS),
    operations: outcomes.length,
    refused: outcomes.filter((outcome) => outcome === 'refused').length,
    unknown: outcomes.filter((outcome) => outcome === 'unknown').length,
  }
}

/** The histories of several seeds, a few at a time: they mostly wait. */
export async function simulateHistories(first: number, count: number): Promise<readonly SimulatedHistory[]> {
  const histories: SimulatedHistory[] = []
  for (let seed = first; seed < first + count; seed += AT_ONCE) {
    const seeds = Array.from({ length: Math.min(AT_ONCE, first + count - seed) }, (_, index) => seed + index)
    histories.push(...(await Promise.all(seeds.map((one) => simulateHistory(one)))))
  }
  return histories
}

const AT_ONCE = 10
