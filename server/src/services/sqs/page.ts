// Pages of lists of queues: the token is the name where the page before ended.
import { invalidValue } from './errors.ts'
import { LIST_QUEUES_MAX } from './limits.ts'

interface PageOptions {
  readonly maxResults: number | undefined
  readonly token: string | undefined
}

export interface QueuePage<T> {
  readonly items: readonly T[]
  readonly nextToken: string | undefined
}

/**
 * One page of what is in the order of names. Without MaxResults there are up to 1,000 and no token, as AWS has it. Throws
 * InvalidParameterValue.
 */
export function pageOf<T extends { readonly name: string }>(sorted: readonly T[], options: PageOptions): QueuePage<T> {
  const { maxResults, token } = options
  if (maxResults !== undefined && (maxResults < 1 || maxResults > LIST_QUEUES_MAX))
    throw invalidValue(maxResults, 'MaxResults', `Must be an integer between 1 and ${LIST_QUEUES_MAX}.`)
  const after = token === undefined || token === '' ? undefined : Buffer.from(token, 'base64url').toString()
  const rest = after === undefined ? sorted : sorted.filter(({ name }) => name > after)
  const items = rest.slice(0, maxResults ?? LIST_QUEUES_MAX)
  const last = items.at(-1)
  const isMore = maxResults !== undefined && rest.length > items.length && last !== undefined
  return { items, nextToken: isMore ? Buffer.from(last.name).toString('base64url') : undefined }
}
