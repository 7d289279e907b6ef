// The documents in which layer versions are answered.
import type { RequestContext } from '#protocol/operation.ts'
import { originOf } from '#protocol/origin.ts'
import type { CodeLocations } from './code-locations.ts'
import { type LayerRef, layerArn, layerVersionArn, type LayerVersionRecord } from './layer-record.ts'
import type { LambdaOutput } from './model.ts'

type Item = NonNullable<LambdaOutput<'ListLayerVersions'>['LayerVersions']>[number]

/** A row of a list. */
export function layerVersionItem(ref: LayerRef, record: LayerVersionRecord): Item {
  return {
    LayerVersionArn: layerVersionArn(ref, record.number),
    Version: record.number,
    Description: record.description,
    CreatedDate: new Date(record.createdMs).toISOString().replace('Z', '+0000'),
    ...(record.runtimes.length > 0 && {
      CompatibleRuntimes: record.runtimes as NonNullable<Item['CompatibleRuntimes']>,
    }),
    ...(record.license !== undefined && { LicenseInfo: record.license }),
    ...(record.architectures.length > 0 && {
      CompatibleArchitectures: record.architectures as NonNullable<Item['CompatibleArchitectures']>,
    }),
  }
}

/** The whole document, with an address where the content can be fetched for ten minutes. */
export function layerVersionAnswer(
  ref: LayerRef,
  record: LayerVersionRecord,
  locations: CodeLocations,
  context: RequestContext,
): LambdaOutput<'GetLayerVersion'> {
  const origin = originOf(context.http)
  return {
    ...layerVersionItem(ref, record),
    LayerArn: layerArn(ref),
    Content: {
      Location: locations.locate(origin, record.code),
      CodeSha256: Buffer.from(record.code.sha256, 'hex').toString('base64'),
      CodeSize: record.code.zipBytes,
    },
  }
}
