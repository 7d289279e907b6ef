// What a reader must bring for an object's bytes: the customer's key where the object was stored with one, and none where it
// was not. Source: S3 user guide, "Using server-side encryption with customer-provided keys"; texts as the service's.
import type { S3Deps } from '../deps.ts'
import { s3Error } from '../errors.ts'
import type { ObjectRecord } from '../object-record.ts'
import { type CustomerKey, parseCustomerKey } from './customer-key.ts'

/** The inputs of reads. */
export interface ReadKeyInput {
  readonly SSECustomerAlgorithm?: string | undefined
  readonly SSECustomerKey?: string | undefined
  readonly SSECustomerKeyMD5?: string | undefined
}

/** The key of the request, if it opens the object. Throws InvalidRequest, InvalidArgument, AccessDenied. */
export async function readKey(
  deps: S3Deps,
  { encryption }: Pick<ObjectRecord, 'encryption'>,
  input: ReadKeyInput,
): Promise<CustomerKey | undefined> {
  const key = parseCustomerKey({
    algorithm: input.SSECustomerAlgorithm,
    key: input.SSECustomerKey,
    md5: input.SSECustomerKeyMD5,
  })
  if (encryption?.kind !== 'customer') {
    if (key)
      throw s3Error('InvalidRequest', { message: 'The encryption parameters are not applicable to this object.' })
    return undefined
  }
  if (!key)
    throw s3Error('InvalidRequest', {
      message:
        'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    })
  await deps.objectKeys.open(encryption, key)
  return key
}

/** As readKey, for the source of a copy. */
export function copySourceKey(
  deps: S3Deps,
  record: Pick<ObjectRecord, 'encryption'>,
  input: {
    readonly CopySourceSSECustomerAlgorithm?: string | undefined
    readonly CopySourceSSECustomerKey?: string | undefined
    readonly CopySourceSSECustomerKeyMD5?: string | undefined
  },
): Promise<CustomerKey | undefined> {
  return readKey(deps, record, {
    SSECustomerAlgorithm: input.CopySourceSSECustomerAlgorithm,
    SSECustomerKey: input.CopySourceSSECustomerKey,
    SSECustomerKeyMD5: input.CopySourceSSECustomerKeyMD5,
  })
}
