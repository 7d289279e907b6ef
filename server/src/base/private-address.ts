// Addresses that are not of the public internet: this machine, private networks, link-local ones (where clouds keep the
// credentials of their machines), multicast, and what is reserved. Source: IANA's special-purpose address registries.
import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** Blocks of IPv4. */
export const IPV4_PRIVATE = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
const IPV6 = [
  '::/128',
  '::1/128',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
]
/** IPv4 addresses in IPv6: mapped, and behind NAT64. They are as private as what they hold. */
const EMBEDDING = ['::ffff:0:0/96', '64:ff9b::/96', '::/96']

const blocked = new BlockList()
const embedding = new BlockList()
for (const block of IPV4_PRIVATE) add(blocked, block, 'ipv4')
for (const block of IPV6) add(blocked, block, 'ipv6')
for (const block of EMBEDDING) add(embedding, block, 'ipv6')

function add(list: BlockList, block: string, family: 'ipv4' | 'ipv6'): void {
  const [address = '', bits = ''] = block.split('/')
  list.addSubnet(address, Number(bits), family)
}

/** True for every address that is no public one, and for what is no address at all. */
export function isPrivateAddress(address: string): boolean {
  if (isIPv4(address)) return blocked.check(address, 'ipv4')
  if (!isIPv6(address)) return true
  if (blocked.check(address, 'ipv6')) return true
  return embedding.check(address, 'ipv6') && isPrivateAddress(embeddedIPv4(address))
}

/** The last 32 bits, as URL writes every IPv6 address in its shortest form: `::ffff:7f00:1`. */
function embeddedIPv4(address: string): string {
  const short = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname.slice(1, -1)
  const groups = short.split(':')
  const [high = 0, low = 0] = groups.slice(-2).map((group) => Number.parseInt(group === '' ? '0' : group, 16))
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
