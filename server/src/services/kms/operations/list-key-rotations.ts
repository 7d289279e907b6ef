// ListKeyRotations: when a key got new material.
import { keyArn } from '#identity/vault/key-record.ts'
import { requireKeyById } from '../keys.ts'
import { pageOf, readWish } from '../pages.ts'
import type { KmsOperation } from '../model.ts'

export const listKeyRotations: KmsOperation<'ListKeyRotations'> = async (deps, input, context) => {
  const record = await requireKeyById(deps, context, input.KeyId)
  const { after, limit } = readWish(input)
  const done = record.versions.filter(({ version }) => version > Math.max(1, Number(after ?? 1)))
  const page = pageOf(done, limit, ({ version }) => String(version))
  return {
    Rotations: page.items.map(({ createdMs, reason }) => ({
      KeyId: keyArn(record),
      RotationDate: new Date(createdMs),
      RotationType: reason === 'automatic' ? ('AUTOMATIC' as const) : ('ON_DEMAND' as const),
    })),
    ...page.end,
  }
}
