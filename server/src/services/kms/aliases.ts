// Names of keys.
import { type AliasRecord, keyAliases, type KeyRecord } from '#identity/vault/key-record.ts'
import type { Reader } from '#storage/transact.ts'
import { kmsError } from './errors.ts'

/** Throws InvalidAliasNameException, and NotAuthorizedException for names that are AWS's. */
export function checkAliasName(name: string | undefined): string {
  const given = name ?? ''
  if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(given) || given.length > 256)
    throw kmsError(
      'InvalidAliasNameException',
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    )
  if (given.startsWith('alias/aws/')) throw kmsError('NotAuthorizedException', '')
  return given
}

/** The aliases of one key; at most ALIASES_PER_KEY_MAX. */
export async function aliasesOf(
  reader: Reader,
  { account, region, keyId }: Pick<KeyRecord, 'account' | 'region' | 'keyId'>,
): Promise<readonly AliasRecord[]> {
  const found = await keyAliases.listIndex(reader, 'key', { prefix: [account, region, keyId] })
  return found.map(({ value }) => value)
}

export function showAlias(account: string, region: string, alias: AliasRecord) {
  return {
    AliasName: alias.name,
    AliasArn: `arn:aws:kms:${region}:${account}:${alias.name}`,
    TargetKeyId: alias.keyId,
    CreationDate: new Date(alias.createdMs),
    LastUpdatedDate: new Date(alias.updatedMs),
  }
}
