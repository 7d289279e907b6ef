// ListServerCertificates: the certificates of servers of the account.
import { serverCertificates, showServerCertificate } from '../certificate.ts'
import type { IamOperation } from '../model.ts'
import { pageOfRecords } from '../pages.ts'

export const listServerCertificates: IamOperation<'ListServerCertificates'> = async (deps, input, { account }) => {
  const { PathPrefix: prefix = '/' } = input
  const { store } = deps.identity.directory
  const page = await pageOfRecords(store, serverCertificates, account, input, ({ path }) => path.startsWith(prefix))
  return { ServerCertificateMetadataList: page.items.map(showServerCertificate), ...page.end }
}
