// GetParametersForImport: a public key to wrap material for a key with, and the token that goes back with it.
import { keyArn } from '#identity/vault/key-record.ts'
import { newParameters, requireExternal } from '../import.ts'
import { refusePendingDeletion, requireKeyById } from '../keys.ts'
import type { KmsOperation } from '../model.ts'

export const getParametersForImport: KmsOperation<'GetParametersForImport'> = async (deps, input, context) => {
  const record = await requireKeyById(deps, context, input.KeyId)
  requireExternal(record)
  refusePendingDeletion(record)
  const { WrappingAlgorithm: algorithm, WrappingKeySpec: spec } = input
  const { publicKey, token, validToMs } = await newParameters(deps.vault, record, {
    algorithm,
    spec,
    nowMs: deps.clock.nowMs(),
  })
  return {
    KeyId: keyArn(record),
    PublicKey: publicKey,
    ImportToken: token,
    ParametersValidTo: new Date(validToMs),
  }
}
