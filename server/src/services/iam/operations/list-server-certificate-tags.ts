// ListServerCertificateTags: the tags of a certificate.
import { requireServerCertificate } from '../certificate.ts'
import type { IamOperation } from '../model.ts'
import { pageOfList } from '../pages.ts'
import { showTags } from '../tags.ts'

export const listServerCertificateTags: IamOperation<'ListServerCertificateTags'> = async (
  deps,
  input,
  { account },
) => {
  const record = await requireServerCertificate(deps.identity.directory.store, account, input.ServerCertificateName)
  const page = pageOfList(record.tags, ({ key }) => key, input)
  return { Tags: showTags(page.items), ...page.end }
}
