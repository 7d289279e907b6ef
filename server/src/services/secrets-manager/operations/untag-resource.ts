// UntagResource: takes tags from a secret.
import { changeSecret } from '../secret.ts'
import type { SecretsOperation } from '../model.ts'

export const untagResource: SecretsOperation<'UntagResource'> = async (deps, input, context) => {
  const gone = new Set(input.TagKeys ?? [])
  await changeSecret(deps, context, input.SecretId, (record) => ({
    ...record,
    tags: record.tags.filter(({ key }) => !gone.has(key)),
  }))
  return {}
}
