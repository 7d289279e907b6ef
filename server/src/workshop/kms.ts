import type { KmsDeps } from '#services/kms/model.ts'
import type { Part, Surroundings } from './part.ts'

/** Keys whose rotation or deletion is due are looked for this often. */
const SWEEP_INTERVAL_MS = 60 * 60 * 1000

export function kmsPart({ store, vault, clock, closing }: Surroundings): Part {
  const deps: KmsDeps = { store, vault, clock }
  return {
    services: {
      kms: async () => (await import('#services/kms/service.ts')).createKmsService(deps),
    },
    async start() {
      for (;;) {
        await clock.sleep(SWEEP_INTERVAL_MS, closing)
        if (closing.aborted) return
        await (await import('#services/kms/rotation.ts')).sweepKeys(deps)
      }
    },
  }
}
