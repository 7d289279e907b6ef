// DeleteSigningCertificate: deletes a certificate of a user.
import { signingCertificates } from '../certificate.ts'
import type { IamOperation } from '../model.ts'
import { changeOwned } from '../owned.ts'

export const deleteSigningCertificate: IamOperation<'DeleteSigningCertificate'> = async (deps, input, context) => {
  const { UserName: userName, CertificateId: id } = input
  await changeOwned(
    deps,
    context,
    { collection: signingCertificates, what: 'Certificate', userName, id },
    () => undefined,
  )
  return {}
}
