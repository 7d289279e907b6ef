// UploadServerCertificate: a certificate of a server, with its key, which must fit.
import { newUniqueId } from '#base/ids.ts'
import { nameKey } from '#identity/directory/records.ts'
import {
  checkKeyPair,
  readCertificate,
  type ServerCertificateRecord,
  serverCertificates,
  showServerCertificate,
} from '../certificate.ts'
import { Constraints, required } from '../constraints.ts'
import { alreadyExists, quotaExceeded } from '../errors.ts'
import { SERVER_CERTIFICATES_MAX } from '../limits.ts'
import type { IamOperation } from '../model.ts'
import { readTags, showTags } from '../tags.ts'

export const uploadServerCertificate: IamOperation<'UploadServerCertificate'> = async (deps, input, { account }) => {
  const name = required(input.ServerCertificateName, 'serverCertificateName')
  const { Path: path = '/', CertificateChain: chain } = input
  new Constraints().name('serverCertificateName', name, 'profile').path('path', path).check()
  const body = required(input.CertificateBody, 'certificateBody')
  const certificate = readCertificate(body)
  checkKeyPair(certificate, required(input.PrivateKey, 'privateKey'))
  if (chain !== undefined) readCertificate(chain)
  const tags = readTags(input.Tags)
  const record: ServerCertificateRecord = {
    account,
    name,
    path,
    id: newUniqueId('ASCA'),
    createdMs: deps.clock.nowMs(),
    expiresMs: Date.parse(certificate.validTo),
    body,
    tags,
    ...(chain !== undefined && { chain }),
  }
  await deps.identity.directory.change(async (transaction) => {
    if ((await serverCertificates.get(transaction, nameKey(account, name))) !== undefined)
      throw alreadyExists(`The Server Certificate with name ${name} already exists.`)
    const kept = await serverCertificates.list(transaction, { prefix: [account] }, { limit: SERVER_CERTIFICATES_MAX })
    if (kept.length >= SERVER_CERTIFICATES_MAX)
      throw quotaExceeded('ServerCertificatesPerAccount', SERVER_CERTIFICATES_MAX)
    await serverCertificates.set(transaction, nameKey(account, name), record)
  })
  return {
    ServerCertificateMetadata: showServerCertificate(record),
    ...(tags.length > 0 && { Tags: showTags(tags) }),
  }
}
