// The configurations of which a bucket may have up to a thousand, by id: analytics, intelligent tiering, inventory and
// metrics. They are kept as they were put, in one document a kind, and listed in pages in the order of their ids.
// Source: API pages of PutBucketInventoryConfiguration and its kin.
import { readToken, writeToken } from '../continuation-token.ts'
import { s3Error } from '../errors.ts'
import { LISTED_CONFIGURATIONS_MAX, LISTED_PAGE } from '../limits.ts'

/** By id; the value is the configuration as decoded. */
export type ListedConfigurations = Readonly<Record<string, object>>

const ID = /^[a-zA-Z0-9_.-]{1,64}$/

/** With `configuration` in the place of its id. Throws InvalidArgument for an id that is none, TooManyConfigurations. */
export function withConfiguration(
  all: ListedConfigurations | undefined,
  id: string,
  configuration: object,
): ListedConfigurations {
  if (!ID.test(id)) throw s3Error('InvalidArgument', { message: 'The specified configuration id is not valid.' })
  const next = { ...all, [id]: configuration }
  if (Object.keys(next).length > LISTED_CONFIGURATIONS_MAX) throw s3Error('TooManyConfigurations')
  return next
}

/** The configuration of this id. Throws NoSuchConfiguration. */
export function requireConfiguration(all: ListedConfigurations | undefined, id: string): object {
  const found = all && Object.hasOwn(all, id) ? all[id] : undefined
  if (!found) throw s3Error('NoSuchConfiguration')
  return found
}

/** Without the configuration of this id. Throws NoSuchConfiguration. */
export function withoutConfiguration(all: ListedConfigurations | undefined, id: string): ListedConfigurations {
  requireConfiguration(all, id)
  const { [id]: _gone, ...rest } = all ?? {}
  return rest
}

export interface ListedPage {
  readonly configurations: readonly object[]
  readonly nextToken: string | undefined
}

/** One page in the order of ids. Throws InvalidArgument for a token that is none. */
export function pageOf(all: ListedConfigurations | undefined, token: string | undefined): ListedPage {
  const ids = Object.keys(all ?? {}).toSorted()
  const after = token === undefined ? '' : readToken(token).toString()
  const page = ids.filter((id) => id > after).slice(0, LISTED_PAGE + 1)
  const shown = page.slice(0, LISTED_PAGE)
  const last = shown.at(-1)
  return {
    configurations: shown.map((id) => requireConfiguration(all, id)),
    nextToken: page.length > LISTED_PAGE && last !== undefined ? writeToken(Buffer.from(last)) : undefined,
  }
}
