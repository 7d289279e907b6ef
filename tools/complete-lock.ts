// Completes package-lock.json after `npm install`: npm leaves out optional packages of other platforms that the registry
// in use does not carry, and then `npm ci` refuses the lock file everywhere. Each gets an entry with its exact version
// and the platform that its name tells, so that it is skipped where it does not fit. `npm run lock` runs it, for the
// workspace and for the peers of the benchmarks.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

interface LockEntry {
  readonly version?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

interface Lock {
  packages: Record<string, LockEntry>
}

const CPUS = ['arm64', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'wasm32'] as const
const SYSTEMS = ['darwin', 'linux', 'win32', 'freebsd', 'android', 'openharmony', 'aix', 'sunos'] as const
/** What some packages write in place of Node's names. */
const OTHER_WORDS: Readonly<Record<string, string>> = { windows: 'win32', '64': 'x64' }

for (const file of ['package-lock.json', 'bench/peers/package-lock.json']) complete(file)

function complete(file: string): void {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url))
  const lock: Lock = JSON.parse(readFileSync(path, 'utf8'))
  const added: string[] = []
  for (const [owner, entry] of Object.entries(lock.packages))
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {}))
      if (!isLocked(lock, owner, name)) {
        lock.packages[`node_modules/${name}`] = { version, ...platformOf(name) }
        added.push(name)
      }
  const [root, ...others] = Object.entries(lock.packages)
  if (root) lock.packages = Object.fromEntries([root, ...others.toSorted(([one], [other]) => (one < other ? -1 : 1))])
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(added.length === 0 ? `${file} is complete` : `${file}: added ${added.join(', ')}`)
}

/** Whether a package that `owner` asks for is found from its place upwards, as Node would. */
function isLocked(lock: Lock, owner: string, name: string): boolean {
  for (let place = owner; ; place = place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/')))) {
    if (lock.packages[place === '' ? `node_modules/${name}` : `${place}/node_modules/${name}`]) return true
    if (place === '') return false
  }
}

function platformOf(name: string): object {
  const words = new Set(name.split(/[/-]/).map((word) => OTHER_WORDS[word] ?? word))
  const cpu = CPUS.filter((word) => words.has(word))
  const os = SYSTEMS.filter((word) => words.has(word))
  if (cpu.length === 0 && os.length === 0) throw new Error(`${name}: its name tells no platform`)
  const libc = words.has('musl') ? ['musl'] : words.has('gnu') ? ['glibc'] : []
  return {
    ...(cpu.length > 0 && { cpu }),
    ...(libc.length > 0 && { libc }),
    optional: true,
    ...(os.length > 0 && { os }),
  }
}
