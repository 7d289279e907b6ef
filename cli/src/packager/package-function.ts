// From a folder or a file to what Lambda is given: a zip, a runtime and a handler. Nothing is run, nothing is written.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, extname, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { CliError } from '../errors.ts'
import { UNZIPPED_BYTES_MAX, ZIP_BYTES_MAX } from '../limits.ts'
import { bundle } from './bundle.ts'
import { checkTextExport, type Entry, findEntry, show } from './entry.ts'
import { filesBelow, type FolderFile } from './folder-files.ts'
import { placePackages } from './native-packages.ts'
import { installRequirements } from './python-requirements.ts'
import { type CheckedFiles, checkPython } from './python-syntax.ts'
import { CompressedFiles, sizeOf, type ZipEntry } from './zip.ts'

export interface PackageOptions {
  readonly name?: string | undefined
  readonly handler?: string | undefined
  readonly runtime?: string | undefined
}

export interface FunctionPackage {
  readonly name: string
  /** The file with the handler, absolute. */
  readonly file: string
  /** The project's folder, absolute. */
  readonly folder: string
  readonly runtime: string
  readonly handler: string
  readonly zip: Buffer
  /** As Lambda's CodeSha256: base64 of the zip's SHA-256. */
  readonly sha256: string
  readonly files: number
  readonly unzippedBytes: number
  /** Sources that went in, absolute: what to watch. */
  readonly inputs: readonly string[]
  /** Packages that went in as they are: those that load compiled code (`sharp@1.2.3`), and Python's requirements. */
  readonly copied: readonly string[]
  readonly warnings: readonly string[]
}

export const DEFAULT_NODE_RUNTIME = 'nodejs24.x'
/** Where the machine's Python cannot be asked. */
export const DEFAULT_PYTHON_RUNTIME = 'python3.13'

/** The runtime, and what really runs it where that is another version: there is one Node.js, the one that Mayfly brings. */
export function runtimeText(runtime: string): string {
  const major = process.versions.node.split('.')[0]
  return /^nodejs\d+\.x$/.test(runtime) && runtime !== `nodejs${major}.x` ? `${runtime} on Node.js ${major}` : runtime
}

/** What one build of a project leaves for the next: then only what changed is checked and compressed. */
export class BuildMemory {
  readonly compressed = new CompressedFiles()
  readonly checkedPython: CheckedFiles = new Set()
}

/** Throws CliError for a path without a handler, for what does not compile, and for packages over Lambda's limits. */
export async function packageFunction(
  path: string,
  options: PackageOptions = {},
  memory: BuildMemory = new BuildMemory(),
): Promise<FunctionPackage> {
  const entry = findEntry(path, options)
  const content = entry.language === 'python' ? await pythonContent(entry, memory) : await nodeContent(entry)
  const unzippedBytes = content.entries.reduce((sum, entry) => sum + sizeOf(entry.content), 0)
  checkSize(entry, unzippedBytes, UNZIPPED_BYTES_MAX, 'unpacked')
  const packed = await memory.compressed.zip(content.entries)
  checkSize(entry, packed.length, ZIP_BYTES_MAX, 'zipped')
  return {
    name: entry.name,
    file: entry.file,
    folder: entry.folder,
    runtime: options.runtime ?? (await defaultRuntime(entry.language)),
    handler: content.handler,
    zip: packed,
    sha256: createHash('sha256').update(packed).digest('base64'),
    files: content.entries.length,
    unzippedBytes,
    inputs: content.inputs,
    copied: content.copied,
    warnings: content.warnings,
  }
}

/** The newest Node; of Python what the machine has, because that is what will run it. */
async function defaultRuntime(language: Entry['language']): Promise<string> {
  if (language === 'node') return DEFAULT_NODE_RUNTIME
  try {
    const { stdout } = await promisify(execFile)('/usr/bin/python3', ['-I', '--version'])
    const version = /Python (3\.\d+)/.exec(stdout)?.[1]
    return version === undefined ? DEFAULT_PYTHON_RUNTIME : `python${version}`
  } catch {
    // No Python here; a server elsewhere may have one.
    return DEFAULT_PYTHON_RUNTIME
  }
}

interface Content {
  readonly entries: readonly ZipEntry[]
  readonly handler: string
  readonly inputs: readonly string[]
  readonly copied: readonly string[]
  readonly warnings: readonly string[]
}

async function nodeContent(entry: Entry): Promise<Content> {
  const built = await bundle(entry)
  // Cells run on the machine of the server, which is this one.
  const copied = placePackages(built.nativePackages, { os: process.platform, cpu: process.arch })
  const entries = copied.flatMap(({ folder, place }) =>
    filesBelow(folder, isPackageFile).map((file) => fileEntry(file, `${place}/${file.path}`)),
  )
  return {
    entries: [...built.entries, ...entries],
    handler: built.handler,
    inputs: built.inputs,
    copied: copied.map(({ id }) => id),
    warnings: built.warnings,
  }
}

/** A file that goes in as it is. Size and time tell whether it is still the same. */
function fileEntry({ absolute, size, mtimeMs, executable }: FolderFile, path: string): ZipEntry {
  const content = { key: `${absolute} ${size} ${mtimeMs}`, size, read: () => readFileSync(absolute) }
  return { path, content, executable }
}

/** What a package needs to run: no types, maps, prose or sources of the compiled part. */
function isPackageFile(path: string, isFolder: boolean): boolean {
  const name = basename(path)
  if (isFolder) return name !== 'node_modules' && name !== '.git'
  if (/^licen[cs]e/i.test(name)) return true
  return !/\.(d\.[mc]?ts|map|md|markdown|cc|cpp|c|h|hpp|gyp|gypi|tsbuildinfo)$/.test(name)
}

async function pythonContent(entry: Entry, memory: BuildMemory): Promise<Content> {
  const files = filesBelow(entry.folder, isPythonFile)
  await checkPython(files, memory.checkedPython)
  checkTextExport(entry)
  const installed = await installRequirements(entry.folder)
  const own = new Set(files.map(({ path }) => path))
  // The function's own files win, as they do on Python's path.
  const required = installed.files.filter(({ path }) => !own.has(path))
  return {
    entries: [...files, ...required].map((file) => fileEntry(file, file.path)),
    handler: `${moduleOf(entry)}.${entry.exportName}`,
    inputs: files.map(({ absolute }) => absolute),
    copied: installed.names,
    warnings: [],
  }
}

/** The handler's module, with slashes between packages as Lambda takes it. */
function moduleOf({ file, folder }: Entry): string {
  const path = relative(folder, file).split(sep).join('/')
  return path.slice(0, path.length - extname(path).length)
}

const PYTHON_LEFT_OUT = new Set([
  '__pycache__',
  'node_modules',
  '.git',
  '.mayfly',
  '.venv',
  'venv',
  '.mypy_cache',
  '.pytest_cache',
  '.tox',
])

/** The folder as it is, without what tools leave behind and without secrets of development. */
function isPythonFile(path: string): boolean {
  const name = basename(path)
  return !PYTHON_LEFT_OUT.has(name) && !name.endsWith('.pyc') && !/^\.env(\.|$)/.test(name) && name !== '.DS_Store'
}

function checkSize(entry: Entry, bytes: number, bytesMax: number, what: string): void {
  if (bytes <= bytesMax) return
  const mb = (value: number) => `${(value / 1024 / 1024).toFixed(1)} MB`
  throw new CliError('MF1303', `${show(entry.folder)} is ${mb(bytes)} ${what}; Lambda takes ${mb(bytesMax)}`, {
    mend: 'Leave out what the function does not need, or load it from a bucket.',
  })
}
