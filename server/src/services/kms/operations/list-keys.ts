// ListKeys: the keys of the account in this region.
import { keyArn, keyRecords } from '#identity/vault/key-record.ts'
import { pageOf, readWish } from '../pages.ts'
import type { KmsOperation } from '../model.ts'

export const listKeys: KmsOperation<'ListKeys'> = async (deps, input, context) => {
  const { account, region } = context
  const { after, limit } = readWish(input)
  const range = { prefix: [account, region], ...(after !== undefined && { after: [account, region, after] }) }
  const found = await keyRecords.list(deps.store, range, { limit: limit + 1 })
  const page = pageOf(
    found.map(({ value }) => value),
    limit,
    ({ keyId }) => keyId,
  )
  return { Keys: page.items.map((record) => ({ KeyId: record.keyId, KeyArn: keyArn(record) })), ...page.end }
}
