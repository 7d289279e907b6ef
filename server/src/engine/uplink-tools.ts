// Whether instances can have a network of their own on this machine, and with what it is made.
import { existsSync } from 'node:fs'
import { IPV4_PRIVATE } from '#base/private-address.ts'
import { CLOSED_IPV4 } from './egress/network-rule.ts'
import type { IsolationTier, UplinkStatus } from './engine.ts'
import type { UplinkTools } from './launcher/uplink.ts'

/** Where the kernel gives out network devices of programs. */
const TUN_DEVICE = '/dev/net/tun'

type ToolName = 'slirp4netns' | 'nft' | 'unshare' | 'nsenter' | 'setpriv'

const PACKAGES: Readonly<Record<ToolName, string>> = {
  slirp4netns: 'slirp4netns',
  nft: 'nftables',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
}

/** The tools, or what is missing. `find`: the path of a program. */
export function findUplinkTools(
  isRoot: boolean,
  find: (name: string) => string | undefined,
): UplinkTools | Exclude<UplinkStatus, { available: true }> {
  const missing = (what: string, mend: string) => ({ available: false, what, mend }) as const
  if (!isRoot) return missing('Mayfly does not run as root', 'Run Mayfly as root.')
  const found = Object.fromEntries(Object.keys(PACKAGES).map((name) => [name, find(name)])) as Record<
    ToolName,
    string | undefined
  >
  const { slirp4netns: slirp, nft, unshare, nsenter, setpriv } = found
  if (slirp === undefined || nft === undefined || !unshare || !nsenter || !setpriv) {
    const names = (Object.keys(PACKAGES) as ToolName[]).filter((name) => found[name] === undefined)
    const packages = [...new Set(names.map((name) => PACKAGES[name]))]
    return missing(`${names.join(' and ')} not found`, `apt-get install ${packages.join(' ')}, and start Mayfly again.`)
  }
  if (!existsSync(TUN_DEVICE)) return missing(`there is no ${TUN_DEVICE}`, 'Run: modprobe tun')
  return { slirp, nft, unshare, nsenter, setpriv, closed: CLOSED_IPV4, closedUnlessListed: IPV4_PRIVATE }
}

/** What the tier adds to that. */
export function uplinkStatus(tools: ReturnType<typeof findUplinkTools>, tier: IsolationTier): UplinkStatus {
  if ('available' in tools) return tools
  if (tier === 'A') return { available: true }
  return {
    available: false,
    what: `isolation tier ${tier} cannot hold it`,
    mend: '`mayfly doctor` says what is missing for tier A.',
  }
}
