import { bucketRefusal, createBucketWriter } from './bucket-writer.ts'
import type { Part, Surroundings } from './part.ts'

export function cloudTrailPart(around: Surroundings): Part {
  const { store, journal, selection, vault, clock, log, closing, permission, cloudTrail } = around
  const s3 = () => around.service('s3')
  return {
    services: {
      cloudtrail: async () => {
        const { createCloudTrailService } = await import('#services/cloudtrail/service.ts')
        return createCloudTrailService({
          store,
          journal,
          selection,
          sealer: vault,
          clock,
          bucketRefusal: (wish) => bucketRefusal(s3, permission, wish),
        })
      },
    },
    async start() {
      const [{ deliverAll }, { DELIVERY_INTERVAL_MS, DIGEST_INTERVAL_MS }] = await Promise.all([
        import('#services/cloudtrail/delivery.ts'),
        import('#services/cloudtrail/limits.ts'),
      ])
      const { deliveryIntervalMs = DELIVERY_INTERVAL_MS, digestIntervalMs = DIGEST_INTERVAL_MS } = cloudTrail
      const deps = {
        store,
        journal,
        sealer: vault,
        clock,
        log,
        buckets: createBucketWriter(s3, permission),
        digestIntervalMs,
      }
      for (;;) {
        await clock.sleep(deliveryIntervalMs, closing)
        if (closing.aborted) return
        while (await deliverAll(deps)) if (closing.aborted) return
      }
    },
    forget: () => selection.forget(),
  }
}
