import type { Part, Surroundings } from './part.ts'

/** Sessions that have expired are deleted this often. */
const SWEEP_INTERVAL_MS = 10 * 60 * 1000

export function stsPart({ identity, clock, closing }: Surroundings): Part {
  return {
    services: {
      sts: async () => {
        const [{ createStsService }, { Issuers }] = await Promise.all([
          import('#services/sts/service.ts'),
          import('#services/sts/issuers.ts'),
        ])
        return createStsService({ identity, clock, issuers: new Issuers(clock) })
      },
    },
    async start() {
      for (;;) {
        await clock.sleep(SWEEP_INTERVAL_MS, closing)
        if (closing.aborted) return
        while (await identity.stored.sweepSessions()) if (closing.aborted) return
      }
    },
  }
}
