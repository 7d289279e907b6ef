// Builds that need not be made again. A build is reused only when every source that went into it is the same by its
// content, the folders that hold the sources hold the same names (a new file can change what an import means), and
// everything else that decides about the result is the same too. It lies in `.mayfly/` of the project, which no version
// control should see.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { VERSION } from '../version.ts'
import { type Entry, findEntry } from './entry.ts'
import { type FunctionPackage, packageFunction, type PackageOptions } from './package-function.ts'

export interface CachedPackage {
  readonly packed: FunctionPackage
  readonly build: 'rebuilt' | 'cached'
}

interface BuildRecord {
  readonly format: number
  readonly circumstances: string
  /** Names in the folders of the sources, hashed. */
  readonly folders: Readonly<Record<string, string>>
  readonly inputs: Readonly<Record<string, string>>
  readonly packed: Omit<FunctionPackage, 'zip'>
}

const FORMAT = 2

/** Packages, or takes the build of the same sources. Throws what packageFunction throws. */
export async function packageWithCache(path: string, options: PackageOptions): Promise<CachedPackage> {
  const entry = findEntry(path, options)
  const circumstances = hashCircumstances(entry, options)
  const cached = read(entry, circumstances)
  if (cached !== undefined) return { packed: cached, build: 'cached' }
  const packed = await packageFunction(path, options)
  write(entry, circumstances, packed)
  return { packed, build: 'rebuilt' }
}

function read(entry: Entry, circumstances: string): FunctionPackage | undefined {
  const files = cacheFiles(entry)
  try {
    const record = JSON.parse(readFileSync(files.record, 'utf8')) as BuildRecord
    if (record.format !== FORMAT || record.circumstances !== circumstances) return undefined
    for (const [folder, hash] of Object.entries(record.folders)) if (hashNames(folder) !== hash) return undefined
    for (const [file, hash] of Object.entries(record.inputs)) if (hashFile(file) !== hash) return undefined
    const zip = readFileSync(files.zip)
    if (createHash('sha256').update(zip).digest('base64') !== record.packed.sha256) return undefined
    return { ...record.packed, zip }
  } catch {
    // No build, half a build, or a source that is gone: build it.
    return undefined
  }
}

function write(entry: Entry, circumstances: string, packed: FunctionPackage): void {
  const files = cacheFiles(entry)
  const { zip, ...rest } = packed
  const inputs = Object.fromEntries(packed.inputs.map((file) => [file, hashFile(file) ?? '']))
  const folders = Object.fromEntries(foldersOf(entry, packed.inputs).map((folder) => [folder, hashNames(folder) ?? '']))
  const record: BuildRecord = { format: FORMAT, circumstances, folders, inputs, packed: rest }
  try {
    mkdirSync(dirname(files.zip), { recursive: true })
    writeFileSync(join(entry.folder, '.mayfly', '.gitignore'), '*\n')
    replace(files.zip, zip)
    // Last: a record without its zip would be taken for a build.
    replace(files.record, JSON.stringify(record))
  } catch {
    // A folder that cannot be written to costs the next build its time, and nothing else.
  }
}

function replace(path: string, content: Buffer | string): void {
  writeFileSync(`${path}.new`, content)
  renameSync(`${path}.new`, path)
}

function cacheFiles(entry: Entry): { readonly zip: string; readonly record: string } {
  const stem = join(entry.folder, '.mayfly', 'build', entry.name)
  return { zip: `${stem}.zip`, record: `${stem}.json` }
}

/** Whatever decides about the build besides its sources. */
function hashCircumstances(entry: Entry, options: PackageOptions): string {
  const hash = createHash('sha256')
  const { handler, name, runtime } = options
  hash.update(JSON.stringify({ VERSION, entry, handler, name, runtime, os: process.platform, cpu: process.arch }))
  // What npm installed, here or above, and how TypeScript resolves.
  for (let folder = entry.folder; ; folder = dirname(folder)) {
    for (const name of ['package.json', 'tsconfig.json', 'node_modules/.package-lock.json', 'package-lock.json'])
      hash.update(`${name} ${hashFile(join(folder, name)) ?? ''}\n`)
    if (folder === dirname(folder)) return hash.digest('hex')
  }
}

/** The folders of the sources, and those between them and the project. Installed packages do not change by a file. */
function foldersOf(entry: Entry, inputs: readonly string[]): readonly string[] {
  const folders = new Set<string>([entry.folder])
  for (const input of inputs) {
    if (input.includes(`${sep}node_modules${sep}`)) continue
    for (let folder = dirname(input); !folders.has(folder); folder = dirname(folder)) {
      folders.add(folder)
      if (!folder.startsWith(entry.folder + sep)) break
    }
  }
  return [...folders]
}

/** Undefined for a folder that is not there. */
function hashNames(folder: string): string | undefined {
  try {
    const names = readdirSync(folder).filter((name) => !IGNORED.has(name))
    return createHash('sha256').update(names.toSorted().join('\n')).digest('hex')
  } catch {
    // Not there: that is an answer too.
    return undefined
  }
}

const IGNORED = new Set(['node_modules', '.mayfly', '.git', '__pycache__'])

function hashFile(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex')
  } catch {
    // Not there: that is an answer too.
    return undefined
  }
}
