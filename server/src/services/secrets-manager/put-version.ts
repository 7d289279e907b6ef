// A new version of a secret, under the token of its request: sent again, it is the same version.
import type { RequestContext } from '#protocol/operation.ts'
import { newRequestId } from '#base/ids.ts'
import { invalidParameter, secretsError } from './errors.ts'
import { STAGES_PER_VERSION_MAX, VERSIONS_MAX } from './limits.ts'
import type { SecretsDeps } from './model.ts'
import {
  changeSecret,
  openVersion,
  requireSecret,
  sealVersion,
  type SecretRecord,
  type SecretValue,
  secretVersions,
  stagesOf,
  versionKey,
  withStages,
} from './secret.ts'

export interface NewVersion extends SecretValue {
  readonly token: string | undefined
  readonly stages: readonly string[]
  /** Other settings that change in the same commit. */
  readonly change?: (record: SecretRecord) => SecretRecord
}

/** The id of a version from the token of a request. Throws InvalidParameterException. */
export function versionIdOf(token: string | undefined): string {
  if (token === undefined) return newRequestId()
  if (token.length >= 32 && token.length <= 64) return token
  throw invalidParameter('ClientRequestToken must be 32-64 characters long.')
}

/** Keeps the version; answers the record and the version's id. Throws ResourceExistsException for a token used otherwise. */
export async function putVersion(
  deps: SecretsDeps,
  context: RequestContext,
  secretId: string | undefined,
  { token, stages, change = (record) => record, ...value }: NewVersion,
): Promise<{ readonly record: SecretRecord; readonly versionId: string }> {
  const versionId = versionIdOf(token)
  const before = change(await requireSecret(deps.store, context, secretId))
  const sealed = await sealVersion(deps, context, before, versionId, value)
  if (sealed === undefined) throw invalidParameter('You must provide either SecretString or SecretBinary.')
  if (stages.length === 0 || stages.length > STAGES_PER_VERSION_MAX)
    throw invalidParameter(`A version has 1 to ${STAGES_PER_VERSION_MAX} stages.`)
  const record = await changeSecret(deps, context, secretId, async (found, transaction) => {
    const key = versionKey(found, versionId)
    const existing = (await secretVersions.get(transaction, key))?.value
    if (existing !== undefined) {
      const same = await openVersion(deps, context, found, existing)
      const isSame =
        'SecretString' in same
          ? same.SecretString === value.SecretString
          : value.SecretBinary !== undefined && same.SecretBinary.equals(value.SecretBinary)
      if (!isSame)
        throw secretsError(
          'ResourceExistsException',
          `You can't use ClientRequestToken ${versionId} because that value is already in use for a version of secret ${found.name}.`,
        )
    } else await secretVersions.set(transaction, key, sealed)
    const next = { ...change(found), stages: withStages(found, versionId, stages), changedMs: deps.clock.nowMs() }
    const kept = await secretVersions.list(transaction, { prefix: [found.account, found.region, found.id] })
    const idle = kept
      .filter(({ value: one }) => one.id !== versionId && stagesOf(next, one.id).length === 0)
      .toSorted((a, b) => a.value.createdMs - b.value.createdMs)
    for (const { key: old } of idle.slice(0, Math.max(0, kept.length + 1 - VERSIONS_MAX)))
      await secretVersions.delete(transaction, old)
    return next
  })
  return { record, versionId }
}
