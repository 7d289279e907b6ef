// ListSigningCertificates: the certificates of a user; without a name, of the caller.
import { signingCertificates } from '../certificate.ts'
import type { IamOperation } from '../model.ts'
import { ownedBy, userOf } from '../owned.ts'
import { pageOfList } from '../pages.ts'

export const listSigningCertificates: IamOperation<'ListSigningCertificates'> = async (deps, input, context) => {
  const { store } = deps.identity.directory
  const user = await userOf(store, input.UserName, context)
  const page = pageOfList(await ownedBy(store, signingCertificates, user), ({ id }) => id, input)
  return {
    Certificates: page.items.map(({ id, body, status, createdMs }) => ({
      UserName: user.name,
      CertificateId: id,
      CertificateBody: body,
      Status: status,
      UploadDate: new Date(createdMs),
    })),
    ...page.end,
  }
}
