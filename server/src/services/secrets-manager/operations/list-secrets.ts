// ListSecrets: the secrets of the account in this region.
import { invalidParameter } from '../errors.ts'
import { passes } from '../filters.ts'
import { PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX } from '../limits.ts'
import { pageOfSecrets, showSecret } from '../listing.ts'
import { type SecretRecord, stagesOf } from '../secret.ts'
import type { SecretsOperation } from '../model.ts'

export const listSecrets: SecretsOperation<'ListSecrets'> = async (deps, input, context) => {
  const max = input.MaxResults ?? PAGE_ITEMS_DEFAULT
  if (max < 1 || max > PAGE_ITEMS_MAX) throw invalidParameter(`MaxResults must be between 1 and ${PAGE_ITEMS_MAX}.`)
  const keep = (record: SecretRecord): boolean =>
    (record.deletedMs === undefined || input.IncludePlannedDeletion === true) && passes(record, input.Filters)
  const page = await pageOfSecrets(deps.store, context, { token: input.NextToken, max }, keep)
  return {
    SecretList: page.items.map((record) => {
      const SecretVersionsToStages: Record<string, string[]> = {}
      for (const id of Object.values(record.stages)) SecretVersionsToStages[id] = stagesOf(record, id)
      return { ...showSecret(record), SecretVersionsToStages }
    }),
    ...(page.next !== undefined && { NextToken: page.next }),
  }
}
