// GetServiceLastAccessedDetailsWithEntities: which users and roles of a report used a service, and when last.
import { required } from '../constraints.ts'
import { noSuchEntity } from '../errors.ts'
import type { IamOperation } from '../model.ts'
import { pageOfList } from '../pages.ts'

export const getServiceLastAccessedDetailsWithEntities: IamOperation<
  'GetServiceLastAccessedDetailsWithEntities'
> = async (deps, input, { account }) => {
  const report = deps.reports.access.get(required(input.JobId, 'jobId'))
  if (report?.account !== account)
    throw noSuchEntity(`Requested report with identifier ${input.JobId} cannot be found.`)
  const service = required(input.ServiceNamespace, 'serviceNamespace')
  const made = new Date(report.madeMs)
  const uses = report.uses.filter(({ use }) => use.service === service)
  const page = pageOfList(uses, ({ entity }) => entity.arn, input)
  return {
    JobStatus: 'COMPLETED',
    JobCreationDate: made,
    JobCompletionDate: made,
    EntityDetailsList: page.items.map(({ entity: { arn, name, id, path, type }, use }) => ({
      EntityInfo: { Arn: arn, Name: name, Type: type, Id: id, Path: path },
      LastAuthenticated: new Date(use.usedMs),
    })),
    ...page.end,
  }
}
