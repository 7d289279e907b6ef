// The data key of an upload: what each part's key is derived from. Uploads with a customer's key need it with every part.
import type { BodyKey } from './body-key.ts'
import type { S3Deps } from '../deps.ts'
import { s3Error } from '../errors.ts'
import type { UploadRecord } from '../multipart-record.ts'
import { parseCustomerKey } from './customer-key.ts'
import type { ReadKeyInput } from './read-key.ts'

/** Throws InvalidRequest, InvalidArgument, AccessDenied, and KMS.DisabledException and its kin. */
export async function uploadKey(deps: S3Deps, { encryption }: UploadRecord, input: ReadKeyInput): Promise<BodyKey> {
  const customerKey = parseCustomerKey({
    algorithm: input.SSECustomerAlgorithm,
    key: input.SSECustomerKey,
    md5: input.SSECustomerKeyMD5,
  })
  if (!encryption)
    // From before there was encryption: nothing can be added to it in a form that the rest of it has.
    throw s3Error('OperationAborted', { message: 'This upload began before an upgrade. Abort it and begin again.' })
  if (encryption.kind !== 'customer') {
    if (customerKey)
      throw s3Error('InvalidRequest', {
        message: 'The multipart upload was not initiated with the encryption parameters of this request.',
      })
    return deps.objectKeys.open(encryption, undefined)
  }
  if (!customerKey)
    throw s3Error('InvalidRequest', {
      message:
        'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.',
    })
  if (customerKey.md5 !== encryption.keyMd5)
    throw s3Error('InvalidRequest', {
      message: 'The provided encryption parameters did not match the ones used originally.',
    })
  return deps.objectKeys.open(encryption, customerKey)
}
