import type { SecretsDeps } from '#services/secrets-manager/model.ts'
import type { Part, Surroundings } from './part.ts'

/** Secrets whose recovery window is over are deleted this often. */
const SWEEP_INTERVAL_MS = 60 * 60 * 1000

export function secretsManagerPart({ store, vault, clock, closing }: Surroundings): Part {
  const deps: SecretsDeps = { store, vault, clock }
  return {
    services: {
      'secrets-manager': async () =>
        (await import('#services/secrets-manager/service.ts')).createSecretsManagerService(deps),
    },
    async start() {
      for (;;) {
        await clock.sleep(SWEEP_INTERVAL_MS, closing)
        if (closing.aborted) return
        await (await import('#services/secrets-manager/removal.ts')).sweepSecrets(deps)
      }
    },
  }
}
