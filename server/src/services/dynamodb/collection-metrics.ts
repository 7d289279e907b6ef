// ItemCollectionMetrics: told for tables with local indexes, whose collections (all items of a hash key) AWS bounds at 10 GB.
import { keyValueOf } from './item-keys.ts'
import type { Item } from './language/attribute-value.ts'
import type { TableRecord } from './table-record.ts'

interface MetricsRequest {
  readonly ReturnItemCollectionMetrics?: string | undefined
}

export interface CollectionMetrics {
  readonly ItemCollectionKey: Item
  readonly SizeEstimateRangeGB: readonly number[]
}

/** The estimate is AWS's coarsest, a whole gigabyte: collections are not measured. */
export function metricsOf(
  { ReturnItemCollectionMetrics }: MetricsRequest,
  record: TableRecord,
  key: Item,
): CollectionMetrics | undefined {
  if (ReturnItemCollectionMetrics !== 'SIZE' || !record.indexes.some((index) => index.scope === 'local'))
    return undefined
  return {
    ItemCollectionKey: { [record.key.hash]: keyValueOf(key, record.key.hash) },
    SizeEstimateRangeGB: [0, 1],
  }
}

/** For the answer of a write of one item. */
export function collectionMetrics(
  request: MetricsRequest,
  record: TableRecord,
  key: Item,
): { readonly ItemCollectionMetrics?: CollectionMetrics } {
  const metrics = metricsOf(request, record, key)
  return metrics === undefined ? {} : { ItemCollectionMetrics: metrics }
}
