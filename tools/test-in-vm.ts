// Runs tests in a virtual machine with a kernel of its own and control groups of the second version, as systemd lays them
// out: `npm run test:vm -- server/test/engine/cpu.test.ts`. For what this machine's own kernel or groups cannot show. The
// processor is emulated, at a tenth of the speed, so a test that measures time may fail there and nowhere else.
//
//   --kernel=<package>                a Debian package of a kernel, a file or the name of one (linux-image-…-cloud-amd64)
//   --session=service|login|user      root in a group of its own; root in a session without the CPU controller; somebody else
//                                     in a group of their own
//   --fresh                           makes the disk anew, after packages of this machine or of npm have changed
//
// Needs root on Debian, and packages that it names.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const SESSIONS = ['service', 'login', 'user']
const MINUTES_MAX = 60
const DISK_SIZE = '8G'
const INITRD_BYTES_MAX = 64 * 1024 * 1024
/** Of this machine's files, what tests need; large things that none of them uses are left out. */
const SYSTEM = ['bin', 'lib', 'lib64', 'sbin', 'usr', 'etc']
const LEFT_OUT = ['usr/share/doc', 'usr/share/man', 'usr/lib/llvm-*', 'usr/lib/google-cloud-sdk', 'usr/local/go']
const NEEDED = {
  '/usr/bin/qemu-system-x86_64': 'qemu-system-x86',
  '/bin/busybox': 'busybox-static',
  '/usr/bin/cpio': 'cpio',
  '/sbin/mkfs.ext4': 'e2fsprogs',
}
/** In the order in which they are loaded; each after what it needs. */
const MODULES = ['virtio_ring', 'virtio', 'virtio_blk', 'virtio_pci_modern_dev', 'virtio_pci_legacy_dev', 'virtio_pci']

const root = fileURLToPath(new URL('..', import.meta.url))
const { values, positionals } = parseArgs({
  options: {
    kernel: { type: 'string', default: 'linux-image-cloud-amd64' },
    session: { type: 'string', default: 'service' },
    fresh: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
if (positionals.length === 0 || !SESSIONS.includes(values.session)) {
  console.error(
    `usage: npm run test:vm -- [--kernel=<package>] [--session=${SESSIONS.join('|')}] [--fresh] <test file>...`,
  )
  process.exit(2)
}
const missing = Object.entries(NEEDED).filter(([file]) => !existsSync(file))
if (missing.length > 0) {
  console.error(`not installed: apt-get install -y ${missing.map(([, name]) => name).join(' ')}`)
  process.exit(3)
}
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'mayfly', 'vm')
mkdirSync(cache, { recursive: true })
const kernel = kernelFolder(values.kernel)
const disk = join(cache, 'system.img')
if (values.fresh || !existsSync(disk)) makeDisk(disk)
process.exit(runTests(positionals))

/** Where the package is unpacked. A package that only names another one leads to that. */
function kernelFolder(given: string): string {
  if (!existsSync(given)) {
    const depends = execFileSync('apt-cache', ['depends', given], { encoding: 'utf8' })
    const actual = /Depends: (linux-image-\d\S*)/.exec(depends)?.[1] ?? given
    const found = globSync(join(cache, `${actual}_*.deb`))[0]
    if (found) return kernelFolder(found)
    execFileSync('apt-get', ['download', actual], { cwd: cache, stdio: ['ignore', 'ignore', 'inherit'] })
    return kernelFolder(globSync(join(cache, `${actual}_*.deb`))[0] ?? actual)
  }
  const folder = join(cache, basename(given, '.deb'))
  if (!existsSync(folder)) execFileSync('dpkg-deb', ['-x', given, folder])
  return folder
}

function makeDisk(path: string): void {
  console.log('making the disk of the virtual machine (a minute or two)')
  const staging = mkdtempSync(join(cache, 'staging-'))
  try {
    for (const folder of ['proc', 'sys', 'dev', 'run', 'tmp', 'root', 'var/tmp', 'mayfly'])
      mkdirSync(join(staging, folder), { recursive: true })
    const packed = join(staging, 'packed.tar')
    const exclude = LEFT_OUT.map((name) => `--exclude=${name}`)
    execFileSync('tar', ['-C', '/', '-cf', packed, ...exclude, ...SYSTEM], { stdio: 'inherit' })
    execFileSync('tar', ['-C', staging, '-xf', packed], { stdio: 'inherit' })
    rmSync(packed)
    cpSync(root, join(staging, 'mayfly'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => basename(path) !== '.git',
    })
    execFileSync('mkfs.ext4', ['-q', '-F', '-d', staging, path, DISK_SIZE], { stdio: 'inherit' })
  } finally {
    rmSync(staging, { recursive: true })
  }
}

/** The exit status. */
function runTests(files: readonly string[]): number {
  const work = mkdtempSync(join(tmpdir(), 'mayfly-vm-'))
  try {
    const job = join(work, 'job')
    mkdirSync(job)
    writeFileSync(join(job, 'session'), values.session)
    writeFileSync(join(job, 'tests'), files.join('\n'))
    const sources = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
    const present = sources.split('\n').filter((path) => path !== '' && existsSync(join(root, path)))
    execFileSync('tar', ['cf', join(job, 'sources.tar'), '-T', '-'], { cwd: root, input: present.join('\n') })
    const jobDisk = join(work, 'job.img')
    execFileSync('mkfs.ext4', ['-q', '-F', '-d', job, jobDisk, '512M'])
    const drive = (path: string, more = ''): string[] => ['-drive', `file=${path},if=virtio,format=raw${more}`]
    const machine = ['-accel', 'tcg,thread=multi,tb-size=1024', '-cpu', 'max,-pku', '-m', '8192', '-smp', '2']
    const vmlinuz = globSync(join(kernel, 'boot/vmlinuz-*'))[0] ?? ''
    const begin = [
      '-kernel',
      vmlinuz,
      '-initrd',
      makeInitrd(work),
      '-append',
      'console=ttyS0 quiet panic=1 mitigations=off',
    ]
    const disks = [...drive(disk, ',snapshot=on'), ...drive(jobDisk)]
    const plain = ['-nographic', '-no-reboot', '-net', 'none']
    const run = spawnSync('qemu-system-x86_64', [...machine, ...begin, ...disks, ...plain], {
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
      timeout: MINUTES_MAX * 60_000,
    })
    const read = (name: string): string =>
      execFileSync('debugfs', ['-R', `cat ${name}`, jobDisk], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    const said = read('said')
    console.log(said === '' ? run.stdout : said)
    return read('status').trim() === '0' ? 0 : 1
  } finally {
    rmSync(work, { recursive: true })
  }
}

/** What the kernel begins with: the modules for its disks, and init.sh. */
function makeInitrd(work: string): string {
  const folder = join(work, 'first')
  mkdirSync(join(folder, 'bin'), { recursive: true })
  copyFileSync('/bin/busybox', join(folder, 'bin/busybox'))
  copyFileSync(join(root, 'tools/vm/init.sh'), join(folder, 'init'))
  for (const file of ['bin/busybox', 'init']) chmodSync(join(folder, file), 0o755)
  const found = MODULES.flatMap((name) =>
    globSync(join(kernel, `{usr/,}lib/modules/*/kernel/**/${name}.ko`)).slice(0, 1),
  )
  // Which of the first two needs the other one depends on the kernel.
  const needsRing = readFileSync(found[1] ?? '').includes('depends=virtio_ring')
  const ordered = needsRing ? found : [...found.slice(0, 2).toReversed(), ...found.slice(2)]
  for (const path of ordered) copyFileSync(path, join(folder, basename(path)))
  writeFileSync(join(folder, 'modules'), ordered.map((path) => basename(path)).join('\n'))
  const file = join(work, 'initrd')
  const names = ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })].join('\n')
  writeFileSync(
    file,
    execFileSync('cpio', ['-o', '-H', 'newc', '--quiet'], { cwd: folder, input: names, maxBuffer: INITRD_BYTES_MAX }),
  )
  return file
}
