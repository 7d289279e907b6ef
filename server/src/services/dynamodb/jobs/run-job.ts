// Who does which job.
import type { DynamoDeps } from '../deps.ts'
import type { Job } from '../jobs.ts'
import { clearRange } from './clear-range.ts'
import { fillIndex } from './fill-index.ts'
import { runBackup } from './run-backup.ts'
import { runExport } from './run-export.ts'
import { runImport } from './run-import.ts'
import { runRestore } from './run-restore.ts'

export async function runJob(deps: DynamoDeps, job: Job, signal: AbortSignal): Promise<void> {
  switch (job.kind) {
    case 'clear':
      return await clearRange(deps, job.prefix, signal)
    case 'fill':
      return await fillIndex(deps, job, signal)
    case 'backup':
      return await runBackup(deps, job, signal)
    case 'restore':
      return await runRestore(deps, job, signal)
    case 'export':
      return await runExport(deps, job, signal)
    case 'import':
      return await runImport(deps, job, signal)
  }
}
