import type { SqsDeps } from '#services/sqs/deps.ts'
import type { Part, Surroundings } from './part.ts'

/** How long after the start the work of a former life goes on: whoever started the server wants answers first. */
const RESUME_AFTER_MS = 1000

export function sqsPart(around: Surroundings): Part {
  let opened: Promise<SqsDeps> | undefined
  const open = (): Promise<SqsDeps> => (opened ??= openSqs(around))
  return {
    services: {
      sqs: async () => {
        const [{ createSqsService }, deps] = await Promise.all([import('#services/sqs/service.ts'), open()])
        return createSqsService(deps)
      },
    },
    targets: {
      sqs: async () => {
        const [{ createSqsTarget }, deps] = await Promise.all([import('#services/sqs/target.ts'), open()])
        return createSqsTarget(deps)
      },
    },
    queueSources: {
      sqs: async () => {
        const [{ createSqsQueueSource }, deps] = await Promise.all([import('#services/sqs/source.ts'), open()])
        return createSqsQueueSource(deps)
      },
    },
    async start() {
      await around.clock.sleep(RESUME_AFTER_MS, around.closing)
      if (!around.closing.aborted) await (await open()).resume()
    },
    forget() {
      void opened?.then((deps) => deps.forget())
    },
    async close() {
      await (await opened)?.close()
    },
  }
}

async function openSqs(around: Surroundings): Promise<SqsDeps> {
  const { store, clock, log, hops, draining, node, fifoCallsPerSecondMax } = around
  const { createSqsDeps } = await import('#services/sqs/deps.ts')
  return createSqsDeps({ store, clock, log: log.with({ room: 'sqs' }), hops, draining, node, fifoCallsPerSecondMax })
}
