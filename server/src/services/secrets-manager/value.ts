// The value of one version, and the day on which it was last told.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { notFound } from './errors.ts'
import type { SecretsDeps } from './model.ts'
import {
  CURRENT,
  keyOf,
  openVersion,
  secretArn,
  type SecretRecord,
  secrets,
  secretVersions,
  stagesOf,
  versionKey,
} from './secret.ts'

const DAY_MS = 24 * 60 * 60 * 1000

interface Wanted {
  readonly id?: string | undefined
  readonly stage?: string | undefined
}

/** Throws ResourceNotFoundException, DecryptionFailure, AccessDeniedException. */
export async function valueOf(deps: SecretsDeps, context: RequestContext, record: SecretRecord, { id, stage }: Wanted) {
  const staged = record.stages[stage ?? CURRENT]
  const wanted = id ?? staged
  const version =
    wanted === undefined ? undefined : (await secretVersions.get(deps.store, versionKey(record, wanted)))?.value
  const isOther = id !== undefined && stage !== undefined && staged !== id
  if (version === undefined || isOther)
    throw notFound(
      id === undefined
        ? `Secrets Manager can't find the specified secret value for staging label: ${stage ?? CURRENT}`
        : `Secrets Manager can't find the specified secret value for VersionId: ${id}`,
    )
  const value = await openVersion(deps, context, record, version)
  await noteAccess(deps, record)
  return {
    ARN: secretArn(record),
    Name: record.name,
    VersionId: version.id,
    ...value,
    VersionStages: stagesOf(record, version.id),
    CreatedDate: new Date(version.createdMs),
  }
}

/** At most one write a day: AWS tells the day only. */
async function noteAccess({ store, clock }: SecretsDeps, record: SecretRecord): Promise<void> {
  const today = Math.floor(clock.nowMs() / DAY_MS) * DAY_MS
  if (record.accessedMs === today) return
  await transact(store, async (transaction) => {
    const found = (await secrets.get(transaction, keyOf(record)))?.value
    if (found?.id === record.id) await secrets.set(transaction, keyOf(found), { ...found, accessedMs: today })
  })
}
