// The command line of a cell. In tiers A and B:
//
//   sh (enters the control groups before anything forks) -> setpriv (own uid) -> bwrap (namespaces, mounts, filter)
//     -> node | python with the bootstrap
//
// The root is put together of the machine's own folders, or it is a container image's (image-mounts.ts).
// In tier C there is no bwrap: the bootstrap runs as a plain process with an empty environment.
import { existsSync, lstatSync, readlinkSync } from 'node:fs'
import { arch } from 'node:os'
import { join } from 'node:path'
import type { Command, MemoryClass } from './commands.ts'
import { imageMounts, type Loader, loadedBy, PERL_INSIDE_IMAGE } from './image-mounts.ts'
import { type OpenBlock, type UplinkTools, uplinkEntry } from './uplink.ts'

/** Memory of a class: the group's limit until a function's own, and V8's for old objects and for each half of the new. */
export interface ClassLimits {
  readonly memoryMb: number
  readonly heapMb: number
  readonly semiSpaceMb: number
}

/** Everything that the launcher is told once, at its start. Paths are as the launcher sees them. */
export interface LauncherConfig {
  readonly tier: 'A' | 'B' | 'C'
  /** Names the control groups of this installation. */
  readonly key: string
  /** One folder per cell; the launcher makes and removes them, and the server fills them. */
  readonly cellsFolder: string
  /** Unpacked container images by their digests; the server makes them. */
  readonly imagesFolder: string
  /** Remembers where control groups were made, for the clean-up after a crash. */
  readonly placesFile: string
  readonly serverSocket: string
  readonly nodePath: string
  readonly pythonPath: string | undefined
  /** Where the API is on a cell's loopback; above 1023, since cells have no privileges. */
  readonly apiPort: number
  /** The bootstraps, the filter and the cell's /etc. */
  readonly runtimeFolder: string
  /** Packages that functions find when they do not bring their own. */
  readonly sdkPackages: readonly { readonly name: string; readonly path: string }[]
  readonly bwrapPath: string | undefined
  readonly setprivPath: string | undefined
  /** For the guard. */
  readonly perlPath: string | undefined
  /** Cells get user ids from here on; undefined when the launcher may not change users. */
  readonly uidFirst: number | undefined
  /** For cells with a network of their own; undefined where there can be none. */
  readonly uplink: UplinkTools | undefined
  readonly classes: Readonly<Record<MemoryClass, ClassLimits>>
}

type Boot = Extract<Command, { op: 'boot' }>

export interface CommandLine {
  readonly file: string
  readonly args: readonly string[]
  /** Only where no setpriv does it. */
  readonly uid?: number
}

const BYTES_PER_MB = 1024 * 1024

/** Open files of one process (AWS: 1,024). */
const DESCRIPTORS_MAX = 1024

/** File descriptor of the filter in the shell, which knows only single digits. */
const FILTER_FD = '9'

/** $1: files to write the own pid into, one a line; $2: the filter; $3: open files, empty: what it has; the rest: the command. */
const ENTER = `set -f; IFS='
'; for f in $1; do echo $$ > "$f" || exit 96; done; ulimit -c 0; [ -z "$3" ] || ulimit -n "$3"; exec ${FILTER_FD}<"$2"; shift 3; exec "$@"`

/** User ids in use from `uidFirst` on. */
export const UID_COUNT = 50_000

/** Where things are inside a sandbox. */
const INSIDE = {
  node: '/run/mayfly/bin/node',
  runtime: '/run/mayfly/runtime',
  doors: '/run/mayfly/doors',
  api: '/run/mayfly/doors/api.sock',
  egress: '/run/mayfly/doors/egress.sock',
  task: '/var/task',
  temporary: '/tmp',
} as const

/** Parts of the host's /etc that carry no secret and that programs expect. */
const ETC_SHARED = [
  '/etc/ssl/certs',
  '/etc/ca-certificates',
  '/etc/pki/tls/certs',
  '/etc/pki/ca-trust',
  '/etc/alternatives',
  // The settings of Debian's JDKs.
  '/etc/java-11-openjdk',
  '/etc/java-17-openjdk',
  '/etc/java-21-openjdk',
  '/etc/java-25-openjdk',
]
const ETC_SHARED_FILES = ['/etc/ld.so.cache', '/etc/localtime', '/etc/ca-certificates.conf', '/etc/mime.types']

/** Folders that the prepared /etc must contain, so that the shared parts can be mounted there. */
export const ETC_MOUNTPOINTS = { folders: ETC_SHARED, files: ETC_SHARED_FILES } as const

/** What differs by cell beside its boot command. */
interface Surroundings {
  readonly uid: number | undefined
  /** Of its control groups. */
  readonly procsFiles: readonly string[]
  readonly guarded: boolean
  readonly loader: () => Loader
}

/** The command line of a cell in tiers A and B. */
export function sandboxedCommand(
  config: LauncherConfig,
  boot: Boot,
  { uid, procsFiles, guarded, loader }: Surroundings,
): CommandLine {
  if (config.bwrapPath === undefined) throw new Error('there is no bwrap')
  const below = boot.image === undefined ? undefined : loader()
  const loaded = below ? loadedBy(below) : []
  const filter = join(config.runtimeFolder, guarded ? 'base.bpf' : 'filter.bpf')
  // What makes the network needs more files than the cell, which gets its limit after it.
  const descriptors = boot.uplink ? '' : String(DESCRIPTORS_MAX)
  const args = ['-c', ENTER, 'sh', procsFiles.join('\n'), filter, descriptors]
  if (boot.uplink) args.push(...uplinkOf(config, boot, boot.uplink))
  args.push(...identity(config, uid), config.bwrapPath, ...NAMESPACES)
  if (boot.uplink) args.push(...OWN_NETWORK)
  args.push(...mounts(config, boot, below))
  args.push(
    '--seccomp',
    FILTER_FD,
    '--',
    ...(guarded ? [...loaded, ...guardEntry(below ? PERL_INSIDE_IMAGE : config.perlPath)] : []),
    ...loaded,
    // With a network of its own it needs no proxy.
    ...bootstrap(config, boot, { ...INSIDE, ...(boot.uplink && { egress: '' }), apiPort: config.apiPort }, []),
  )
  return { file: '/bin/sh', args }
}

function uplinkOf(config: LauncherConfig, boot: Boot, open: readonly OpenBlock[]): string[] {
  if (config.uplink === undefined) throw new Error('no cell can have a network of its own here')
  const pipe = join(config.cellsFolder, boot.cell, 'uplink')
  return uplinkEntry(config.uplink, open, { pipe, descriptorsMax: DESCRIPTORS_MAX })
}

/** Descriptor of the connection to the guard, in the cell until its program begins. */
export const GUARD_FD = 4

/** No site's own start-up code of Perl: below an image's root it would be the image's. */
function guardEntry(perlPath = ''): readonly string[] {
  const [script, filter] = ['enter.pl', 'guard.bpf'].map((name) => join(INSIDE.runtime, 'guard', name))
  return [perlPath, '-f', script ?? '', arch(), filter ?? '', String(GUARD_FD)]
}

/** The command line of a cell in tier C. */
export function plainCommand(config: LauncherConfig, boot: Boot, uid: number | undefined): CommandLine {
  if (boot.image !== undefined) throw new Error('an image needs a sandbox')
  const cell = join(config.cellsFolder, boot.cell)
  const places = {
    node: config.nodePath,
    runtime: config.runtimeFolder,
    api: join(cell, 'doors/api.sock'),
    // The machine's network is open to it.
    egress: '',
    task: join(cell, 'var/task'),
    temporary: join(cell, 'tmp'),
    apiPort: 0,
  }
  const fence = [
    '--permission',
    ...[config.runtimeFolder, join(cell, 'var'), places.temporary].map((path) => `--allow-fs-read=${path}/*`),
    ...config.sdkPackages.map(({ path }) => `--allow-fs-read=${path}/*`),
    `--allow-fs-read=${places.api}`,
    `--allow-fs-write=${places.temporary}/*`,
    '--allow-addons',
    // Native packages are what functions bring; the warning would be printed into their log.
    '--disable-warning=PERM0001',
  ]
  const [file = '', ...args] = bootstrap(config, boot, places, fence)
  if (config.setprivPath === undefined) return { file, args, ...(uid === undefined ? {} : { uid }) }
  return { file: config.setprivPath, args: ['--pdeathsig', 'KILL', ...uidFlags(uid), '--', file, ...args] }
}

function identity(config: LauncherConfig, uid: number | undefined): string[] {
  if (uid === undefined) return []
  if (config.setprivPath === undefined) throw new Error('there is no setpriv')
  return [config.setprivPath, ...uidFlags(uid), '--']
}

function uidFlags(uid: number | undefined): string[] {
  return uid === undefined ? [] : [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups']
}

const NAMESPACES = words(
  '--unshare-all --unshare-user --disable-userns --uid 65534 --gid 65534 --cap-drop ALL --die-with-parent --new-session ' +
    `--hostname function --clearenv --setenv HOME ${INSIDE.temporary} --setenv LANG C.UTF-8 --setenv TZ :UTC ` +
    // Node reads it only when it starts.
    '--setenv NODE_USE_ENV_PROXY 1 ' +
    // One arena, trimmed early: threads that Node.js starts once would keep memory each.
    '--setenv MALLOC_ARENA_MAX 1 --setenv MALLOC_TRIM_THRESHOLD_ 65536 ' +
    '--setenv PATH /usr/local/bin:/usr/bin:/bin:/run/mayfly/bin',
)

/** The network in which bubblewrap is started is the cell's already. */
const OWN_NETWORK = words('--share-net --unsetenv NODE_USE_ENV_PROXY')

/**
 * The last part of the mounts: what is in it belongs to the cell alone, and then nothing can be mounted over. The first
 * process, bubblewrap's, is not under the guard's filter: nothing of it can be seen, and so its memory not be written.
 */
const OWN_MOUNTS = words(
  `--tmpfs ${INSIDE.temporary} --proc /proc --perms 0555 --size 4096 --tmpfs /proc/1 --remount-ro /proc/1 ` +
    '--dev /dev --remount-ro /dev --remount-ro / --chdir /',
)

function mounts(config: LauncherConfig, boot: Boot, below: Loader | undefined): string[] {
  const cell = join(config.cellsFolder, boot.cell)
  const own = [
    ...readOnly(config.nodePath, INSIDE.node),
    ...readOnly(join(config.runtimeFolder, 'cell'), INSIDE.runtime),
    ...readOnly(join(cell, 'doors'), INSIDE.doors),
  ]
  const root = below ? imageMounts(config, boot.image ?? '', below, own) : [...machineMounts(config, cell), ...own]
  if (boot.uplink) root.push(...readOnly(join(config.runtimeFolder, 'uplink/resolv.conf'), '/etc/resolv.conf'))
  return [...root, '--size', String(boot.ephemeralMb * BYTES_PER_MB), ...OWN_MOUNTS]
}

function machineMounts(config: LauncherConfig, cell: string): string[] {
  return [
    ...readOnly('/usr', '/usr'),
    ...topFolders(),
    ...readOnly(join(config.runtimeFolder, 'etc'), '/etc'),
    ...[...ETC_SHARED, ...ETC_SHARED_FILES].flatMap((path) => ['--ro-bind-try', path, path]),
    ...config.sdkPackages.flatMap(({ name, path }) => readOnly(path, `/node_modules/${name}`)),
    ...readOnly(join(cell, 'var'), '/var'),
    // Layers, for those who have some: else the link leads nowhere.
    '--symlink',
    'var/opt',
    '/opt',
  ]
}

function readOnly(from: string, to: string): string[] {
  return ['--ro-bind', from, to]
}

function words(text: string): string[] {
  return text.split(' ')
}

/** /bin, /lib and so on: links into /usr on most systems, folders of their own on some. */
function topFolders(): string[] {
  return ['bin', 'sbin', 'lib', 'lib64', 'lib32'].flatMap((name) => {
    const path = `/${name}`
    if (!existsSync(path)) return []
    return lstatSync(path).isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path]
  })
}

interface Places {
  readonly node: string
  readonly runtime: string
  readonly api: string
  readonly egress: string
  readonly task: string
  readonly temporary: string
  readonly apiPort: number
}

function bootstrap(config: LauncherConfig, boot: Boot, places: Places, nodeFlags: readonly string[]): string[] {
  const mode = boot.probe ? 'probe' : boot.background ? 'serve' : 'hurry'
  const facts = [places.task, places.temporary, places.api, String(places.apiPort), mode, places.egress]
  const inTierC = config.tier === 'C' ? 'cell' : ''
  if (boot.runtime === 'node') {
    const { heapMb, semiSpaceMb } = config.classes[boot.memoryClass]
    // Only flags with which V8 still takes the compiled code that is built into Node.js.
    const heap = [`--max-old-space-size=${heapMb}`, `--max-semi-space-size=${semiSpaceMb}`]
    return [places.node, ...heap, ...nodeFlags, join(places.runtime, inTierC, 'node/main.cjs'), ...facts]
  }
  if (config.pythonPath === undefined) throw new Error('there is no python')
  return [config.pythonPath, '-I', '-S', join(places.runtime, inTierC, 'python/main.py'), ...facts]
}
