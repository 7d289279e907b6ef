// Where a function may connect to, as its tags say: every client, template and tool that knows Lambda can set them.
//   mayfly:network  internet | allow-list | direct | none     without it: allow-list where destinations are listed, else the server's default
//   mayfly:egress   destinations, separated by commas or spaces; further tags that begin so carry on the list
// They belong to the function, not to a version, and a change holds for the next connection of whatever runs.
import { isIPv4 } from 'node:net'
import { type Destination, type NetworkRule, parseDestinations } from '#engine/egress/network-rule.ts'
import type { Engine, FunctionVersion } from '#engine/engine.ts'
import { invalidParameter } from './errors.ts'

export const NETWORK_TAG = 'mayfly:network'
export const EGRESS_TAG = 'mayfly:egress'

type Tags = Readonly<Record<string, string>>

/** What holds for functions that do not say. */
export type DefaultNetwork = 'internet' | 'none'

const MODES = ['internet', 'allow-list', 'direct', 'none'] as const

/** The rule that the tags mean; a text says what is wrong with them. */
export function networkRule(tags: Tags, byDefault: DefaultNetwork): NetworkRule | string {
  const text = Object.keys(tags)
    .filter((key) => key.startsWith(EGRESS_TAG))
    .toSorted()
    .map((key) => tags[key])
    .join(',')
  const said = tags[NETWORK_TAG]
  const mode = said ?? (text === '' ? byDefault : 'allow-list')
  const known = MODES.find((one) => one === mode)
  if (known === undefined) return `${NETWORK_TAG} is ${mode}: it must be one of ${MODES.join(', ')}`
  if (known === 'internet' || known === 'none') return { kind: known }
  const destinations = known === 'direct' && text === '' ? [] : parseDestinations(text)
  if (typeof destinations === 'string') return `${EGRESS_TAG}: ${destinations}`
  if (known === 'direct' && !destinations.every(opensPrivateAddresses))
    return `${EGRESS_TAG}: with ${NETWORK_TAG}: direct every public address is reached, and the list opens private ones: IPv4 addresses or blocks such as 10.0.0.7/32:5432`
  return { kind: known, destinations }
}

function opensPrivateAddresses(destination: Destination): boolean {
  return destination.kind === 'block' && destination.isPrivate && isIPv4(destination.address)
}

/** What the rule opens in a network of the function's own; undefined where it has none. */
export function uplinkOf(rule: NetworkRule | string): FunctionVersion['uplink'] {
  if (typeof rule === 'string' || rule.kind !== 'direct') return undefined
  return rule.destinations.flatMap((one) =>
    one.kind === 'block'
      ? [{ address: one.address, bits: one.bits, ...(one.port !== undefined && { port: one.port }) }]
      : [],
  )
}

/** Throws InvalidParameterValueException for tags that cannot be, and for those that this machine cannot hold to. */
export function checkNetworkTags(tags: Tags, engine: Engine): void {
  const rule = networkRule(tags, 'internet')
  if (typeof rule === 'string') throw invalidParameter(rule)
  const { tier, uplink } = engine.status()
  if (rule.kind === 'direct' && !uplink.available)
    throw invalidParameter(`This server cannot give functions ${NETWORK_TAG}: direct: ${uplink.what}. ${uplink.mend}`)
  if (rule.kind !== 'internet' && tier === 'C')
    throw invalidParameter(
      `This server runs functions without a sandbox, so it cannot hold them to ${NETWORK_TAG}: ${rule.kind}. \`mayfly doctor\` says what is missing.`,
    )
}
