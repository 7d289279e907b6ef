// Where a function may connect to. A rule is text that its owner wrote, read once and then asked for each connection.
// Whatever the rule says, addresses of this machine and those where clouds keep the credentials of their machines are
// never reached.
import { isPrivateAddress } from '#base/private-address.ts'
import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { EGRESS_DESTINATION_CHARS_MAX, EGRESS_DESTINATIONS_MAX } from '../limits.ts'

export type NetworkRule =
  /** Mayfly's own API and nothing else. */
  | { readonly kind: 'none' }
  /** Any public address, through the proxy. */
  | { readonly kind: 'internet' }
  /** Any public address, and what is listed, by a network of the instance's own; through the proxy as well. */
  | { readonly kind: 'direct'; readonly destinations: readonly Destination[] }
  /** What is listed, through the proxy. */
  | { readonly kind: 'allow-list'; readonly destinations: readonly Destination[] }

/** One entry of a list. Without a port it means every port. */
export type Destination =
  | { readonly kind: 'name'; readonly name: string; readonly below: boolean; readonly port: number | undefined }
  | {
      readonly kind: 'block'
      readonly block: BlockList
      readonly address: string
      readonly bits: number
      readonly isPrivate: boolean
      readonly port: number | undefined
    }

const NAME = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const LOCAL_NAME = /^(?:.+\.)?localhost$/

/** Mail between servers: AWS closes it to functions as well. */
const SMTP_PORT = 25

/**
 * Reads `api.example.com`, `*.example.com` or `.example.com` (everything below it), an address, or a block
 * (`203.0.113.0/24`), each with `:port` where only one is meant (IPv6 in brackets then). A text says what is wrong.
 */
export function parseDestination(text: string): Destination | string {
  if (text.length > EGRESS_DESTINATION_CHARS_MAX) return `longer than ${EGRESS_DESTINATION_CHARS_MAX} characters`
  const [, bracketed, plain, portText] = /^(?:\[([^\]]+)\]|([^[\]]*?))(?::(\d{1,5}))?$/.exec(text.toLowerCase()) ?? []
  // An IPv6 address without brackets has colons of its own.
  const bare = isIP(text.replace(/\/\d+$/, '')) === 6
  const host = bare ? text.toLowerCase() : (bracketed ?? plain ?? '')
  const port = bare || portText === undefined ? undefined : Number(portText)
  if (port !== undefined && (port < 1 || port > 65_535)) return `${port} is not a port`
  const [address = '', bits] = host.split('/')
  const family = isIP(address)
  if (family !== 0) return parseBlock(address, family, bits, port)
  const name = host.replace(/^\*?\./, '')
  if (bits !== undefined || name.length > 253 || !NAME.test(name)) return 'neither a host name nor an address'
  if (LOCAL_NAME.test(name)) return 'functions never reach the machine that runs them'
  return { kind: 'name', name, below: host !== name, port }
}

function parseBlock(
  address: string,
  family: number,
  bitsText: string | undefined,
  port: number | undefined,
): Destination | string {
  const bitsMax = family === 4 ? 32 : 128
  const bits = bitsText === undefined ? bitsMax : Number(bitsText)
  if (!/^\d{1,3}$/.test(bitsText ?? '0') || bits > bitsMax) return `/${bitsText} is not the length of a block`
  const closed = closedReason(address)
  if (closed !== undefined) return closed
  const block = new BlockList()
  block.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6')
  return { kind: 'block', block, address, bits, isPrivate: isPrivateAddress(address), port }
}

/** Reads a list that is separated by commas or spaces. A text says what is wrong with it. */
export function parseDestinations(text: string): readonly Destination[] | string {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '')
  if (entries.length === 0) return 'the list of destinations is empty'
  if (entries.length > EGRESS_DESTINATIONS_MAX) return `more than ${EGRESS_DESTINATIONS_MAX} destinations`
  const destinations: Destination[] = []
  for (const entry of entries) {
    const parsed = parseDestination(entry)
    if (typeof parsed === 'string') return `${entry}: ${parsed}`
    destinations.push(parsed)
  }
  return destinations
}

/** Why the rule does not let a connection to this host begin, before its name is resolved; undefined when it may. */
export function hostRefusal(rule: NetworkRule, { host, port }: Goal): string | undefined {
  if (rule.kind === 'none') return 'this function has no network'
  if (port === SMTP_PORT) return 'port 25 is closed to functions'
  const name = host.toLowerCase().replace(/\.$/, '')
  if (isIP(name) !== 0) return undefined
  if (LOCAL_NAME.test(name) || !NAME.test(name)) return 'it is no name of another machine'
  if (rule.kind === 'internet' || rule.kind === 'direct' || rule.destinations.some((one) => namesIt(one, name, port)))
    return undefined
  return 'it is not among the destinations of this function'
}

function namesIt(destination: Destination, name: string, port: number): boolean {
  if (destination.kind !== 'name' || (destination.port ?? port) !== port) return false
  return destination.below ? name.endsWith(`.${destination.name}`) : name === destination.name
}

/** Where a connection wants to go. */
export interface Goal {
  /** A name or an address, as the function wrote it. */
  readonly host: string
  readonly port: number
}

/** Why an address that a host led to may not be connected to; undefined when it may. */
export function addressRefusal(
  rule: NetworkRule,
  { host, port }: Goal,
  address: string,
  allowPrivate: boolean,
): string | undefined {
  const closed = closedReason(address)
  if (closed !== undefined) return closed
  const listed = 'destinations' in rule && rule.destinations.some((one) => holds(one, address, port))
  if (isPrivateAddress(address)) {
    if (!listed) return `${address} is a private address`
    if (!allowPrivate) return `${address} is a private address, and this server lets no function reach these`
  }
  // A name was found in the list before it was resolved.
  if (rule.kind === 'allow-list' && isIP(host) !== 0 && !listed)
    return 'it is not among the destinations of this function'
  return rule.kind === 'none' ? 'this function has no network' : undefined
}

function holds(destination: Destination, address: string, port: number): boolean {
  if (destination.kind !== 'block' || (destination.port ?? port) !== port) return false
  return destination.block.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/**
 * Loopback, link-local, unspecified and multicast addresses, and the services of clouds that give a machine its
 * credentials, where these lie elsewhere (AWS over IPv6, Azure, Alibaba, Oracle).
 */
const CLOSED = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '255.255.255.255/32',
  '168.63.129.16/32',
  '100.100.100.200/32',
  '192.0.0.192/32',
  '::/96',
  'fe80::/10',
  'ff00::/8',
  'fd00:ec2::/32',
]
/** Those of IPv4. */
export const CLOSED_IPV4: readonly string[] = CLOSED.filter((block) => !block.includes(':'))
const closedBlocks = new BlockList()
for (const entry of CLOSED) {
  const [address = '', bits] = entry.split('/')
  // Not isIP: the first look at an address compiles an expression, for 7 ms that a start need not take.
  closedBlocks.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4')
}
/** IPv4 in IPv6: mapped, and translated. Nobody needs these forms, and they have hidden addresses before. */
const embedding = new BlockList()
embedding.addSubnet('::ffff:0:0', 96, 'ipv6')
embedding.addSubnet('64:ff9b::', 96, 'ipv6')
embedding.addSubnet('2002::', 16, 'ipv6')

function closedReason(address: string): string | undefined {
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
  // BlockList looks for a mapped address among the IPv4 blocks as well.
  if (family === 'ipv6' && embedding.check(address, 'ipv6')) return `${address} is an IPv4 address in disguise`
  if (closedBlocks.check(address, family)) return `${address} is never reachable from functions`
  const own = Object.values(networkInterfaces()).some((list) => list?.some((one) => one.address === address))
  return own ? `${address} is this machine` : undefined
}
