// The network of a cell that has one of its own: a namespace with a device of a user-mode network stack (slirp4netns), and
// a packet filter in it. Both are made as root of the machine before the cell's own user namespace exists, so nothing in the
// cell has a right over them: what the filter closes stays closed. The stack makes ordinary connections of the machine, so
// the filter, and it alone, keeps this machine and its networks out of reach.
import { networkInterfaces } from 'node:os'

/** The cell's network; from a range that no network uses (RFC 2544), and closed itself but for the resolver. */
const NETWORK = '198.18.0.0/24'

/** The resolver of the stack: it hands names on to the machine's own. */
export const UPLINK_RESOLVER = '198.18.0.3'

/** The one device of such a network beside loopback. */
export const UPLINK_DEVICE = 'uplink'

/** Mail between servers: closed on AWS as well. */
const SMTP_PORT = 25

/** The largest packet that the stack takes: it never leaves the machine as such. */
const MTU = '65520'

/**
 * Open files of the stack, where the machine allows as many. It holds a connection that the far end closed first for 10 s
 * more (TIME_WAIT): 100 such connections a second would use up the 1,024 of a function's own process.
 */
const STACK_DESCRIPTORS_MAX = 4096

/** Each connection has two buffers of 128 KB, of which it touches a page or two: not so where huge pages back a heap. */
const STACK_MALLOC = 'glibc.malloc.mmap_threshold=65536'

/** Out of memory, the function ends and not its network, without which it would live on. */
const CELL_OOM_SCORE = 500

/** A block of IPv4 addresses that is opened though it is private; without a port all of them. */
export interface OpenBlock {
  readonly address: string
  readonly bits: number
  readonly port?: number
}

/** What makes and filters such networks; paths as the launcher sees them, and blocks that are never opened, or only by list. */
export interface UplinkTools {
  readonly slirp: string
  readonly nft: string
  readonly unshare: string
  readonly nsenter: string
  readonly setpriv: string
  readonly closed: readonly string[]
  readonly closedUnlessListed: readonly string[]
}

/** This machine's own IPv4 addresses. */
export function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return [...new Set(all.filter(({ family }) => family === 'IPv4').map(({ address }) => address))].sort()
}

/** Goals that a cell's filter remembers having refused: more are refused as well, but nobody hears which. */
export const REFUSED_MAX = 64

/** The packet filter as nft reads it. */
export function uplinkRules(tools: UplinkTools, open: readonly OpenBlock[], own: readonly string[]): string {
  const opened = open.map(({ address, bits, port }) =>
    port === undefined
      ? `ip daddr ${address}/${bits} jump public`
      : `ip daddr ${address}/${bits} meta l4proto { tcp, udp } th dport ${port} accept`,
  )
  return `table inet mayfly {
  set refused { type ipv4_addr . inet_proto . inet_service; size ${REFUSED_MAX}; flags dynamic; }
  set own { type ipv4_addr; ${own.length > 0 ? `elements = { ${own.join(', ')} };` : ''} }
  chain output {
    type filter hook output priority 0; policy drop;
    oifname "lo" accept
    ip daddr ${UPLINK_RESOLVER} meta l4proto { tcp, udp } th dport 53 accept
    ip daddr @own jump refuse
    ip daddr { ${tools.closed.join(', ')} } jump refuse
    tcp dport ${SMTP_PORT} jump refuse
    ${opened.join('\n    ')}
    ip daddr { ${tools.closedUnlessListed.join(', ')} } jump refuse
    jump public
    jump refuse
  }
  chain public { meta nfproto ipv4 meta l4proto { tcp, udp } accept; }
  chain refuse {
    meta nfproto ipv4 meta l4proto { tcp, udp } add @refused { ip daddr . meta l4proto . th dport }
    meta l4proto tcp reject with tcp reset
    reject with icmpx type admin-prohibited
  }
}
`
}

/**
 * $1: the launcher; $2: the filter; $3: a path for a pipe; $4: open files of the cell; $5 to $8: nft, nsenter, setpriv,
 * slirp4netns; then the cell's command. The stack belongs to the cell's groups, sees none of its connections, and ends with it.
 */
const ENTER_UPLINK = `launcher=$1; rules=$2; ready=$3; files=$4; nft=$5; nsenter=$6; setpriv=$7; slirp=$8; shift 8
printf %s "$rules" | "$nft" -f - || exit 94
mkfifo -m 600 "$ready" || exit 94
(ulimit -n ${STACK_DESCRIPTORS_MAX}; export GLIBC_TUNABLES=${STACK_MALLOC}; exec "$nsenter" --net="/proc/$launcher/ns/net" "$setpriv" --pdeathsig KILL "$slirp" \\
  --configure --mtu=${MTU} --cidr=${NETWORK} \\
  --disable-host-loopback --enable-sandbox --enable-seccomp --ready-fd=8 --netns-type=path "/proc/$$/ns/net" ${UPLINK_DEVICE} \\
  3>&- 4>&- 9<&- 8>"$ready") > /dev/null 2>&1 < /dev/null &
read -r up < "$ready"; [ "$up" = 1 ] || exit 95
rm -f "$ready"; echo ${CELL_OOM_SCORE} > /proc/self/oom_score_adj; ulimit -n "$files"; exec "$@"`

/** What comes before a cell's command, so that it finds itself in such a network. `pipe`: a path that nobody else uses. */
export function uplinkEntry(
  tools: UplinkTools,
  open: readonly OpenBlock[],
  { pipe, descriptorsMax }: { readonly pipe: string; readonly descriptorsMax: number },
): string[] {
  const rules = uplinkRules(tools, open, ownAddresses())
  const programs = [tools.nft, tools.nsenter, tools.setpriv, tools.slirp]
  return [
    tools.unshare,
    '--net',
    '/bin/sh',
    '-c',
    ENTER_UPLINK,
    'sh',
    String(process.pid),
    rules,
    pipe,
    String(descriptorsMax),
    ...programs,
  ]
}

/** The command that closes further addresses of this machine in the network of a running cell. */
export function closeAddresses({ nsenter, nft }: UplinkTools, pid: number, own: readonly string[]): string[] {
  return [nsenter, `--net=/proc/${pid}/ns/net`, nft, 'add', 'element', 'inet', 'mayfly', 'own', `{ ${own.join(', ')} }`]
}

/** The command that lists what the filter of a running cell has refused, and what to make of its answer. */
export function listRefused({ nsenter, nft }: UplinkTools, pid: number): string[] {
  return [nsenter, `--net=/proc/${pid}/ns/net`, nft, '--json', 'list', 'set', 'inet', 'mayfly', 'refused']
}

/** The goals in the answer to `listRefused`, as `address:port (tcp)`. */
export function refusedGoals(answer: string): string[] {
  const { nftables } = JSON.parse(answer) as { readonly nftables: readonly { readonly set?: RefusedSet }[] }
  const elements = nftables.flatMap(({ set }) => set?.elem ?? [])
  return elements.map(({ concat: [address, protocol, port] }) => `${address}:${port} (${protocol})`)
}

interface RefusedSet {
  readonly elem?: readonly { readonly concat: readonly [address: string, protocol: string, port: number] }[]
}
