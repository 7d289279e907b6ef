// TagResource: adds tags to a secret, or changes their values.
import { changeSecret, withTags } from '../secret.ts'
import type { SecretsOperation } from '../model.ts'

export const tagResource: SecretsOperation<'TagResource'> = async (deps, input, context) => {
  await changeSecret(deps, context, input.SecretId, (record) => ({
    ...record,
    tags: withTags(record.tags, input.Tags),
  }))
  return {}
}
