// UpdateServerCertificate: another name or path for a certificate.
import { nameKey } from '#identity/directory/records.ts'
import { requireServerCertificate, serverCertificates } from '../certificate.ts'
import { Constraints } from '../constraints.ts'
import { requireMayMove } from '../entities.ts'
import { alreadyExists } from '../errors.ts'
import type { IamOperation } from '../model.ts'

export const updateServerCertificate: IamOperation<'UpdateServerCertificate'> = async (deps, input, context) => {
  const { account } = context
  const { NewServerCertificateName: newName, NewPath: newPath } = input
  new Constraints().name('newServerCertificateName', newName, 'profile').path('newPath', newPath).check()
  const found = await requireServerCertificate(deps.identity.directory.store, account, input.ServerCertificateName)
  await requireMayMove(deps, context, 'server-certificate', found, { name: newName, path: newPath })
  await deps.identity.directory.change(async (transaction) => {
    const record = await requireServerCertificate(transaction, account, input.ServerCertificateName)
    const next = { ...record, name: newName ?? record.name, path: newPath ?? record.path }
    const isMove = next.name.toLowerCase() !== record.name.toLowerCase()
    if (isMove && (await serverCertificates.get(transaction, nameKey(account, next.name))) !== undefined)
      throw alreadyExists(`The Server Certificate with name ${next.name} already exists.`)
    if (isMove) await serverCertificates.delete(transaction, nameKey(account, record.name))
    await serverCertificates.set(transaction, nameKey(account, next.name), next)
  })
  return {}
}
