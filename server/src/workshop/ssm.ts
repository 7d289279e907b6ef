import type { Part, Surroundings } from './part.ts'

export function ssmPart({ store, vault, clock }: Surroundings): Part {
  return {
    services: {
      ssm: async () => (await import('#services/ssm/service.ts')).createSsmService({ store, vault, clock }),
    },
  }
}
