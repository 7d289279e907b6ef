// GetServerCertificate: a certificate of a server, without its key.
import { requireServerCertificate, showServerCertificate } from '../certificate.ts'
import type { IamOperation } from '../model.ts'
import { showTags } from '../tags.ts'

export const getServerCertificate: IamOperation<'GetServerCertificate'> = async (deps, input, { account }) => {
  const record = await requireServerCertificate(deps.identity.directory.store, account, input.ServerCertificateName)
  return {
    ServerCertificate: {
      ServerCertificateMetadata: showServerCertificate(record),
      CertificateBody: record.body,
      ...(record.chain !== undefined && { CertificateChain: record.chain }),
      ...(record.tags.length > 0 && { Tags: showTags(record.tags) }),
    },
  }
}
