// EnableKeyRotation: lets a key get new material every so many days.
import { keyArn } from '#identity/vault/key-record.ts'
import { unsupported, validation } from '../errors.ts'
import { changeKey, refusePendingDeletion } from '../keys.ts'
import { ROTATION_DAYS_DEFAULT, ROTATION_DAYS_MAX, ROTATION_DAYS_MIN } from '../limits.ts'
import { DAY_MS } from '../rotation.ts'
import type { KmsOperation } from '../model.ts'

export const enableKeyRotation: KmsOperation<'EnableKeyRotation'> = async (deps, input, context) => {
  const periodDays = input.RotationPeriodInDays ?? ROTATION_DAYS_DEFAULT
  if (periodDays < ROTATION_DAYS_MIN || periodDays > ROTATION_DAYS_MAX)
    throw validation(`RotationPeriodInDays must be between ${ROTATION_DAYS_MIN} and ${ROTATION_DAYS_MAX}`)
  await changeKey(deps, context, input.KeyId, (record) => {
    refusePendingDeletion(record)
    if (record.origin === 'EXTERNAL')
      throw unsupported(`${keyArn(record)} origin is EXTERNAL which is not valid for this operation.`)
    if (record.spec !== 'SYMMETRIC_DEFAULT')
      throw unsupported(`${keyArn(record)} cannot be rotated: its key spec is ${record.spec}.`)
    return { ...record, rotation: { periodDays, nextMs: deps.clock.nowMs() + periodDays * DAY_MS } }
  })
  return {}
}
