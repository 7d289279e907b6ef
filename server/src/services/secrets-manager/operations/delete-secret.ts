// DeleteSecret: deletes a secret, after a window in which it can be restored, or at once.
import { transact } from '#storage/transact.ts'
import { invalidParameter, invalidRequest } from '../errors.ts'
import { RECOVERY_DAYS_DEFAULT, RECOVERY_DAYS_MIN } from '../limits.ts'
import { remove } from '../removal.ts'
import { keyOf, requireSecret, secretArn, secrets } from '../secret.ts'
import type { SecretsOperation } from '../model.ts'

export const deleteSecret: SecretsOperation<'DeleteSecret'> = async (deps, input, context) => {
  const { RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force = false } = input
  if (force && days !== undefined)
    throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
  if (days !== undefined && (days < RECOVERY_DAYS_MIN || days > RECOVERY_DAYS_DEFAULT))
    throw invalidParameter(
      `The RecoveryWindowInDays value must be between ${RECOVERY_DAYS_MIN} and ${RECOVERY_DAYS_DEFAULT} days (inclusive).`,
    )
  const nowMs = deps.clock.nowMs()
  const goneMs = force ? nowMs : nowMs + (days ?? RECOVERY_DAYS_DEFAULT) * DAY_MS
  const record = await transact(deps.store, async (transaction) => {
    const found = await requireSecret(transaction, context, input.SecretId, force)
    if (found.primaryRegion !== undefined)
      throw invalidRequest("Operation not permitted on a replica secret. Call must be made in primary secret's region.")
    if ((found.replicas ?? []).length > 0)
      throw invalidRequest(
        `You can't delete secret ${found.name} that still has replica regions [${(found.replicas ?? []).map(({ region }) => region).join(', ')}]`,
      )
    if (force) await remove(transaction, found)
    else await secrets.set(transaction, keyOf(found), { ...found, deletedMs: nowMs, goneMs })
    return found
  })
  return { ARN: secretArn(record), Name: record.name, DeletionDate: new Date(goneMs) }
}

const DAY_MS = 24 * 60 * 60 * 1000
