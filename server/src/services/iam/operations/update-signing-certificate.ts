// UpdateSigningCertificate: switches a certificate of a user on or off.
import { signingCertificates } from '../certificate.ts'
import type { IamOperation } from '../model.ts'
import { changeOwned, readStatus } from '../owned.ts'

export const updateSigningCertificate: IamOperation<'UpdateSigningCertificate'> = async (deps, input, context) => {
  const status = readStatus(input.Status)
  const { UserName: userName, CertificateId: id } = input
  const named = { collection: signingCertificates, what: 'Certificate', userName, id }
  await changeOwned(deps, context, named, (certificate) => ({ ...certificate, status }))
  return {}
}
