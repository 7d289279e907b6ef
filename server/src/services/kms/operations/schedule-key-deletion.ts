// ScheduleKeyDeletion: lets a key end after a waiting time, in which nobody can use it.
import { keyArn } from '#identity/vault/key-record.ts'
import { validation } from '../errors.ts'
import { changeKey, refusePendingDeletion } from '../keys.ts'
import { DELETION_DAYS_DEFAULT, DELETION_DAYS_MIN } from '../limits.ts'
import { DAY_MS } from '../rotation.ts'
import type { KmsOperation } from '../model.ts'

export const scheduleKeyDeletion: KmsOperation<'ScheduleKeyDeletion'> = async (deps, input, context) => {
  const days = input.PendingWindowInDays ?? DELETION_DAYS_DEFAULT
  if (days < DELETION_DAYS_MIN || days > DELETION_DAYS_DEFAULT)
    throw validation(`PendingWindowInDays must be between ${DELETION_DAYS_MIN} and ${DELETION_DAYS_DEFAULT}`)
  const deleteAtMs = deps.clock.nowMs() + days * DAY_MS
  const record = await changeKey(deps, context, input.KeyId, (found) => {
    refusePendingDeletion(found)
    return { ...found, state: { kind: 'pending-deletion', deleteAtMs } }
  })
  return {
    KeyId: keyArn(record),
    DeletionDate: new Date(deleteAtMs),
    KeyState: 'PendingDeletion',
    PendingWindowInDays: days,
  }
}
