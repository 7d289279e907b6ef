// TagServerCertificate: adds tags to a certificate, or changes their values.
import { changeServerCertificate } from '../certificate.ts'
import type { IamOperation } from '../model.ts'
import { mergeTags, readTags } from '../tags.ts'

export const tagServerCertificate: IamOperation<'TagServerCertificate'> = async (deps, input, { account }) => {
  const added = readTags(input.Tags)
  await changeServerCertificate(deps, account, input.ServerCertificateName, (record) => ({
    ...record,
    tags: mergeTags(record.tags, added),
  }))
  return {}
}
