// BatchGetSecretValue: the values of up to twenty secrets. Those that are named were asked for with the request; those that
// a filter finds are asked for one by one.
import { invalidParameter, secretsError } from '../errors.ts'
import { passes } from '../filters.ts'
import { BATCH_SECRETS_MAX } from '../limits.ts'
import { pageOfSecrets } from '../listing.ts'
import { requireSecret, secretArn, type SecretRecord } from '../secret.ts'
import { valueOf } from '../value.ts'
import { AwsError } from '#protocol/errors.ts'
import type { RequestContext } from '#protocol/operation.ts'
import type { SecretsOperation } from '../model.ts'

export const batchGetSecretValue: SecretsOperation<'BatchGetSecretValue'> = async (deps, input, context) => {
  const ids = input.SecretIdList ?? []
  if (ids.length > 0 === (input.Filters !== undefined)) throw invalidParameter('Give either SecretIdList or Filters.')
  const max = input.MaxResults ?? BATCH_SECRETS_MAX
  if (ids.length > BATCH_SECRETS_MAX || max < 1 || max > BATCH_SECRETS_MAX)
    throw invalidParameter(`At most ${BATCH_SECRETS_MAX} secrets at once.`)
  const page =
    ids.length > 0
      ? undefined
      : await pageOfSecrets(
          deps.store,
          context,
          { token: input.NextToken, max },
          (record) => record.deletedMs === undefined && passes(record, input.Filters),
        )
  const wanted = page === undefined ? ids : page.items.map(({ name }) => name)
  const SecretValues: Awaited<ReturnType<typeof valueOf>>[] = []
  const Errors: { SecretId: string; ErrorCode: string; Message: string }[] = []
  for (const SecretId of wanted)
    try {
      const record = await requireSecret(deps.store, context, SecretId)
      if (page !== undefined) await requireReader(record, context)
      SecretValues.push(await valueOf(deps, context, record, {}))
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      Errors.push({ SecretId, ErrorCode: error.code, Message: error.message })
    }
  return { SecretValues, Errors, ...(page?.next !== undefined && { NextToken: page.next }) }
}

/** Throws AccessDeniedException. */
async function requireReader(record: SecretRecord, { permits }: RequestContext): Promise<void> {
  const action = 'secretsmanager:GetSecretValue'
  const arn = secretArn(record)
  if ((await permits?.(action, arn)) === false)
    throw secretsError(
      'AccessDeniedException',
      `The caller is not authorized to perform: ${action} on resource: ${arn}`,
    )
}
