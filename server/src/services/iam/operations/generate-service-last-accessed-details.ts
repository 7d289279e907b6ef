// GenerateServiceLastAccessedDetails: makes the report of what a user, group or role last used; it is there at once.
import { required } from '../constraints.ts'
import { accessReport } from '../reports.ts'
import type { IamOperation } from '../model.ts'

export const generateServiceLastAccessedDetails: IamOperation<'GenerateServiceLastAccessedDetails'> = async (
  deps,
  input,
  { account },
) => {
  const { store } = deps.identity.directory
  await deps.identity.usage.flush()
  const report = await accessReport(store, account, required(input.Arn, 'arn'), deps.clock.nowMs())
  deps.reports.access.set(report.id, report)
  return { JobId: report.id }
}
