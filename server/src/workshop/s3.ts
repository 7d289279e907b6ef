import { json } from '#gateway/internal-routes.ts'
import type { S3Service } from '#services/s3/service.ts'
import { anyStored } from '#storage/any-stored.ts'
import type { Part, Surroundings } from './part.ts'

/** How long after the start background work of a former life goes on: whoever started the server wants answers first. */
const RECOVER_AFTER_MS = 1000

export function s3Part(around: Surroundings): Part {
  let opened: Promise<S3Service> | undefined
  const used = Promise.withResolvers<void>()
  const open = (): Promise<S3Service> => {
    used.resolve()
    return (opened ??= openS3(around))
  }
  return {
    services: { s3: open },
    renderers: async () => {
      const [{ renderS3Event, S3_EVENT_SOURCE }, { REPLICATION_SOURCE }] = await Promise.all([
        import('#services/s3/events.ts'),
        import('#services/s3/replication/plan.ts'),
      ])
      // The replication target reads the envelope itself.
      return { [S3_EVENT_SOURCE]: renderS3Event, [REPLICATION_SOURCE]: () => new Uint8Array(0) }
    },
    origins: async () => {
      const { s3EventOrigin, S3_EVENT_SOURCE } = await import('#services/s3/events.ts')
      return { [S3_EVENT_SOURCE]: s3EventOrigin }
    },
    targets: { s3: async () => (await open()).target },
    routes: [
      {
        method: 'GET',
        path: '/_mayfly/s3/scrub',
        guard: 'local',
        handle: async () => json(200, { schemaVersion: 1, report: (await (await open()).scrubber.report()) ?? null }),
      },
      {
        method: 'POST',
        path: '/_mayfly/s3/scrub',
        guard: 'local',
        handle: async () => json(200, { schemaVersion: 1, report: await (await open()).scrubber.scrub() }),
      },
    ],
    async start() {
      await around.clock.sleep(RECOVER_AFTER_MS, around.closing)
      if (around.closing.aborted) return
      // Without a bucket there is nothing to go on with, but what was about to be deleted with the last one.
      const [{ buckets }, { TRASH_LOG }] = await Promise.all([
        import('#services/s3/bucket.ts'),
        import('#services/s3/trash.ts'),
      ])
      if (!(await anyStored(around.store, [[buckets.name], TRASH_LOG]))) await used.promise
      if (!around.closing.aborted) (await open()).recover()
    },
    forget: () => void opened?.then((service) => service.forget()),
    storageBytes: async (account) => (await import('#services/s3/storage-quota.ts')).storedBytes(around.store, account),
    isBlobReferenced: async (id) => (await open()).isReferenced(id),
    close: async () => {
      await (await opened)?.close()
    },
  }
}

async function openS3({
  store,
  blobs,
  clock,
  log,
  hops,
  vault,
  s3,
  s3Remotes,
  storage,
  targetFor,
}: Surroundings): Promise<S3Service> {
  const [{ createS3Service }, { PACE }] = await Promise.all([
    import('#services/s3/service.ts'),
    import('#services/s3/pace.ts'),
  ])
  return createS3Service({
    store,
    blobs,
    clock,
    log: log.with({ room: 's3' }),
    hops,
    vault,
    pace: { ...PACE, ...s3 },
    remotes: s3Remotes,
    storage,
    destinations: {
      async refusal(arn, { bucketArn, account }) {
        const target = targetFor(arn)
        if (target === undefined) return `nothing here takes events for ${arn}`
        return await target.refusal(arn, { principal: 's3.amazonaws.com', sourceArn: bucketArn, account })
      },
    },
  })
}
