// Builds that need not be made again. A build is reused only when every source that went into it is the same by its
// content, the same files lie around it (a new file can change what an import means), and everything else that decides
// about the result is the same too. It lies in `.mayfly/` of the project, which no version control should see.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { VERSION } from '../version.ts'
import { type Entry, findEntry } from './entry.ts'
import { filesBelow } from './folder-files.ts'
import { type FunctionPackage, packageFunction, type PackageOptions } from './package-function.ts'

export interface CachedPackage {
  readonly packed: FunctionPackage
  readonly build: 'rebuilt' | 'cached'
}

interface BuildRecord {
  readonly format: number
  readonly surroundings: string
  readonly inputs: Readonly<Record<string, string>>
  readonly packed: Omit<FunctionPackage, 'zip'>
}

const FORMAT = 1

/** Packages, or takes the build of the same sources. Throws what packageFunction throws. */
export async function packageWithCache(path: string, options: PackageOptions): Promise<CachedPackage> {
  const entry = findEntry(path, options)
  const surroundings = hashSurroundings(entry, options)
  const cached = read(entry, surroundings)
  if (cached !== undefined) return { packed: cached, build: 'cached' }
  const { sourceMaps: _sourceMaps, ...packed } = await packageFunction(path, options)
  write(entry, surroundings, packed)
  return { packed, build: 'rebuilt' }
}

function read(entry: Entry, surroundings: string): FunctionPackage | undefined {
  const files = cacheFiles(entry)
  try {
    const record = JSON.parse(readFileSync(files.record, 'utf8')) as BuildRecord
    if (record.format !== FORMAT || record.surroundings !== surroundings) return undefined
    for (const [file, hash] of Object.entries(record.inputs)) if (hashFile(file) !== hash) return undefined
    const zip = readFileSync(files.zip)
    if (createHash('sha256').update(zip).digest('base64') !== record.packed.sha256) return undefined
    return { ...record.packed, zip }
  } catch {
    // No build, half a build, or a source that is gone: build it.
    return undefined
  }
}

function write(entry: Entry, surroundings: string, packed: FunctionPackage): void {
  const files = cacheFiles(entry)
  const { zip, ...rest } = packed
  const inputs = Object.fromEntries(packed.inputs.map((file) => [file, hashFile(file) ?? '']))
  const record: BuildRecord = { format: FORMAT, surroundings, inputs, packed: rest }
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

/** Names of all files of the project, and whatever decides about the build besides its sources. */
function hashSurroundings(entry: Entry, options: PackageOptions): string {
  const hash = createHash('sha256')
  const { handler, name, runtime } = options
  hash.update(
    JSON.stringify({ FORMAT, VERSION, entry, handler, name, runtime, os: process.platform, cpu: process.arch }),
  )
  for (const { path } of filesBelow(entry.folder, isNoticed)) hash.update(`${path}\n`)
  // What npm installed, here or above, and how TypeScript resolves.
  for (let folder = entry.folder; ; folder = dirname(folder)) {
    for (const name of ['package.json', 'tsconfig.json', 'node_modules/.package-lock.json', 'package-lock.json'])
      hash.update(`${name} ${hashFile(join(folder, name)) ?? ''}\n`)
    if (folder === dirname(folder)) return hash.digest('hex')
  }
}

function isNoticed(path: string): boolean {
  return !/(^|\/)(node_modules|\.mayfly|\.git|__pycache__)$/.test(path)
}

function hashFile(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex')
  } catch {
    // Not there: that is an answer too.
    return undefined
  }
}
