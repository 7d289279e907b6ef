// UploadSigningCertificate: a certificate for a user.
import { newUniqueId } from '#base/ids.ts'
import { AwsError } from '#protocol/errors.ts'
import { readCertificate, type SigningCertificateRecord, signingCertificates } from '../certificate.ts'
import { required } from '../constraints.ts'
import { quotaExceeded } from '../errors.ts'
import { SIGNING_CERTIFICATES_PER_USER_MAX } from '../limits.ts'
import type { IamOperation } from '../model.ts'
import { ownedBy, ownedKey, userOf } from '../owned.ts'

export const uploadSigningCertificate: IamOperation<'UploadSigningCertificate'> = async (deps, input, context) => {
  const body = required(input.CertificateBody, 'certificateBody')
  const certificate = readCertificate(body)
  const nowMs = deps.clock.nowMs()
  if (Date.parse(certificate.validTo) < nowMs)
    throw new AwsError('InvalidCertificate', 400, 'The certificate has expired.')
  const { user, record } = await deps.identity.directory.change(async (transaction) => {
    const owner = await userOf(transaction, input.UserName, context)
    const kept = await ownedBy(transaction, signingCertificates, owner)
    if (kept.some((one) => readCertificate(one.body).fingerprint256 === certificate.fingerprint256))
      throw new AwsError('DuplicateCertificate', 409, 'The certificate is already associated with the user.')
    if (kept.length >= SIGNING_CERTIFICATES_PER_USER_MAX)
      throw quotaExceeded('CertificatesPerUser', SIGNING_CERTIFICATES_PER_USER_MAX)
    const made: SigningCertificateRecord = {
      account: context.account,
      userId: owner.id,
      id: newUniqueId('ACRT'),
      status: 'Active',
      createdMs: nowMs,
      body,
    }
    await signingCertificates.set(transaction, ownedKey(made), made)
    return { user: owner, record: made }
  })
  return {
    Certificate: {
      UserName: user.name,
      CertificateId: record.id,
      CertificateBody: body,
      Status: record.status,
      UploadDate: new Date(nowMs),
    },
  }
}
