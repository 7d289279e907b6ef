import type { DynamoService } from '#services/dynamodb/service.ts'
import { anyStored } from '#storage/any-stored.ts'
import { createBucketPort } from './bucket-port.ts'
import type { Part, Surroundings } from './part.ts'

/** How long after the start background work goes on: whoever started the server wants answers first. */
const WORK_AFTER_MS = 1000

export function dynamodbPart(around: Surroundings): Part {
  let opened: Promise<DynamoService> | undefined
  const used = Promise.withResolvers<void>()
  const open = (): Promise<DynamoService> => {
    used.resolve()
    return (opened ??= openDynamo(around))
  }
  return {
    services: {
      dynamodb: open,
      'dynamodb-streams': async () => {
        const { createDynamoStreamsService } = await import('#services/dynamodb/streams/service.ts')
        const { resourcePolicies } = await open()
        return createDynamoStreamsService(around, resourcePolicies)
      },
    },
    streamSources: {
      dynamodb: async () => {
        const { createStreamSource } = await import('#services/dynamodb/streams/source.ts')
        return createStreamSource(around)
      },
    },
    async start() {
      await around.clock.sleep(WORK_AFTER_MS, around.closing)
      if (around.closing.aborted) return
      await Promise.all([workOn(open, used.promise, around), trim(around)])
    },
    forget() {
      void opened?.then((service) => service.forget())
    },
    close: async () => {
      await (await opened)?.close()
    },
  }
}

/** At once when there are tables or jobs; else when somebody uses the service. */
async function workOn(
  open: () => Promise<DynamoService>,
  used: Promise<void>,
  { store, closing }: Surroundings,
): Promise<void> {
  const { JOBS_PREFIX, TABLES_PREFIX } = await import('#services/dynamodb/table-record.ts')
  if (!(await anyStored(store, [[TABLES_PREFIX], [JOBS_PREFIX]]))) await used
  if (closing.aborted) return
  const service = await open()
  await service.work(closing)
}

async function trim({ store, clock, log, closing }: Surroundings): Promise<void> {
  const { keepTrimming } = await import('#services/dynamodb/streams/trim.ts')
  await keepTrimming({ store, clock, log: log.with({ room: 'dynamodb' }), signal: closing })
}

async function openDynamo(around: Surroundings): Promise<DynamoService> {
  const { createDynamoService } = await import('#services/dynamodb/service.ts')
  const { store, clock, random, log, endpoint } = around
  return createDynamoService({
    store,
    clock,
    random,
    log: log.with({ room: 'dynamodb' }),
    buckets: createBucketPort(() => around.service('s3')),
    endpoint,
  })
}
