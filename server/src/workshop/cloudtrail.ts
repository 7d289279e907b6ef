import type { Part, Surroundings } from './part.ts'

export function cloudTrailPart({ journal, selection, clock }: Surroundings): Part {
  return {
    services: {
      cloudtrail: async () => {
        const { createCloudTrailService } = await import('#services/cloudtrail/service.ts')
        return createCloudTrailService({ journal, clock })
      },
    },
    forget: () => selection.forget(),
  }
}
