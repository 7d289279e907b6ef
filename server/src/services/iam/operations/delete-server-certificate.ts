// DeleteServerCertificate: deletes a certificate of a server.
import { nameKey } from '#identity/directory/records.ts'
import { requireServerCertificate, serverCertificates } from '../certificate.ts'
import type { IamOperation } from '../model.ts'

export const deleteServerCertificate: IamOperation<'DeleteServerCertificate'> = async (deps, input, { account }) => {
  await deps.identity.directory.change(async (transaction) => {
    const { name } = await requireServerCertificate(transaction, account, input.ServerCertificateName)
    await serverCertificates.delete(transaction, nameKey(account, name))
  })
  return {}
}
