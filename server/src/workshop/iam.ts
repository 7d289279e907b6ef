import type { Part, Surroundings } from './part.ts'

export function iamPart({ identity, clock }: Surroundings): Part {
  return {
    services: {
      iam: async () => {
        const [{ createIamService }, { Reports }] = await Promise.all([
          import('#services/iam/service.ts'),
          import('#services/iam/kept-reports.ts'),
        ])
        return createIamService({ identity, clock, reports: new Reports() })
      },
    },
  }
}
