// GetKeyRotationStatus: whether and when a key gets new material.
import { keyArn } from '#identity/vault/key-record.ts'
import { requireKeyById } from '../keys.ts'
import type { KmsOperation } from '../model.ts'

export const getKeyRotationStatus: KmsOperation<'GetKeyRotationStatus'> = async (deps, input, context) => {
  const record = await requireKeyById(deps, context, input.KeyId)
  const { rotation } = record
  return {
    KeyRotationEnabled: rotation !== undefined || record.owner === 'aws',
    KeyId: keyArn(record),
    ...(rotation !== undefined && {
      RotationPeriodInDays: rotation.periodDays,
      NextRotationDate: new Date(rotation.nextMs),
    }),
  }
}
