// PublishLayerVersion: takes a package in as the next version of a layer.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { invalidParameter } from '../errors.ts'
import { takeCode } from '../function-writes.ts'
import { layerVersionAnswer } from '../layer-answer.ts'
import { layerKey, layers, type LayerVersionRecord, layerVersions, parseLayerName } from '../layer-record.ts'
import {
  DESCRIPTION_CHARS_MAX,
  LAYER_ARCHITECTURES_MAX,
  LAYER_LICENSE_CHARS_MAX,
  LAYER_RUNTIMES_MAX,
} from '../limits.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

const ARCHITECTURES = ['x86_64', 'arm64']

export async function publishLayerVersion(
  { ports, codeLocations }: LambdaDeps,
  input: LambdaInput<'PublishLayerVersion'>,
  context: RequestContext,
): Promise<LambdaOutput<'PublishLayerVersion'>> {
  const ref = parseLayerName(input.LayerName ?? '', context)
  check(input)
  const content = { ...input.Content, ImageUri: undefined, SourceKMSKeyArn: undefined }
  const code = await takeCode(ports, { ...ref, qualifier: undefined }, content, 'PublishLayerVersion', true)
  const record = await transact(ports.store, async (transaction) => {
    const before = await layers.get(transaction, layerKey(ref))
    const record: LayerVersionRecord = {
      number: (before?.value.lastVersion ?? 0) + 1,
      description: input.Description ?? '',
      license: input.LicenseInfo,
      runtimes: input.CompatibleRuntimes ?? [],
      architectures: input.CompatibleArchitectures ?? [],
      code,
      createdMs: ports.clock.nowMs(),
      policy: undefined,
    }
    await layers.set(transaction, layerKey(ref), { lastVersion: record.number })
    await layerVersions.set(transaction, [...layerKey(ref), record.number], record)
    return record
  })
  context.setStatus(201)
  return layerVersionAnswer(ref, record, codeLocations, context)
}

function check(input: LambdaInput<'PublishLayerVersion'>): void {
  const constraints = new Constraints()
    .length('description', input.Description, { max: DESCRIPTION_CHARS_MAX })
    .length('licenseInfo', input.LicenseInfo, { max: LAYER_LICENSE_CHARS_MAX })
  for (const architecture of input.CompatibleArchitectures ?? [])
    constraints.oneOf('compatibleArchitectures', architecture, ARCHITECTURES)
  constraints.check()
  if ((input.CompatibleRuntimes?.length ?? 0) > LAYER_RUNTIMES_MAX)
    throw invalidParameter(`At most ${LAYER_RUNTIMES_MAX} compatible runtimes can be named.`)
  if ((input.CompatibleArchitectures?.length ?? 0) > LAYER_ARCHITECTURES_MAX)
    throw invalidParameter(`At most ${LAYER_ARCHITECTURES_MAX} compatible architectures can be named.`)
}
