// Lists of secrets, and a secret as lists show it.
import type { KeyScope } from '#identity/key-vault.ts'
import { filteredPage } from '#storage/filtered-page.ts'
import type { Reader } from '#storage/transact.ts'
import { secretsError } from './errors.ts'
import { SCAN_ITEMS } from './limits.ts'
import { showRules } from './rotation-rules.ts'
import { type Rotation, secretArn, type SecretRecord, secrets, showTags } from './secret.ts'

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
  const prefix = [account, region]
  const after = token === undefined ? undefined : [...prefix, readToken(token)]
  const { items, next } = await filteredPage(reader, secrets, { prefix, after, max, scan: SCAN_ITEMS }, keep)
  return { items, next: next && Buffer.from(`after ${String(next.at(-1))}`).toString('base64url') }
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString()
  if (!text.startsWith('after ')) throw secretsError('InvalidNextTokenException', 'Invalid NextToken')
  return text.slice('after '.length)
}

export function showSecret(record: SecretRecord) {
  const { description, keyId, accessedMs, deletedMs, rotation, primaryRegion } = record
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
    ...(rotation !== undefined && showRotation(rotation)),
    ...((primaryRegion !== undefined || record.replicas !== undefined) && {
      PrimaryRegion: primaryRegion ?? record.region,
    }),
  }
}

function showRotation({ enabled, functionArn, rules, lastMs, nextMs }: Rotation) {
  return {
    RotationEnabled: enabled,
    RotationLambdaARN: functionArn,
    RotationRules: showRules(rules),
    ...(lastMs !== undefined && { LastRotatedDate: new Date(lastMs) }),
    ...(nextMs !== undefined && { NextRotationDate: new Date(nextMs) }),
  }
}
