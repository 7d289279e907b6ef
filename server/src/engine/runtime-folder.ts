// What the launcher and the cells run, prepared once at the start: bootstraps and launcher without their types (stripping
// inside a cell would cost 30 ms and 17 MB in each) and each in one script, the system-call filter, and the cells' /etc.
import { hash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { getCompileCacheDir, stripTypeScriptTypes } from 'node:module'
import { arch } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { RUNTIME_SOURCES } from '@mayfly/runtime/place.ts'
import { InvariantError } from '#base/errors.ts'
import { keepText } from './kept-text.ts'
import { ETC_MOUNTPOINTS } from './launcher/sandbox.ts'
import { UPLINK_RESOLVER } from './launcher/uplink.ts'
import { seccompFilter } from './launcher/seccomp.ts'
import { oneScript } from './one-script.ts'

const ETC_FILES: Readonly<Record<string, string>> = {
  passwd: 'root:x:0:0:root:/:/usr/sbin/nologin\nfunction:x:65534:65534:function:/tmp:/usr/sbin/nologin\n',
  group: 'root:x:0:\nfunction:x:65534:\n',
  hosts: '127.0.0.1 localhost\n::1 localhost\n127.0.0.1 function sandbox.localdomain sandbox\n',
  hostname: 'function\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  'resolv.conf': '',
}

const BASE = join(import.meta.dirname, '../base')

/** Writes the folder anew. Returns the launcher's entry file. */
export function prepareRuntimeFolder(folder: string): string {
  rmSync(folder, { recursive: true, force: true })
  const runtime = RUNTIME_SOURCES
  const engine = import.meta.dirname
  mkdirSync(join(folder, 'cell/node'), { recursive: true })
  mkdirSync(join(folder, 'launcher'))
  withoutStripWarning(() => {
    const bootstrap = { entry: 'node/main.ts', folders: { node: join(runtime, 'node'), '.': runtime } }
    const launcher = { entry: 'launcher/main.ts', folders: { launcher: join(engine, 'launcher'), base: BASE } }
    writeFileSync(join(folder, 'cell/node/main.cjs'), scriptOnce(bootstrap))
    writeFileSync(join(folder, 'launcher/main.cjs'), scriptOnce(launcher))
  })
  // Most functions are .js files without a package.json, so the rehearsed one is, too.
  copyFileSync(join(runtime, 'node/rehearsed.cjs'), join(folder, 'cell/node/rehearsed.js'))
  copyFileSync(join(runtime, 'node/rehearsed-module.mjs'), join(folder, 'cell/node/rehearsed-module.mjs'))
  copyFolder(join(runtime, 'python'), join(folder, 'cell/python'), '.py')
  copyFolder(join(runtime, 'guard'), join(folder, 'cell/guard'), 'enter.pl')
  copyFolder(join(runtime, 'guard'), join(folder, 'guard'), 'watch.pl')
  writeEtc(join(folder, 'etc'))
  mkdirSync(join(folder, 'uplink'))
  writeFileSync(join(folder, 'uplink/resolv.conf'), `nameserver ${UPLINK_RESOLVER}\n`)
  const architecture = arch()
  if (architecture === 'x64' || architecture === 'arm64') {
    writeFileSync(join(folder, 'filter.bpf'), seccompFilter(architecture))
    writeFileSync(join(folder, 'base.bpf'), seccompFilter(architecture, 'leave'))
    writeFileSync(join(folder, 'cell/guard/guard.bpf'), seccompFilter(architecture, 'ask'))
  }
  return join(folder, 'launcher/main.cjs')
}

function writeEtc(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(ETC_FILES)) writeFileSync(join(folder, name), text)
  for (const path of ETC_MOUNTPOINTS.folders) mkdirSync(join(dirname(folder), path), { recursive: true })
  for (const path of ETC_MOUNTPOINTS.files) writeFileSync(join(dirname(folder), path), '')
}

interface Sources {
  /** Id of the first module. */
  readonly entry: string
  /** Where modules are, by what stands before the name in their ids. */
  readonly folders: Readonly<Record<string, string>>
}

/**
 * The modules as one script, from the folder of Node's compile cache where that is in use: the stripper of types is 25 MB and
 * 100 ms that only the first start of a version should pay.
 */
function scriptOnce({ entry, folders }: Sources): string {
  const texts = new Map<string, string>()
  for (const [prefix, folder] of Object.entries(folders))
    for (const name of readdirSync(folder))
      if (/(?<!\.test)\.ts$/.test(name)) texts.set(posix.join(prefix, name), readFileSync(join(folder, name), 'utf8'))
  const make = (): string => oneScript(entry, (id) => stripTypeScriptTypes(texts.get(id) ?? missing(id)))
  const cacheFolder = getCompileCacheDir()
  if (cacheFolder === undefined) return make()
  const maker = readFileSync(join(import.meta.dirname, 'one-script.ts'), 'utf8')
  const cached = join(cacheFolder, `script-${hash('sha256', JSON.stringify([maker, entry, ...texts]))}.cjs`)
  try {
    return readFileSync(cached, 'utf8')
  } catch {
    // Not there yet.
    const script = make()
    keepText(cached, script)
    return script
  }
}

function missing(id: string): never {
  throw new InvariantError(`there is no module ${id} for launcher or cells`)
}

function copyFolder(from: string, to: string, extension: string): void {
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from)) if (name.endsWith(extension)) copyFileSync(join(from, name), join(to, name))
}

/** The function is called experimental and says so on stderr, once; what it does is checked by every cell's boot. */
function withoutStripWarning(work: () => void): void {
  const original = Object.getOwnPropertyDescriptor(process, 'emitWarning')
  process.emitWarning = () => {}
  try {
    work()
  } finally {
    if (original) Object.defineProperty(process, 'emitWarning', original)
  }
}
