// What is stored about layers. Key layout:
//   lambda.layers         [account, region, name]           the number of the last version
//   lambda.layer-versions [account, region, name, number]   immutable, with its policy
// A function keeps what it needs of its layers in its own record: a layer version that was deleted goes on to work where
// it is used, as on AWS.
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import type { Reader } from '#storage/transact.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { Constraints } from './constraints.ts'
import { resourceNotFound } from './errors.ts'
import type { GrantStatement, StoredCode } from './function-record.ts'

export interface LayerRecord {
  readonly lastVersion: number
}

export interface LayerVersionRecord {
  readonly number: number
  readonly description: string
  readonly license: string | undefined
  readonly runtimes: readonly string[]
  readonly architectures: readonly string[]
  readonly code: StoredCode
  readonly createdMs: number
  readonly policy: { readonly revisionId: string; readonly statements: readonly GrantStatement[] } | undefined
}

export const layers = new Collection<LayerRecord>({ name: 'lambda.layers', codec: jsonCodec(1) })

export const layerVersions = new Collection<LayerVersionRecord>({
  name: 'lambda.layer-versions',
  codec: jsonCodec(1),
  indexes: { blob: (record) => [[record.code.blobId]] },
})

export interface LayerRef {
  readonly account: string
  readonly region: string
  readonly name: string
}

const NAME_FORM =
  /^(?:arn:[a-zA-Z0-9-]+:lambda:([a-z]{2}(?:-gov)?(?:-[a-z]+)+-\d):(\d{12}):layer:)?([a-zA-Z0-9-_]+)(?::(\d+))?$/
const NAME_FORM_SHOWN = String.raw`(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+`
const NAME_CHARS_MAX = 140

/** A layer by its name or ARN. Throws a ValidationException. */
export function parseLayerName(name: string, context: Pick<RequestContext, 'account' | 'region'>): LayerRef {
  const match = NAME_FORM.exec(name)
  new Constraints()
    .length('layerName', name, { min: 1, max: NAME_CHARS_MAX })
    .pattern('layerName', match?.[4] === undefined ? name : `${name} `, NAME_FORM, NAME_FORM_SHOWN)
    .check()
  const [, region = context.region, account = context.account, bare = ''] = match ?? []
  return { account, region, name: bare }
}

/** Takes a layer version's ARN apart; undefined when it is none. */
export function parseLayerVersionArn(arn: string): (LayerRef & { readonly number: number }) | undefined {
  const [, region, account, name, number] = NAME_FORM.exec(arn) ?? []
  if (region === undefined || account === undefined || name === undefined || number === undefined) return undefined
  return { account, region, name, number: Number(number) }
}

export function layerArn({ account, region, name }: LayerRef): string {
  return `arn:aws:lambda:${region}:${account}:layer:${name}`
}

export function layerVersionArn(ref: LayerRef, number: number): string {
  return `${layerArn(ref)}:${number}`
}

export function layerKey({ account, region, name }: LayerRef): Key {
  return [account, region, name]
}

/** The version, or AWS's ResourceNotFoundException. */
export async function requireLayerVersion(reader: Reader, ref: LayerRef, number: number): Promise<LayerVersionRecord> {
  const found = Number.isSafeInteger(number) ? await layerVersions.get(reader, [...layerKey(ref), number]) : undefined
  if (!found) throw resourceNotFound('The resource you requested does not exist.')
  return found.value
}
