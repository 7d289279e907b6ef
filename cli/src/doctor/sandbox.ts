// Whether functions can be isolated here, and what is missing for it: the programs, the kernel's namespaces, control
// groups. Each is tried, not guessed from a version.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { tryCgroupPlaces } from '@mayfly/server/engine/launcher/cgroups.ts'
import { type Finding, ok, warn } from './check.ts'

const PROBE_TIMEOUT_MS = 10_000
const INSTALL = 'in a checkout: node tools/setup-machine.js'

/** Checks for Linux; elsewhere one finding that says that there is no sandbox. */
export async function sandboxFindings(): Promise<readonly Finding[]> {
  if (process.platform !== 'linux')
    return [
      warn(
        'sandbox',
        `${process.platform} has no sandbox for functions: plain processes (tier C)`,
        'Run Mayfly on Linux.',
      ),
    ]
  return [await bubblewrap(), await namespaces(), await setpriv(), await perl(), controlGroups(), user()]
}

async function bubblewrap(): Promise<Finding> {
  const ran = await run('bwrap', ['--version'])
  if (ran.ok) return ok('bubblewrap', ran.out)
  return warn(
    'bubblewrap',
    'not installed: functions run as plain processes (tier C)',
    `sudo apt-get install -y bubblewrap (${INSTALL})`,
  )
}

async function namespaces(): Promise<Finding> {
  const ran = await run('bwrap', [
    '--unshare-all',
    '--unshare-user',
    '--ro-bind',
    '/',
    '/',
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    'true',
  ])
  if (ran.ok) return ok('namespaces', 'user, mount, pid, network and ipc can be made')
  if (ran.missing) return warn('namespaces', 'not tried: bubblewrap is missing', 'Install bubblewrap first.')
  return warn('namespaces', `cannot be made: ${ran.out}`, namespaceMend())
}

/** The three switches that distributions use to forbid user namespaces. */
function namespaceMend(): string {
  if (readNumber('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === 1)
    return `AppArmor forbids it. Save this as /etc/apparmor.d/bwrap, then run sudo systemctl reload apparmor:
        abi <abi/4.0>,
        include <tunables/global>
        profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }`
  if (readNumber('/proc/sys/kernel/unprivileged_userns_clone') === 0)
    return 'sudo sysctl -w kernel.unprivileged_userns_clone=1'
  if (readNumber('/proc/sys/user/max_user_namespaces') === 0) return 'sudo sysctl -w user.max_user_namespaces=15000'
  return 'In a container: allow user namespaces (seccomp and AppArmor unconfined), or run Mayfly on the host.'
}

async function setpriv(): Promise<Finding> {
  const ran = await run('setpriv', ['--version'])
  return ran.ok ? ok('setpriv', ran.out) : warn('setpriv', 'not installed', 'sudo apt-get install -y util-linux')
}

/** The guard that hears of refused system calls is a script of Perl; cells see the one below /usr and no other. */
export async function perl(path = '/usr/bin/perl'): Promise<Finding> {
  const ran = await run(path, ['-e', 'print "perl $^V"'])
  return ran.ok
    ? ok('perl', ran.out)
    : warn(
        'perl',
        'not installed: system calls that functions may not make are refused, but not logged',
        `sudo apt-get install -y perl-base (${INSTALL})`,
      )
}

/** Tried as a server's launcher would: where groups are mounted and writable, the one that we are in may still not be divided. */
function controlGroups(): Finding {
  const name = 'cgroups'
  if (!existsSync('/sys/fs/cgroup/cgroup.controllers') && !existsSync('/sys/fs/cgroup/memory'))
    return warn(
      name,
      'not mounted: memory and CPU are not limited (tier B)',
      'sudo mount -t cgroup2 none /sys/fs/cgroup',
    )
  const found = tryCgroupPlaces()
  if (typeof found === 'string')
    return warn(
      name,
      `${found}: memory and CPU are not limited (tier B)`,
      'Run Mayfly as root, or in a control group of its own: systemd-run --user --scope -p Delegate=yes npx mayfly start',
    )
  if (found.seatable) return ok(name, found.layout)
  return ok(
    name,
    `${found.layout}, outside the group that Mayfly is started in: what is set for that does not hold for functions`,
  )
}

function user(): Finding {
  if (process.getuid?.() === 0) return ok('user', 'root: each cell gets a user id of its own')
  return warn(
    'user',
    'not root: all cells share this user id',
    'Run Mayfly as root where functions of several owners run.',
  )
}

interface Ran {
  readonly ok: boolean
  readonly missing: boolean
  /** First line of what it said. */
  readonly out: string
}

/** Runs a program to its end; never throws. */
export function run(command: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: PROBE_TIMEOUT_MS }, (error, stdout, stderr) => {
      const [line = ''] = `${stdout}${stderr}`.trim().split('\n')
      resolve({ ok: error === null, missing: error?.code === 'ENOENT', out: line || (error?.message ?? '') })
    })
  })
}

function readNumber(path: string): number | undefined {
  return existsSync(path) ? Number(read(path)) : undefined
}

function read(path: string): string {
  return readFileSync(path, 'utf8')
}
