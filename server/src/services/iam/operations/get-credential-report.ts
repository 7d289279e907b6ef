// GetCredentialReport: the credential report that was made last.
import { reportNotPresent } from '../errors.ts'
import type { IamOperation } from '../model.ts'

export const getCredentialReport: IamOperation<'GetCredentialReport'> = async (deps, __input, { account }) => {
  const report = deps.reports.credentials.get(account)
  if (report === undefined) throw reportNotPresent()
  return { Content: Buffer.from(report.text), ReportFormat: 'text/csv', GeneratedTime: new Date(report.madeMs) }
}
