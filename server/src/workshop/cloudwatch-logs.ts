import type { Part, Surroundings } from './part.ts'

export function cloudWatchLogsPart({ logs, clock, draining }: Surroundings): Part {
  return {
    services: {
      'cloudwatch-logs': async () => {
        const { createCloudWatchLogsService } = await import('#services/cloudwatch-logs/service.ts')
        return createCloudWatchLogsService({ logs, clock, draining })
      },
    },
    forget: () => logs.reset(),
  }
}
