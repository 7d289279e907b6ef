// UntagServerCertificate: takes tags from a certificate.
import { changeServerCertificate } from '../certificate.ts'
import type { IamOperation } from '../model.ts'
import { withoutTags } from '../tags.ts'

export const untagServerCertificate: IamOperation<'UntagServerCertificate'> = async (deps, input, { account }) => {
  await changeServerCertificate(deps, account, input.ServerCertificateName, (record) => ({
    ...record,
    tags: withoutTags(record.tags, input.TagKeys),
  }))
  return {}
}
