// DynamoDB over a store in memory, without HTTP: for models, crashes and clocks that are moved by hand.
import { ManualClock, type Clock } from '../../src/base/clock.ts'
import { newRequestId, seededRandom } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import { EncodedJson } from '../../src/protocol/encoded-json.ts'
import type { Input, OperationName, Output, RequestContext } from '../../src/protocol/operation.ts'
import type { DynamoModule } from '../../src/services/dynamodb/model.ts'
import { createDynamoService, type DynamoService } from '../../src/services/dynamodb/service.ts'
import { createMemoryStore, type MemoryStore } from '../../src/storage/memory/memory-store.ts'

export interface DynamoWorld {
  readonly store: MemoryStore
  readonly service: DynamoService
  run<Op extends OperationName<DynamoModule>>(
    operation: Op,
    input: Partial<Input<DynamoModule, Op>>,
  ): Promise<Output<DynamoModule, Op>>
}

export interface WorldOptions {
  readonly store?: MemoryStore
  readonly clock?: Clock
}

/** A service; close it with `service.close()`. */
export function createWorld({
  store = createMemoryStore(),
  clock = new ManualClock(),
}: WorldOptions = {}): DynamoWorld {
  const service = createDynamoService({
    store,
    clock,
    random: seededRandom(1),
    log: silentLog,
    buckets: {
      put: async () => ({ kind: 'refused', code: 'NoSuchBucket', message: 'there are no buckets here' }),
      list: async () => ({ kind: 'refused', code: 'NoSuchBucket', message: 'there are no buckets here' }),
      read: async () => ({ kind: 'refused', code: 'NoSuchBucket', message: 'there are no buckets here' }),
    },
    endpoint: () => 'http://127.0.0.1:4566',
  })
  return {
    store,
    service,
    async run(operation, input) {
      const bound = service.operations.get(operation)
      // A copy, as a decoder would make one for each request. The cast: the table's types are the SDK's.
      return plain(await bound?.handle(structuredClone(input), contextOf(operation))) as never
    },
  }
}

/** What a client would read. */
function plain(value: unknown): unknown {
  if (value instanceof EncodedJson) return value.read()
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
}

function contextOf(operation: string): RequestContext {
  return {
    requestId: newRequestId(),
    service: 'dynamodb',
    operation,
    account: '000000000000',
    region: 'eu-west-1',
    principal: { kind: 'root', account: '000000000000', accessKeyId: '' },
    http: { method: 'POST', url: '/', headers: {}, host: '', remoteAddress: '' },
    signal: new AbortController().signal,
    setHeader() {},
    setStatus() {},
  }
}
