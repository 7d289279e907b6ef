// Attempts to leave the sandbox or to starve the machine, each a deployed function. An attempt returns what it got; the
// table says what it must get. Needs tier A (the resource attempts) or B.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { arch, networkInterfaces } from 'node:os'
import { after, before, test } from 'node:test'
import { SYSCALLS } from '#engine/launcher/syscalls.ts'
import type { SyscallName } from '#engine/launcher/syscalls.ts'
import type { BlockedKind, FunctionVersion } from '#engine/engine.ts'
import { EngineFixture, describeOutcome, until } from './engine-fixture.ts'

let fixture: EngineFixture
before(async () => {
  fixture = await EngineFixture.open({ ready: { node: { small: 2 }, python: { small: 2 } } })
})
after(async () => {
  assert.deepEqual(await fixture.close(), [])
})

interface Attempt {
  readonly got: unknown
  /** The function's log, and what came after the invocation. */
  readonly logged: () => string
}

async function attempt(version: FunctionVersion): Promise<Attempt> {
  const before = fixture.background.length
  const { outcome, lines } = await fixture.invoke(version)
  const got = outcome.kind === 'result' ? JSON.parse(Buffer.from(outcome.payload).toString()) : describeOutcome(outcome)
  return { got, logged: () => [...lines, ...fixture.background.slice(before)].join('\n') }
}

/** Runs Python code whose `attempt` returns what it got, or fails with an error whose name counts. */
function python(body: string): Promise<Attempt> {
  const source = `import ctypes, errno, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def syscall(number, *args):
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in args])
    return "done" if result >= 0 else errno.errorcode[ctypes.get_errno()]
def attempt():
${body.replaceAll(/^/gm, '    ')}
def handler(event, context):
    try:
        return attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))
`
  return attempt(fixture.python(source))
}

/** The same in JavaScript. */
function node(body: string, overrides: Partial<FunctionVersion> = {}): Promise<Attempt> {
  const source = `const fs = require('node:fs'), net = require('node:net'), cp = require('node:child_process')
      const attempt = async () => { ${body} }
      exports.handler = async () => { try { return await attempt() } catch (error) { return error.code ?? error.message } }`
  return attempt(fixture.node(source, overrides))
}

/** In the function's log and in the platform's. It may come a moment after the answer. */
async function mustBeLogged({ logged }: Attempt, kind: BlockedKind, what: RegExp): Promise<void> {
  const line = new RegExp(`MAYFLY BLOCKED ${kind}: .*${what.source}`)
  await until(() => line.test(logged()))
  assert.ok(
    fixture.warnings.some(
      ({ event, fields }) => event === 'blocked' && fields?.['kind'] === kind && what.test(String(fields['what'])),
    ),
    `not in the platform's log: ${what}`,
  )
}

const PROCESS_LIST_BYTES_MAX = 256 * 1024 * 1024
/** How long a cell may take to be gone, on a machine that is busy with other things. */
const END_MS_MAX = 20_000

const numbers = SYSCALLS[arch() === 'arm64' ? 'arm64' : 'x64']
const number = (name: SyscallName): number => numbers[name] ?? assert.fail(name)

/** System calls that the filter answers, whatever their arguments are. */
const FORBIDDEN: readonly SyscallName[] = [
  ...(['unshare', 'setns', 'mount', 'umount2', 'pivot_root', 'chroot', 'move_mount', 'open_tree', 'fsopen'] as const),
  ...(['fsmount', 'mount_setattr', 'ptrace', 'process_vm_readv', 'process_vm_writev', 'pidfd_getfd', 'kcmp'] as const),
  ...(['keyctl', 'add_key', 'request_key', 'bpf', 'perf_event_open', 'userfaultfd', 'fanotify_init'] as const),
  ...(['open_by_handle_at', 'name_to_handle_at', 'init_module', 'finit_module', 'delete_module'] as const),
  ...([
    'kexec_load',
    'swapon',
    'reboot',
    'quotactl',
    'acct',
    'settimeofday',
    'clock_settime',
    'personality',
    'syslog',
    'sethostname',
    'setdomainname',
  ] as const),
]

for (const name of FORBIDDEN)
  test(`the call ${name} is refused`, async () => {
    const tried = await python(`return syscall(${number(name)}, 0, 0, 0, 0, 0)`)
    assert.equal(tried.got, 'EPERM')
    await mustBeLogged(tried, 'system-call', new RegExp(`${name} refused`))
  })

for (const name of ['io_uring_setup', 'io_uring_enter', 'io_uring_register', 'clone3'] as const)
  test(`the call ${name} is unknown`, async () => {
    assert.equal((await python(`return syscall(${number(name)}, 0, 0, 0, 0, 0, 0)`)).got, 'ENOSYS')
  })

const NAMESPACES = {
  user: 0x10000000,
  mount: 0x00020000,
  pid: 0x20000000,
  net: 0x40000000,
  ipc: 0x08000000,
  uts: 0x04000000,
  cgroup: 0x02000000,
}
for (const [name, flag] of Object.entries(NAMESPACES))
  test(`clone cannot make a ${name} namespace`, async () => {
    const tried = await python(`return syscall(${number('clone')}, ${flag} | 17, 0, 0, 0, 0)`)
    assert.equal(tried.got, 'EPERM')
    await mustBeLogged(tried, 'system-call', /clone with a new namespace refused/)
  })

for (const [name, family] of [
  ['vsock', 40],
  ['packet', 17],
  ['bluetooth', 31],
  ['alg', 38],
  ['xdp', 44],
  ['kcm', 41],
] as const)
  test(`no sockets of family ${name}`, async () => {
    const tried = await python(`return syscall(${number('socket')}, ${family}, 1, 0)`)
    assert.equal(tried.got, 'EAFNOSUPPORT')
    await mustBeLogged(tried, 'system-call', new RegExp(`socket of family ${family} refused`))
  })

for (const [name, body, expected] of [
  ['raw sockets', 'socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)', /^EPERM$/],
  ['another user', 'os.setuid(0)\nreturn os.getuid()', /^E(INVAL|PERM)$/],
  [
    'root through newuidmap files',
    'os.write(os.open("/proc/self/uid_map", os.O_WRONLY), b"0 0 1")',
    /^E(PERM|ACCES|ROFS)$/,
  ],
  ['/etc/shadow', 'return open("/etc/shadow").read()', /^ENOENT$/],
  ['a write to /', 'open("/mark", "w")', /^EROFS$/],
  ['a write to /etc', 'open("/etc/passwd", "a")', /^E(ROFS|ACCES)$/],
  ['a write to /usr', 'open("/usr/bin/mark", "w")', /^E(ROFS|ACCES)$/],
  ['a write to the code', 'open("/var/task/index.py", "a")', /^E(ROFS|ACCES)$/],
  ['a new file beside the code', 'open("/var/task/mark.py", "w")', /^E(ROFS|ACCES)$/],
  ['a write to the runtime', 'open("/run/mayfly/runtime/python/main.py", "a")', /^E(ROFS|ACCES)$/],
  ['a write to Node itself', 'open("/run/mayfly/bin/node", "a")', /^E(ROFS|ACCES|TXTBSY)$/],
  ['a write to /dev', 'open("/dev/mark", "w")', /^E(ROFS|ACCES)$/],
  ['/dev/shm', 'open("/dev/shm/mark", "w")', /^E(ROFS|ACCES|NOENT)$/],
  ['a device node', 'os.mknod("/tmp/disk", 0o60600, os.makedev(254, 0))', /^EPERM$/],
  ['/dev/mem', 'return open("/dev/mem", "rb").read(1)', /^ENOENT$/],
  ['/dev/kmsg', 'return open("/dev/kmsg").read(1)', /^ENOENT$/],
  [
    'a disk',
    'return [n for n in os.listdir("/dev") if n.startswith(("vd", "sd", "nvme", "loop", "kvm"))] or "none"',
    /^none$/,
  ],
  [
    'core_pattern',
    'os.write(os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY), b"|/tmp/x")',
    /^E(ROFS|ACCES|PERM)$/,
  ],
  ['sysrq', 'os.write(os.open("/proc/sysrq-trigger", os.O_WRONLY), b"b")', /^E(ROFS|ACCES|PERM|NOENT)$/],
  ['control groups', 'return os.listdir("/sys/fs/cgroup")', /^ENOENT$/],
  ['the data folder', 'return os.listdir("/work") + os.listdir("/home")', /^ENOENT$/],
  [
    'processes of the machine',
    'return "few" if len([n for n in os.listdir("/proc") if n.isdigit()]) <= 3 else "many"',
    /^few$/,
  ],
  [
    'the environment of the first process',
    'data = open("/proc/1/environ").read()\nreturn "nothing" if "AWS_" not in data and "TOKEN" not in data else data',
    /^(nothing|EACCES|EPERM|ENOENT)$/,
  ],
  [
    'the files of the first process',
    'return [p for p in (os.readlink(f"/proc/1/fd/{n}") for n in os.listdir("/proc/1/fd")) if not p.startswith(("socket:", "anon_inode:", "/dev/null"))] or "none"',
    /^(none|EACCES|EPERM|ENOENT)$/,
  ],
  ['a signal to the first process', 'os.kill(1, 9)\nimport time\ntime.sleep(0.05)\nreturn "alive"', /^(alive|EPERM)$/],
  ['a higher priority', 'os.setpriority(os.PRIO_PROCESS, 0, -10)', /^E(ACCES|PERM)$/],
  ['the real-time scheduler', 'os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))', /^EPERM$/],
  ['a core dump', 'import resource\nreturn resource.getrlimit(resource.RLIMIT_CORE)[1]', /^0$/],
  ['capabilities', 'return open("/proc/self/status").read().split("CapBnd:\\t")[1].split("\\n")[0]', /^0+$/],
  ['new privileges', 'return open("/proc/self/status").read().split("NoNewPrivs:\\t")[1][0]', /^1$/],
  [
    'inherited descriptors',
    'found = []\nfor n in os.listdir("/proc/self/fd"):\n    try: found.append(n + " " + os.readlink("/proc/self/fd/" + n))\n    except OSError: pass\nreturn [f for f in found if not f.split(" ")[1].startswith(("socket:", "/dev/null"))] or "none"',
    /^none$/,
  ],
  ['another host name', 'socket.sethostname("mark")', /^EPERM$/],
  [
    'a setuid file',
    'import shutil\nshutil.copy("/usr/bin/id", "/tmp/id")\nos.chmod("/tmp/id", 0o4755)\nimport subprocess\nreturn "uid 0" if b"euid=0" in subprocess.run(["/tmp/id"], capture_output=True).stdout else "same user"',
    /^same user$/,
  ],
  [
    'su and friends',
    'import subprocess\nreturn subprocess.run(["/usr/bin/su", "-c", "id"], capture_output=True, stdin=subprocess.DEVNULL).returncode != 0 and "refused"',
    /^(refused|ENOENT)$/,
  ],
  ['the network', 'return [name for _n, name in socket.if_nameindex()]', /^lo$/],
  [
    'the machine’s address',
    's = socket.socket()\ns.settimeout(1)\ns.connect(("1.1.1.1", 53))\nreturn "connected"',
    /^ENETUNREACH$/,
  ],
  [
    'the metadata service',
    's = socket.socket()\ns.settimeout(1)\ns.connect(("169.254.169.254", 80))\nreturn "connected"',
    /^ENETUNREACH$/,
  ],
  ['shared memory of others', 'return open("/proc/sysvipc/shm").read().count("\\n")', /^1$/],
  [
    'a link out of /tmp',
    'os.symlink("/proc/1/root/etc/shadow", "/tmp/link")\nreturn open("/tmp/link").read()',
    /^E(ACCES|NOENT|PERM)$/,
  ],
] as const)
  test(`out of reach: ${name}`, async () => {
    const { got } = await python(body.includes('return') ? body : `${body}\nreturn "done"`)
    assert.match(String(got), expected)
  })

for (const address of ['127.0.0.1', '0.0.0.0', 'localhost', '::1', '::ffff:127.0.0.1', '2130706433'])
  test(`a port of the machine is not reachable as ${address}`, async () => {
    const server = createServer((socket) => socket.end('reached'))
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
    const { port } = server.address() as AddressInfo
    const { got } =
      await node(`return new Promise((resolve, reject) => { const s = net.connect(${port}, ${JSON.stringify(address)})
      s.on('data', (d) => resolve(String(d))); s.on('error', reject) })`)
    server.close()
    assert.match(String(got), /^E(CONNREFUSED|ADDRNOTAVAIL|NETUNREACH)|AggregateError/)
  })

test('abstract sockets of the machine are not reachable', async () => {
  const server = createServer((socket) => socket.end('reached'))
  await new Promise<void>((resolve) => server.listen('\0mayfly-escape-test', resolve))
  const { got } = await node(`return new Promise((resolve, reject) => { const s = net.connect('\\0mayfly-escape-test')
    s.on('data', (d) => resolve(String(d))); s.on('error', reject) })`)
  server.close()
  assert.equal(got, 'ECONNREFUSED')
})

test('other cells’ folders and the engine’s socket are not there', async () => {
  const { got } = await node(`return fs.readdirSync('/run').concat(fs.readdirSync('/run/mayfly').sort())`)
  assert.deepEqual(got, ['mayfly', 'bin', 'doors', 'runtime'])
  assert.equal((await node(`return fs.readdirSync(${JSON.stringify(fixture.folder)})`)).got, 'ENOENT')
})

test('/tmp is bounded', async () => {
  const got = await fixture.invoke(
    fixture.node(
      `exports.handler = async () => { try { for (let n = 0; ; n++) require('node:fs').writeFileSync('/tmp/' + n, Buffer.alloc(1e7, 1)) } catch (e) { return e.code } }`,
      { memoryMb: 1_024, timeoutMs: 20_000 },
    ),
  )
  assert.equal(describeOutcome(got.outcome), 'result: "ENOSPC"')
})

const INTERNET = { network: () => Promise.resolve({ kind: 'internet' as const }) }

for (const target of [
  '127.0.0.1:4566',
  '[::1]:4566',
  '0.0.0.0:4566',
  '[::]:4566',
  '[::ffff:127.0.0.1]:4566',
  '[::127.0.0.1]:4566',
  '2130706433:4566',
  '0x7f000001:4566',
  '0177.0.0.1:4566',
  '127.1:4566',
  'localhost:4566',
  '[64:ff9b::7f00:1]:80',
  '169.254.169.254:80',
  '[fd00:ec2::254]:80',
  '[fe80::1]:80',
  '100.100.100.200:80',
  '168.63.129.16:80',
  '10.0.0.1:5432',
  '172.16.0.1:4222',
  '192.168.0.1:22',
  '93.184.216.34:25',
  '224.0.0.1:80',
  '<this machine>:22',
])
  test(`the proxy leads nobody to ${target}`, async () => {
    const own = Object.values(networkInterfaces()).flatMap((list) => list?.filter(({ internal }) => !internal) ?? [])
    const goal = target.replace('<this machine>', own[0]?.address ?? '127.0.0.1')
    const tried = await node(
      `return new Promise((resolve, reject) => { const s = net.connect(3128, '127.0.0.1'); let got = ''
        s.on('data', (d) => (got += d)); s.on('close', () => resolve(got)); s.on('error', reject)
        s.write('CONNECT ${goal} HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n') })`,
      INTERNET,
    )
    assert.match(String(tried.got), /^HTTP\/1\.1 403 Forbidden[^]*Mayfly: connection to .* refused/)
    await mustBeLogged(tried, 'network', /refused/)
  })

for (const [name, body] of [
  [
    'a process that is started without Node’s own checks',
    `return process.binding('spawn_sync').spawn({ file: '/bin/cat', args: ['cat', '/etc/shadow'], envPairs: [], stdio: [{ type: 'ignore' }, { type: 'pipe', readable: false, writable: true }, { type: 'ignore' }] }).output?.[1]?.length ? 'read' : 'nothing'`,
  ],
  [
    'WASI with the whole machine',
    `const { WASI } = require('node:wasi'); new WASI({ version: 'preview1', preopens: { '/': '/' } }); return fs.existsSync('/etc/shadow') ? 'read' : 'nothing'`,
  ],
  ['the memory of the first process', `return fs.readFileSync('/proc/1/mem') && 'read'`],
  ['the memory of the bootstrap’s parent', `return fs.openSync('/proc/' + process.ppid + '/mem', 'r+') && 'open'`],
  ['the root of the first process', `return fs.readFileSync('/proc/1/root/etc/shadow') && 'read'`],
  [
    'code for the next start in a shared folder',
    `for (const p of ['/node_modules/x.js', '/run/mayfly/runtime/x.js', '/usr/lib/x.js', '/var/task/x.js', '/var/opt/x.js', '/etc/x']) { try { fs.writeFileSync(p, ''); return 'wrote ' + p } catch {} } return 'nothing'`,
  ],
  ['a library that is preloaded elsewhere', `fs.writeFileSync('/etc/ld.so.preload', '/tmp/x.so'); return 'wrote'`],
  [
    'a native library of its own',
    `fs.writeFileSync('/tmp/x.node', 'no library'); process.dlopen({ exports: {} }, '/tmp/x.node'); return 'loaded'`,
  ],
  [
    'the engine’s environment',
    `const all = fs.readdirSync('/proc').filter((n) => /^\\d+$/.test(n)).flatMap((n) => { try { return [fs.readFileSync('/proc/' + n + '/environ', 'latin1')] } catch { return [] } }).join(); return all.includes('MAYFLY_ESCAPE_CANARY') ? 'read' : 'nothing'`,
  ],
  [
    'the engine’s memory in a heap snapshot',
    `const parts = []; for await (const part of require('node:v8').getHeapSnapshot()) parts.push(part); return Buffer.concat(parts).includes(['CANARY', 'OF', 'THE', 'ENGINE'].join('-')) ? 'read' : 'nothing'`,
  ],
  [
    'room in the table of open files',
    `const open = []; for (;;) { try { open.push(fs.openSync('/dev/null')) } catch (error) { for (const fd of open) fs.closeSync(fd); return error.code + ' ' + (open.length < 1_100) } }`,
  ],
] as const)
  test(`out of reach of Node.js: ${name}`, async () => {
    process.env['MAYFLY_ESCAPE_CANARY'] = 'CANARY-OF-THE-ENGINE'
    const { got } = await node(body)
    assert.match(String(got), /^(?:nothing|EMFILE true|ENOENT|EACCES|EPERM|EROFS|EIO|ERR_DLOPEN_FAILED)$/)
  })

test('an inspector is heard by nobody outside the cell', async () => {
  const { got } = await node(
    `const { port } = new URL((require('node:inspector').open(0, '0.0.0.0'), require('node:inspector').url())); return Number(port)`,
  )
  assert.equal(typeof got, 'number', String(got))
  const reached = await new Promise((resolve) => {
    const socket = connect(Number(got), '127.0.0.1')
    socket.on('connect', () => resolve('reached')).on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
  assert.equal(reached, 'ECONNREFUSED')
})

test('poisoned prototypes, globals and files of one version are not those of another', async () => {
  const poison = `Object.prototype.requestId = 'poison'; Array.prototype.push = () => 0; JSON.stringify = () => '"poison"'; globalThis.mark = 1; fs.writeFileSync('/tmp/mark', '')`
  await node(`${poison}; return 1`)
  const { got } = await node(`return [globalThis.mark ?? 'none', fs.readdirSync('/tmp'), ({}).requestId ?? 'none']`)
  assert.deepEqual(got, ['none', [], 'none'])
})

for (const [name, bytes] of [
  ['an unknown type', '[12,0,0,0, 1,0,0,0, 99,0,0,0, 0,0,0,0]'],
  ['an answer for another id', '[12,0,0,0, 9,9,9,9, 18,0,0,0, 0,0,0,0]'],
  ['an endless length', '[255,255,255,255, 1,0,0,0]'],
  ['meta longer than the frame', '[12,0,0,0, 1,0,0,0, 18,0,0,0, 255,0,0,0]'],
  ['READY again', '[12,0,0,0, 0,0,0,0, 16,0,0,0, 0,0,0,0]'],
  ['ASSIGNED again', '[12,0,0,0, 0,0,0,0, 17,0,0,0, 0,0,0,0]'],
  ['an assignment of its own', '[12,0,0,0, 0,0,0,0, 1,0,0,0, 0,0,0,0]'],
  ['a body of nobody', '[12,0,0,0, 1,0,0,0, 3,0,0,0, 0,0,0,0]'],
  ['a knock at no door', '[12,0,0,0, 0,0,0,0, 23,0,9,0, 0,0,0,0]'],
  ['a second knock', '[12,0,0,0, 0,0,0,0, 23,0,1,0, 0,0,0,0, 12,0,0,0, 0,0,0,0, 23,0,1,0, 0,0,0,0]'],
  ['garbage', '[...Array(4096)].map((_, n) => (n * 31) & 255)'],
] as const)
  test(`on the channel: ${name} ends the cell, is logged, and harms nobody`, async () => {
    const tried = await attempt(
      fixture.node(
        `exports.handler = async () => { require('node:fs').writeSync(3, Buffer.from(${bytes})); await new Promise((r) => setTimeout(r, 1000)) }`,
      ),
    )
    assert.match(String(tried.got), /"kind":"exit"/)
    await mustBeLogged(tried, 'frame', /./)
    assert.equal((await node('return "fine"')).got, 'fine')
  })

test('endless output ends in a line that says so', async () => {
  const flood = fixture.node(
    'exports.handler = async () => { const line = "x".repeat(1e5); for (let n = 0; n < 300; n++) console.log(line) }',
  )
  const { outcome, lines } = await fixture.invoke(flood)
  assert.equal(outcome.kind, 'result')
  assert.ok(lines.join('').length < 9e6)
  assert.match(lines.at(-1) ?? '', /^More than 8388608 bytes of log/)
})

test('two answers to one invocation end the cell', async () => {
  const result = '[16,0,0,0, 1,0,0,0, 18,0,0,0, 0,0,0,0, 110,117,108,108]'
  const version = fixture.node(
    `exports.handler = async () => { require('node:fs').writeSync(3, Buffer.from(${result})); await new Promise((r) => setTimeout(r, 50)); return "second" }`,
  )
  const first = await fixture.invoke(version)
  assert.equal(describeOutcome(first.outcome), 'result: null')
  assert.ok(first.outcome.kind === 'result')
  const { instance } = first.outcome.metering
  await until(() => !existsSync(`${fixture.folder}/cells/${instance}`), END_MS_MAX)
  const second = await fixture.invoke(version)
  assert.ok('metering' in second.outcome && second.outcome.kind === 'result' && second.outcome.metering.cold)
})

test('who calls right after a broken frame does not meet the cell that ends for it', async () => {
  const answerAndGarbage =
    '[16,0,0,0, 1,0,0,0, 18,0,0,0, 0,0,0,0, 110,117,108,108, 12,0,0,0, 1,0,0,0, 99,0,0,0, 0,0,0,0]'
  const version = fixture.node(
    `exports.handler = async () => { require('node:fs').writeSync(3, Buffer.from(${answerAndGarbage})); await new Promise((r) => setTimeout(r, 1000)) }`,
  )
  for (let call = 0; call < 3; call++) {
    const { outcome } = await fixture.invoke(version)
    assert.equal(describeOutcome(outcome), 'result: null')
    assert.ok(outcome.kind === 'result' && outcome.metering.cold)
  }
})

test('a fork bomb stops at the limit and ends with its cell', async (t) => {
  if (fixture.engine.status().tier !== 'A') return t.skip('needs control groups')
  const version = fixture.python(
    `import os, time
def handler(event, context):
    n = 0
    try:
        while True:
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
            n += 1
    except OSError as error:
        return [n, error.errno]`,
    { memoryMb: 1_024, timeoutMs: 20_000 },
  )
  const [count, code] = (await fixture.result(version)) as [number, number]
  assert.ok(count > 100 && count < 1_024, String(count))
  assert.equal(code, 11)
  fixture.engine.retire(version.id)
  await until(() =>
    fixture.warnings.some(({ event, fields }) => event === 'blocked' && fields?.['kind'] === 'processes'),
  )
})

test('a grandchild does not survive its cell', async () => {
  const mark = `6${process.pid}1.5`
  const version = fixture.node(
    `exports.handler = async () => { require('node:child_process').spawn('sleep', ['${mark}'], { detached: true, stdio: 'ignore' }).unref(); return 1 }`,
  )
  await fixture.result(version)
  // `ps` lists everything that runs on the machine, which may be much.
  const running = (): boolean =>
    execFileSync('ps', ['-eo', 'args'], { maxBuffer: PROCESS_LIST_BYTES_MAX }).includes(`sleep ${mark}`)
  assert.ok(running())
  fixture.engine.retire(version.id)
  await until(() => !running(), END_MS_MAX)
})

test('nothing of an ended cell stays in the file system', async () => {
  const version = fixture.node('exports.handler = async () => 1')
  const { outcome } = await fixture.invoke(version)
  assert.ok(outcome.kind === 'result')
  const folder = `${fixture.folder}/cells/${outcome.metering.instance}`
  assert.deepEqual(readdirSync(folder).sort(), ['doors', 'var'])
  fixture.engine.retire(version.id)
  await until(() => !existsSync(folder), END_MS_MAX)
})
