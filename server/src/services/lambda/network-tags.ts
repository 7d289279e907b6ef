// Where a function may connect to, as its tags say: every client, template and tool that knows Lambda can set them.
//   mayfly:network  internet | allow-list | none     without it: allow-list where destinations are listed, else the server's default
//   mayfly:egress   destinations, separated by commas or spaces; further tags that begin so carry on the list
// They belong to the function, not to a version, and a change holds for the next connection of whatever runs.
import { type NetworkRule, parseDestinations } from '#engine/egress/network-rule.ts'
import type { Engine } from '#engine/engine.ts'
import { invalidParameter } from './errors.ts'

export const NETWORK_TAG = 'mayfly:network'
export const EGRESS_TAG = 'mayfly:egress'

type Tags = Readonly<Record<string, string>>

/** What holds for functions that do not say. */
export type DefaultNetwork = 'internet' | 'none'

const MODES = ['internet', 'allow-list', 'none'] as const

/** The rule that the tags mean; a text says what is wrong with them. */
export function networkRule(tags: Tags, byDefault: DefaultNetwork): NetworkRule | string {
  const text = Object.keys(tags)
    .filter((key) => key.startsWith(EGRESS_TAG))
    .toSorted()
    .map((key) => tags[key])
    .join(',')
  const said = tags[NETWORK_TAG]
  const mode = said ?? (text === '' ? byDefault : 'allow-list')
  if (mode === 'direct')
    return `${NETWORK_TAG}: direct is not there: it needs a network stack for each function (slirp4netns or passt), which Mayfly does not bring yet. Use internet or allow-list`
  const known = MODES.find((one) => one === mode)
  if (known === undefined) return `${NETWORK_TAG} is ${mode}: it must be one of ${MODES.join(', ')}`
  if (known !== 'allow-list') return { kind: known }
  const destinations = parseDestinations(text)
  return typeof destinations === 'string' ? `${EGRESS_TAG}: ${destinations}` : { kind: known, destinations }
}

/** Throws InvalidParameterValueException for tags that cannot be, and for those that this machine cannot hold to. */
export function checkNetworkTags(tags: Tags, engine: Engine): void {
  const rule = networkRule(tags, 'internet')
  if (typeof rule === 'string') throw invalidParameter(rule)
  if (rule.kind !== 'internet' && engine.status().tier === 'C')
    throw invalidParameter(
      `This server runs functions without a sandbox, so it cannot hold them to ${NETWORK_TAG}: ${rule.kind}. \`mayfly doctor\` says what is missing.`,
    )
}
