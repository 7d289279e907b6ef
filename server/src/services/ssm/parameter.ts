// Parameters: a head with the settings, and a record for each of the last hundred versions. The value of a SecureString is
// encrypted by the vault under the parameter's key, bound to its ARN.
import type { RequestContext } from '#protocol/operation.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import { eachStored } from '#storage/each-stored.ts'
import type { Key } from '#storage/store.ts'
import { Tally } from '#storage/tally.ts'
import type { Reader } from '#storage/transact.ts'
import { parameterNotFound, ssmError, toldBySsm, validation } from './errors.ts'
import { requireKeyUse } from './key-use.ts'
import { HIERARCHY_LEVELS_MAX, NAME_CHARS_MAX } from './limits.ts'
import type { SsmDeps } from './model.ts'

export type ParameterType = 'String' | 'StringList' | 'SecureString'

export interface ParameterRecord {
  readonly account: string
  readonly region: string
  readonly name: string
  readonly type: ParameterType
  readonly tier: 'Standard' | 'Advanced'
  /** As it was given; SecureString only. */
  readonly keyId?: string
  readonly description?: string
  readonly allowedPattern?: string
  readonly dataType: string
  readonly tags: readonly { readonly key: string; readonly value: string }[]
  /** The newest version. */
  readonly version: number
  /** The oldest version that is still there. */
  readonly oldest: number
  readonly modifiedMs: number
  readonly modifiedBy: string
}

export interface VersionRecord {
  readonly version: number
  readonly type: ParameterType
  readonly tier: ParameterRecord['tier']
  /** SecureString: the ciphertext, base64. */
  readonly value: string
  readonly labels: readonly string[]
  readonly modifiedMs: number
  readonly modifiedBy: string
  readonly description?: string
  readonly allowedPattern?: string
  readonly keyId?: string
  readonly dataType: string
}

/** Key: [account, region, name]. */
export const parameters = new Collection<ParameterRecord>({
  name: 'ssm.parameters',
  codec: jsonCodec<ParameterRecord>(1),
})
/** Key: [account, region, name, version]. */
export const versions = new Collection<VersionRecord>({ name: 'ssm.versions', codec: jsonCodec<VersionRecord>(1) })

/** Parameters of each tier. Key: [account, region, tier]. */
export const parameterCounts = new Tally('ssm.parameter-counts', async (store, [account = '', region = '', tier]) => {
  let count = 0
  await eachStored(
    (after) => parameters.list(store, { prefix: [account, region], ...(after && { after }) }),
    ({ value }) => void (count += value.tier === tier ? 1 : 0),
  )
  return count
})

type Place = Pick<ParameterRecord, 'account' | 'region' | 'name'>

export function keyOf({ account, region, name }: Place): Key {
  return [account, region, name]
}

/** A name without a slash in front gets one in its ARN. */
export function parameterArn({ account, region, name }: Place): string {
  return `arn:aws:ssm:${region}:${account}:parameter${name.startsWith('/') ? '' : '/'}${name}`
}

/** Names with and without the first slash have the same ARN, where there is no other. */
export async function parameterOfArn(reader: Reader, arn: string): Promise<ParameterRecord | undefined> {
  const [, region, account, name] = /^arn:aws[a-z-]*:ssm:([^:]+):(\d{12}):parameter\/([^*]+)$/.exec(arn) ?? []
  if (region === undefined || account === undefined || name === undefined) return undefined
  for (const one of [`/${name}`, name]) {
    const found = await parameters.get(reader, keyOf({ account, region, name: one }))
    if (found !== undefined) return found.value
  }
  return undefined
}

const NAME = /^[a-zA-Z0-9_.\-/]+$/

/** Throws ValidationException, HierarchyLevelLimitExceededException. */
export function checkName(name: string | undefined): string {
  const given = name ?? ''
  if (given === '' || given.length > NAME_CHARS_MAX || !NAME.test(given) || /\/\/|\/$/.test(given))
    throw validation(
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    )
  if (/^\/?(?:aws|ssm)/i.test(given))
    throw validation('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).')
  if (given.includes('/') && !given.startsWith('/')) throw validation('Parameter name must be a fully qualified name.')
  if (given.split('/').length - 1 > HIERARCHY_LEVELS_MAX)
    throw ssmError(
      'HierarchyLevelLimitExceededException',
      `A parameter can have ${HIERARCHY_LEVELS_MAX} levels in its hierarchy.`,
    )
  return given
}

export interface Selector {
  /** As it was asked for. */
  readonly asked: string
  readonly name: string
  /** `:3` or `:label`, without the colon. */
  readonly suffix: string | undefined
}

/** Reads `name`, `name:version`, `name:label`, or the ARN of them. */
export function readSelector(asked: string): Selector {
  const [, path] = /^arn:aws[a-z-]*:ssm:[^:]*:\d{12}:parameter(\/.+)$/.exec(asked) ?? []
  const [name = '', suffix] = (path ?? asked).split(':')
  return { asked, name, suffix }
}

export interface Selected {
  readonly parameter: ParameterRecord
  readonly version: VersionRecord
  readonly suffix: string | undefined
}

/** The version that a selector means; undefined when there is no such parameter or version. */
export async function find(
  reader: Reader,
  { account, region }: Pick<RequestContext, 'account' | 'region'>,
  { name, suffix }: Selector,
): Promise<Selected | undefined> {
  // The ARN of `name` and of `/name` are the same.
  const record =
    (await parameters.get(reader, [account, region, name]))?.value ??
    (name.startsWith('/') ? (await parameters.get(reader, [account, region, name.slice(1)]))?.value : undefined)
  if (record === undefined) return undefined
  const version =
    suffix === undefined || /^\d+$/.test(suffix)
      ? (await versions.get(reader, [...keyOf(record), Number(suffix ?? record.version)]))?.value
      : (await versionsOf(reader, record)).find(({ labels }) => labels.includes(suffix))
  return version && { parameter: record, version, suffix }
}

/** Throws ParameterNotFound, ParameterVersionNotFound. */
export async function requireParameter(
  reader: Reader,
  context: RequestContext,
  name: string | undefined,
): Promise<Selected> {
  const selector = readSelector(name ?? '')
  const found = await find(reader, context, selector)
  if (found !== undefined) return found
  if (selector.suffix !== undefined && (await find(reader, context, { ...selector, suffix: undefined })) !== undefined)
    throw ssmError(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${selector.suffix} of ${selector.name}. Verify the version and try again.`,
    )
  throw parameterNotFound()
}

/** Oldest first. */
export async function versionsOf(reader: Reader, record: Place): Promise<readonly VersionRecord[]> {
  return (await versions.list(reader, { prefix: keyOf(record) })).map(({ value }) => value)
}

/** The value to keep. Throws InvalidKeyId, and AccessDeniedException for a key that the caller may not use. */
export async function sealValue(
  deps: SsmDeps,
  context: RequestContext,
  record: Place & Pick<ParameterRecord, 'tier'> & { readonly keyId?: string },
  value: string,
): Promise<string> {
  const bound = contextOf(record)
  const { ciphertext, ...key } = await toldBySsm(() =>
    deps.vault.encrypt(record, record.keyId ?? DEFAULT_KEY, Buffer.from(value), bound),
  )
  // Advanced parameters are encrypted with a data key.
  await requireKeyUse(context, record.tier === 'Standard' ? 'kms:Encrypt' : 'kms:GenerateDataKey', { ...key, bound })
  return ciphertext.toString('base64')
}

export const DEFAULT_KEY = 'alias/aws/ssm'

/**
 * The value to tell; in the clear for `reader`, who asked for that. Throws InvalidKeyId when the key is gone or disabled,
 * and AccessDeniedException when the reader may not use it.
 */
export async function openValue(
  deps: SsmDeps,
  record: Place,
  { type, value }: VersionRecord,
  reader: RequestContext | undefined,
): Promise<string> {
  if (type !== 'SecureString' || reader === undefined) return value
  const bound = contextOf(record)
  const { plaintext, ...key } = await toldBySsm(() => deps.vault.decrypt(Buffer.from(value, 'base64'), bound))
  await requireKeyUse(reader, 'kms:Decrypt', { ...key, bound })
  return plaintext.toString()
}

function contextOf(record: Place) {
  return { PARAMETER_ARN: parameterArn(record) }
}

/** As GetParameter and its kin show it; in the clear for `reader`, who asked for that. */
export async function show(
  deps: SsmDeps,
  { parameter, version, suffix }: Selected,
  reader: RequestContext | undefined,
) {
  return {
    Name: parameter.name,
    Type: version.type,
    Value: await openValue(deps, parameter, version, reader),
    Version: version.version,
    ...(suffix !== undefined && { Selector: `:${suffix}` }),
    LastModifiedDate: new Date(version.modifiedMs),
    ARN: parameterArn(parameter),
    DataType: version.dataType,
  }
}
