// Installs the system packages that Mayfly, its tests or its benchmarks use and that are missing. Runs after `npm ci` (for
// running), before the tests (`--tests`) and before the benchmarks (`--bench`). Plain JavaScript without dependencies: it runs under whatever Node is there.
// Where it may not install (not root, not Debian), it names the line that does and ends without an error: Mayfly goes
// on in a weaker tier, and tests that need the package are skipped with a printed reason.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** A package is present when one of its files is. */
const RUNNING = [
  { name: 'bubblewrap', files: ['/usr/bin/bwrap'] },
  { name: 'python3', files: ['/usr/bin/python3'] },
  // For the guard, which tells of refused system calls. Part of every Debian.
  { name: 'perl-base', files: ['/usr/bin/perl'] },
  // For functions with a network of their own.
  { name: 'slirp4netns', files: ['/usr/bin/slirp4netns'] },
  { name: 'nftables', files: ['/usr/sbin/nft'] },
]
const TESTING = [
  // Another machine, for the network of functions.
  { name: 'iproute2', files: ['/usr/sbin/ip', '/sbin/ip'] },
  { name: 'postgresql', files: ['/usr/lib/postgresql/15/bin/initdb', '/usr/lib/postgresql/17/bin/initdb'] },
  { name: 'awscli', files: ['/usr/bin/aws'] },
  { name: 'python3-boto3', files: ['/usr/lib/python3/dist-packages/boto3/__init__.py'] },
  // For functions with a requirements.txt.
  { name: 'python3-pip', files: ['/usr/lib/python3/dist-packages/pip/__init__.py'] },
  { name: 'curl', files: ['/usr/bin/curl'] },
  // Tools that must work on a bucket unchanged.
  { name: 'rclone', files: ['/usr/bin/rclone'] },
  { name: 's3fs', files: ['/usr/bin/s3fs'] },
  // For the library that makes syncs fail and logs what reaches the disk.
  { name: 'gcc', files: ['/usr/bin/gcc'] },
  { name: 'libc6-dev', files: ['/usr/include/stdio.h'] },
  // The judge of cross-origin requests.
  { name: 'chromium', files: ['/usr/bin/chromium'] },
]

const MEASURING = [{ name: 'wrk', files: ['/usr/bin/wrk'] }]

const LOCK_WAIT_S = 300
const LOCK_LOOK_MS = 2_000

const wanted = [
  ...RUNNING,
  ...(process.argv.includes('--tests') ? TESTING : []),
  ...(process.argv.includes('--bench') ? MEASURING : []),
]
const missing = wanted.filter(({ files }) => !files.some((file) => existsSync(file))).map(({ name }) => name)

if (process.platform === 'linux' && missing.length > 0) {
  const line = `apt-get install -y --no-install-recommends ${missing.join(' ')}`
  const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  if (mayInstall) install(line)
  else console.error(`mayfly: not installed here: ${missing.join(', ')}. To install: sudo ${line}`)
}

function install(line) {
  console.error(`mayfly: installing ${missing.join(', ')}`)
  apt(['update', '-qq'])
  const [, ...args] = line.split(' ')
  const done = apt(args)
  if (done.status !== 0) console.error(`mayfly: could not install. To try by hand: ${line}\n${done.stderr ?? ''}`)
}

/** Runs apt-get. A machine that other installs are busy on holds its locks for a while: that is waited for. */
function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' }
  const endMs = Date.now() + LOCK_WAIT_S * 1000
  for (;;) {
    // apt waits for one of its three locks by itself.
    const done = spawnSync('apt-get', ['-o', `DPkg::Lock::Timeout=${LOCK_WAIT_S}`, ...args], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    })
    const isLocked = done.status !== 0 && /Could not get lock|Unable to lock/.test(done.stderr ?? '')
    if (!isLocked || Date.now() > endMs) return done
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_LOOK_MS)
  }
}
