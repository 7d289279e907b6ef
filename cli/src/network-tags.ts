// `--network` and `--allow` as the tags that the server reads.
import { CliError } from './errors.ts'

const NETWORK_TAG = 'mayfly:network'
const EGRESS_TAG = 'mayfly:egress'

/** Of one tag; a longer list goes on in the next. */
const TAG_VALUE_CHARS_MAX = 256

export interface NetworkFlags {
  readonly network?: string | undefined
  readonly allow?: readonly string[] | undefined
}

type Tags = Readonly<Record<string, string>>

/** The tags that the flags mean; undefined when nothing was said. Throws CliError for flags that contradict each other. */
export function networkTags({ network, allow }: NetworkFlags): Tags | undefined {
  const list = allow ?? []
  if (network === undefined && list.length === 0) return undefined
  const mode = network ?? 'allow-list'
  if (list.length > 0 && mode !== 'allow-list' && mode !== 'direct')
    throw new CliError('MF1002', `--allow lists what --network ${mode} has no list for`, {
      mend: 'Leave --network out, or say --network allow-list, or direct.',
    })
  if (list.length === 0 && mode === 'allow-list')
    throw new CliError('MF1002', '--network allow-list needs a list', {
      mend: 'Name each destination: --allow api.example.com',
    })
  return { [NETWORK_TAG]: mode, ...listTags(list) }
}

function listTags(list: readonly string[]): Tags {
  const values: string[] = []
  for (const entry of list) {
    const last = values.at(-1)
    if (last !== undefined && last.length + entry.length < TAG_VALUE_CHARS_MAX)
      values[values.length - 1] = `${last} ${entry}`
    else values.push(entry)
  }
  return Object.fromEntries(
    values.map((value, index) => [index === 0 ? EGRESS_TAG : `${EGRESS_TAG}:${index + 1}`, value]),
  )
}

/** Those of a function's tags that say where it may connect to. */
export function networkTagsOf(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => key === NETWORK_TAG || key.startsWith(EGRESS_TAG)))
}

/** `none`, or the list. */
export function describeNetwork(tags: Tags): string {
  const list = Object.keys(tags).filter((key) => key.startsWith(EGRESS_TAG))
  return list.length === 0 ? (tags[NETWORK_TAG] ?? 'as the server says') : list.map((key) => tags[key]).join(' ')
}
