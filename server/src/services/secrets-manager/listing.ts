// Lists of secrets, and a secret as lists show it.
import type { KeyScope } from '#identity/key-vault.ts'
import type { Key } from '#storage/store.ts'
import type { Reader } from '#storage/transact.ts'
import { secretsError } from './errors.ts'
import { SCAN_ITEMS } from './limits.ts'
import { secretArn, type SecretRecord, secrets, showTags } from './secret.ts'

export interface PageWish {
  readonly token: string | undefined
  readonly max: number
}

/** One page of the secrets that `keep` wants, by name. Throws InvalidNextTokenException. */
export async function pageOfSecrets(
  reader: Reader,
  { account, region }: KeyScope,
  { token, max }: PageWish,
  keep: (record: SecretRecord) => boolean,
): Promise<{ readonly items: readonly SecretRecord[]; readonly next: string | undefined }> {
  const items: SecretRecord[] = []
  let after: Key | undefined = token === undefined ? undefined : [account, region, readToken(token)]
  for (;;) {
    const page = await secrets.list(
      reader,
      { prefix: [account, region], ...(after !== undefined && { after }) },
      { limit: SCAN_ITEMS },
    )
    for (const { value } of page) {
      if (!keep(value)) continue
      const last = items.at(-1)
      if (items.length === max && last !== undefined)
        return { items, next: Buffer.from(`after ${last.name}`).toString('base64url') }
      items.push(value)
    }
    after = page.at(-1)?.key
    if (page.length < SCAN_ITEMS) return { items, next: undefined }
  }
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString()
  if (!text.startsWith('after ')) throw secretsError('InvalidNextTokenException', 'Invalid NextToken')
  return text.slice('after '.length)
}

export function showSecret(record: SecretRecord) {
  const { description, keyId, accessedMs, deletedMs } = record
  return {
    ARN: secretArn(record),
    Name: record.name,
    ...(description !== undefined && { Description: description }),
    ...(keyId !== undefined && { KmsKeyId: keyId }),
    ...(accessedMs !== undefined && { LastAccessedDate: new Date(accessedMs) }),
    ...(deletedMs !== undefined && { DeletedDate: new Date(deletedMs) }),
    LastChangedDate: new Date(record.changedMs),
    CreatedDate: new Date(record.createdMs),
    Tags: showTags(record.tags),
  }
}
