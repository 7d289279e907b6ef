// Who does which job.
import type { DynamoDeps } from '../deps.ts'
import type { Job } from '../jobs.ts'
import { clearRange } from './clear-range.ts'
import { fillIndex } from './fill-index.ts'

export async function runJob(deps: DynamoDeps, job: Job, signal: AbortSignal): Promise<void> {
  switch (job.kind) {
    case 'clear':
      return await clearRange(deps, job.prefix, signal)
    case 'fill':
      return await fillIndex(deps, job, signal)
  }
}
