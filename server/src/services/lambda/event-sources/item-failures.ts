// What a function says about the records of a batch (ReportBatchItemFailures). Source: developer guide, "Implementing
// partial batch responses": empty and null answers are complete successes, malformed ones and unknown identifiers are
// complete failures.

export type ItemFailures =
  | { readonly kind: 'none' }
  | { readonly kind: 'all' }
  | { readonly kind: 'some'; readonly ids: ReadonlySet<string> }

const NONE: ItemFailures = { kind: 'none' }
const ALL: ItemFailures = { kind: 'all' }
const MALFORMED = Symbol('no JSON')

/** `known`: the identifiers of the batch. */
export function readItemFailures(answer: Uint8Array, known: ReadonlySet<string>): ItemFailures {
  const document = parse(answer)
  if (document === MALFORMED) return ALL
  if (document === null || document === '') return NONE
  if (typeof document !== 'object') return ALL
  if (!('batchItemFailures' in document) || document.batchItemFailures === null) return NONE
  if (!Array.isArray(document.batchItemFailures)) return ALL
  const ids = document.batchItemFailures.map(identifierOf)
  if (ids.length === 0) return NONE
  if (!ids.every((id) => id !== undefined && known.has(id))) return ALL
  return { kind: 'some', ids: new Set(ids.filter((id) => id !== undefined)) }
}

function parse(answer: Uint8Array): unknown {
  if (answer.length === 0) return null
  try {
    return JSON.parse(Buffer.from(answer).toString('utf8'))
  } catch {
    return MALFORMED
  }
}

function identifierOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null || !('itemIdentifier' in item)) return undefined
  return typeof item.itemIdentifier === 'string' ? item.itemIdentifier : undefined
}
