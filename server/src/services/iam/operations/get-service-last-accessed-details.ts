// GetServiceLastAccessedDetails: which services a user, group or role used, and when last.
import { required } from '../constraints.ts'
import { noSuchEntity } from '../errors.ts'
import { pageOfList } from '../pages.ts'
import type { IamOperation } from '../model.ts'

export const getServiceLastAccessedDetails: IamOperation<'GetServiceLastAccessedDetails'> = async (
  deps,
  input,
  { account },
) => {
  const report = deps.reports.access.get(required(input.JobId, 'jobId'))
  if (report?.account !== account)
    throw noSuchEntity(`Requested report with identifier ${input.JobId} cannot be found.`)
  const made = new Date(report.madeMs)
  const page = pageOfList(report.services, ({ service }) => service, input)
  return {
    JobStatus: 'COMPLETED',
    JobCreationDate: made,
    JobCompletionDate: made,
    ServicesLastAccessed: page.items.map(({ service, use }) => ({
      ServiceName: service,
      ServiceNamespace: service,
      LastAuthenticated: new Date(use.usedMs),
      LastAuthenticatedEntity: report.arn,
      LastAuthenticatedRegion: use.region,
      TotalAuthenticatedEntities: 1,
    })),
    ...page.end,
  }
}
