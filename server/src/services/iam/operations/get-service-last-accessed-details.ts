// GetServiceLastAccessedDetails: which services the users and roles of a report used, and when last.
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
  const services = [...Map.groupBy(report.uses, ({ use }) => use.service).values()]
  const page = pageOfList(services, ([first]) => first?.use.service ?? '', input)
  return {
    JobStatus: 'COMPLETED',
    JobCreationDate: made,
    JobCompletionDate: made,
    ServicesLastAccessed: page.items.flatMap((uses) => {
      const last = uses.toSorted((a, b) => b.use.usedMs - a.use.usedMs)[0]
      if (last === undefined) return []
      const { use, entity } = last
      return {
        ServiceName: use.service,
        ServiceNamespace: use.service,
        LastAuthenticated: new Date(use.usedMs),
        LastAuthenticatedEntity: entity.arn,
        LastAuthenticatedRegion: use.region,
        TotalAuthenticatedEntities: uses.length,
      }
    }),
    ...page.end,
  }
}
