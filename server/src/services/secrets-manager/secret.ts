// Secrets: a record with the settings and the stages of its versions, and a record for each version, encrypted under the
// secret's key and bound to its ARN and version. Stages name versions: AWSCURRENT is what is told, AWSPREVIOUS what was
// told before; a version without a stage is forgotten.
import type { KeyScope } from '#identity/key-vault.ts'
import { newRequestId } from '#base/ids.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import { type Reader, transact, type Transaction } from '#storage/transact.ts'
import { invalidParameter, invalidRequest, notFound, secretsError, toldBySecrets } from './errors.ts'
import type { RotationRules } from './rotation-rules.ts'
import { requireKeyUse } from './key-use.ts'
import { NAME_CHARS_MAX, SECRET_BYTES_MAX, TAGS_MAX } from './limits.ts'
import type { SecretsDeps } from './model.ts'

export const CURRENT = 'AWSCURRENT'
export const PREVIOUS = 'AWSPREVIOUS'
export const PENDING = 'AWSPENDING'

export interface SecretRecord {
  readonly account: string
  readonly region: string
  readonly name: string
  /** The name, a dash and six characters that no other secret of the name had. */
  readonly id: string
  readonly description?: string
  readonly keyId?: string
  readonly tags: readonly { readonly key: string; readonly value: string }[]
  readonly policy?: string
  readonly createdMs: number
  readonly changedMs: number
  /** Day of the last GetSecretValue. */
  readonly accessedMs?: number
  /** When it was deleted, and when it will be gone. */
  readonly deletedMs?: number
  readonly goneMs?: number
  readonly rotation?: Rotation
  /** Of the primary: where it has replicas. */
  readonly replicas?: readonly Replica[]
  /** Of a replica: where the secret is changed, and where its versions are. */
  readonly primaryRegion?: string
  /** Version id of each stage. */
  readonly stages: Readonly<Record<string, string>>
}

export interface Rotation {
  readonly enabled: boolean
  readonly functionArn: string
  readonly rules: RotationRules
  readonly lastMs?: number
  /** When the next one is due; nothing where it is cancelled or has no schedule. */
  readonly nextMs?: number
}

export interface Replica {
  readonly region: string
  readonly keyId?: string
}

export interface SecretVersion {
  readonly id: string
  readonly createdMs: number
  readonly kind: 'string' | 'binary'
  /** The ciphertext, base64. */
  readonly sealed: string
}

/** Key: [account, region, name]. Indexes: `gone`: [goneMs] of those that wait for their end; `rotate`: [nextMs] of rotations. */
export const secrets = new Collection<SecretRecord>({
  name: 'secrets.secrets',
  codec: jsonCodec<SecretRecord>(1),
  indexes: {
    gone: ({ goneMs }) => (goneMs === undefined ? [] : [[goneMs]]),
    rotate: ({ rotation, deletedMs }) =>
      rotation?.nextMs === undefined || deletedMs !== undefined ? [] : [[rotation.nextMs]],
  },
})
/** Key: [account, region, id of the secret, version id]. */
export const secretVersions = new Collection<SecretVersion>({
  name: 'secrets.versions',
  codec: jsonCodec<SecretVersion>(1),
})

type Place = Pick<SecretRecord, 'account' | 'region' | 'name' | 'id' | 'primaryRegion'>

export function keyOf({ account, region, name }: Pick<SecretRecord, 'account' | 'region' | 'name'>): Key {
  return [account, region, name]
}

/** The versions of a replica are those of its primary. */
export function versionKey({ account, region, primaryRegion, id }: Place, version: string): Key {
  return [account, primaryRegion ?? region, id, version]
}

export function secretArn({ account, region, id }: Pick<SecretRecord, 'account' | 'region' | 'id'>): string {
  return `arn:aws:secretsmanager:${region}:${account}:secret:${id}`
}

/** Throws InvalidParameterException. */
export function checkName(name: string | undefined): string {
  const given = name ?? ''
  if (given.length < 1 || given.length > NAME_CHARS_MAX || !/^[a-zA-Z0-9/_+=.@-]+$/.test(given))
    throw secretsError(
      'ValidationException',
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    )
  return given
}

/** The secret of a name, an ARN, or an ARN without its last six characters. */
export async function find(reader: Reader, scope: KeyScope, secretId: string): Promise<SecretRecord | undefined> {
  const [, region, account, id] = /^arn:aws[a-z-]*:secretsmanager:([^:]*):(\d{12}):secret:(.+)$/.exec(secretId) ?? []
  if (id === undefined || region === undefined || account === undefined)
    return (await secrets.get(reader, [scope.account, scope.region, secretId]))?.value
  const whole = (await secrets.get(reader, [account, region, id.replace(/-[a-zA-Z0-9]{6}$/, '')]))?.value
  if (whole?.id === id) return whole
  return (await secrets.get(reader, [account, region, id]))?.value
}

/** Throws ResourceNotFoundException, and InvalidRequestException for a secret that was deleted. */
export async function requireSecret(
  reader: Reader,
  scope: KeyScope,
  secretId: string | undefined,
  deletedToo = false,
): Promise<SecretRecord> {
  const record = await find(reader, scope, secretId ?? '')
  if (record === undefined) throw notFound()
  if (record.deletedMs !== undefined && !deletedToo)
    throw invalidRequest("You can't perform this operation on the secret because it was marked for deletion.")
  return record
}

/** Writes a primary, and its replicas as they then are. */
export async function putSecret(transaction: Transaction, record: SecretRecord): Promise<void> {
  await secrets.set(transaction, keyOf(record), record)
  const { replicas = [], rotation: _rotation, keyId: _keyId, accessedMs: _accessedMs, ...common } = record
  for (const { region, keyId } of replicas) {
    const replica = { ...common, region, primaryRegion: record.region, ...(keyId !== undefined && { keyId }) }
    await secrets.set(transaction, keyOf(replica), replica)
  }
}

/** Changes the record of a primary in one commit. Throws InvalidRequestException for a replica. */
export async function changeSecret(
  deps: SecretsDeps,
  scope: KeyScope,
  secretId: string | undefined,
  change: (record: SecretRecord, transaction: Transaction) => SecretRecord | Promise<SecretRecord>,
  deletedToo = false,
): Promise<SecretRecord> {
  return transact(deps.store, async (transaction) => {
    const before = await requireSecret(transaction, scope, secretId, deletedToo)
    if (before.primaryRegion !== undefined)
      throw invalidRequest("Operation not permitted on a replica secret. Call must be made in primary secret's region.")
    const next = await change(before, transaction)
    await putSecret(transaction, next)
    return next
  })
}

export interface SecretValue {
  readonly SecretString?: string | undefined
  readonly SecretBinary?: Buffer | undefined
}

/**
 * A version to keep, encrypted; undefined when no value was given. Throws InvalidParameterException, and
 * AccessDeniedException for a key that the caller may not use.
 */
export async function sealVersion(
  deps: SecretsDeps,
  context: RequestContext,
  place: Place & { readonly keyId?: string },
  id: string,
  { SecretString: text, SecretBinary: bytes }: SecretValue,
): Promise<SecretVersion | undefined> {
  if (text === undefined && bytes === undefined) return undefined
  if (text !== undefined && bytes !== undefined)
    throw invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret.")
  const value = bytes ?? Buffer.from(text ?? '')
  if (value.length > SECRET_BYTES_MAX)
    throw secretsError('ValidationException', `A secret value can have ${SECRET_BYTES_MAX} bytes.`)
  const ciphertext = await encrypt(deps, context, place, id, value)
  const kind = bytes === undefined ? 'string' : 'binary'
  return { id, createdMs: deps.clock.nowMs(), kind, sealed: ciphertext.toString('base64') }
}

async function encrypt(
  { vault }: SecretsDeps,
  context: RequestContext,
  place: Place & { readonly keyId?: string },
  id: string,
  value: Uint8Array,
): Promise<Buffer> {
  const bound = contextOf(place, id)
  const { ciphertext, ...key } = await toldBySecrets('EncryptionFailure', () =>
    vault.encrypt(place, place.keyId ?? DEFAULT_KEY, value, bound),
  )
  await requireKeyUse(context, ['kms:GenerateDataKey', 'kms:Decrypt'], { ...key, bound })
  return ciphertext
}

export const DEFAULT_KEY = 'alias/aws/secretsmanager'

/** Throws EncryptionFailure and AccessDeniedException for a key that could not encrypt the secret's next version. */
export async function requireKey(
  deps: SecretsDeps,
  context: RequestContext,
  place: Place & { readonly keyId: string },
): Promise<void> {
  await encrypt(deps, context, place, newRequestId(), Buffer.alloc(0))
}

/** Throws DecryptionFailure, and AccessDeniedException for a key that the caller may not use. */
export async function openVersion(
  { vault }: SecretsDeps,
  context: RequestContext,
  place: Place,
  version: SecretVersion,
) {
  const bound = contextOf(place, version.id)
  const { plaintext, ...key } = await toldBySecrets('DecryptionFailure', () =>
    vault.decrypt(Buffer.from(version.sealed, 'base64'), bound),
  )
  await requireKeyUse(context, ['kms:Decrypt'], { ...key, bound })
  return version.kind === 'string' ? { SecretString: plaintext.toString() } : { SecretBinary: plaintext }
}

function contextOf(place: Place, version: string) {
  const { primaryRegion: region = place.region } = place
  return { SecretARN: secretArn({ ...place, region }), SecretVersionId: version }
}

/** The stages of one version. */
export function stagesOf({ stages }: SecretRecord, version: string): string[] {
  return Object.entries(stages).flatMap(([stage, id]) => (id === version ? [stage] : []))
}

export function withoutStage(record: SecretRecord, stage: string): SecretRecord {
  const { [stage]: _gone, ...stages } = record.stages
  return { ...record, stages }
}

/** The stages when `version` gets `added`: what was current becomes the previous one. */
export function withStages(
  { stages }: SecretRecord,
  version: string,
  added: readonly string[],
): SecretRecord['stages'] {
  const next: Record<string, string> = { ...stages }
  const current = stages[CURRENT]
  for (const stage of added) next[stage] = version
  if (added.includes(CURRENT) && current !== undefined && current !== version) next[PREVIOUS] = current
  return next
}

type TagInput = { readonly Key?: string | undefined; readonly Value?: string | undefined }

/** Throws InvalidParameterException, LimitExceededException. */
export function withTags(old: SecretRecord['tags'], given: readonly TagInput[] | undefined): SecretRecord['tags'] {
  const added = (given ?? []).map(({ Key = '', Value = '' }) => ({ key: Key, value: Value }))
  if (added.some(({ key, value }) => key === '' || key.length > 128 || value.length > 256 || /^aws:/i.test(key)))
    throw invalidParameter('A tag has a key or value that is not valid.')
  const keys = new Set(added.map(({ key }) => key))
  const tags = [...old.filter(({ key }) => !keys.has(key)), ...added]
  if (tags.length > TAGS_MAX) throw secretsError('LimitExceededException', `A secret can have ${TAGS_MAX} tags.`)
  return tags
}

export function showTags(tags: SecretRecord['tags']) {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }))
}
