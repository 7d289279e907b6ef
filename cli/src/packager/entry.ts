// Which file holds the handler. A file that was named is taken; in a folder the usual names are looked for first, there
// and in `src`, and then any single file that exports a handler.
import { type Dirent, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { CliError } from '../errors.ts'
import { HANDLER_CANDIDATES_MAX } from '../limits.ts'
import { nearest } from './nearest.ts'
import { exportsOf, type Language, languageOf } from './source-exports.ts'

export interface Entry {
  readonly file: string
  /** The project: what was named, or the folder of the file that was named. */
  readonly folder: string
  readonly language: Language
  readonly exportName: string
  readonly name: string
}

export interface EntryOptions {
  /** As the user gave it: `export`, `file.export` or `folder/file.export`. */
  readonly handler?: string | undefined
  readonly name?: string | undefined
}

const STEMS = ['index', 'handler', 'app', 'main', 'function', 'lambda_function', 'lambda']
const EXTENSIONS = ['.ts', '.mts', '.cts', '.mjs', '.js', '.cjs', '.py']
const FOLDERS = ['.', 'src']
/** What a handler is called unless the user says otherwise. `default` may be an object with `fetch(request)`. */
const NODE_HANDLERS = ['handler', 'default']
const PYTHON_HANDLERS = ['handler', 'lambda_handler']
/** Folders whose name says nothing about the function. */
const GENERIC_FOLDERS = new Set(['src', 'lib', 'dist', 'build', 'lambda', 'function', 'handler', 'code'])
const NAME_CHARS_MAX = 64

/** Throws CliError when there is no handler, more than one, or no usable name. */
export function findEntry(path: string, options: EntryOptions = {}): Entry {
  const absolute = resolve(path)
  if (!existsSync(absolute))
    throw new CliError('MF1201', `there is no ${path}`, { mend: 'Name a folder or a file with a handler.' })
  return statSync(absolute).isDirectory() ? inFolder(absolute, options) : inFile(absolute, options)
}

function inFile(file: string, options: EntryOptions): Entry {
  const language = languageOf(basename(file))
  if (language === undefined)
    throw new CliError('MF1202', `${show(file)} is no function source`, {
      mend: `Name a file that ends in one of ${EXTENSIONS.join(' ')}.`,
    })
  return entryOf(file, dirname(file), options.handler?.split('.').at(-1), options)
}

function inFolder(folder: string, options: EntryOptions): Entry {
  const [, stem, wanted] = /^(?:(.+)\.)?([^.]+)$/.exec(options.handler ?? '') ?? []
  if (stem !== undefined) return named(folder, stem, wanted, options)
  const files = sourcesOf(folder)
  const found = files.filter((file) => handlerIn(file, wanted) !== undefined)
  const [first, second] = found
  // The usual names come first and win; among others only the user can choose.
  if (first !== undefined && second !== undefined && !isUsual(first))
    throw new CliError('MF1204', `${found.map(show).join(' and ')} each export a handler`, {
      mend: `Name the one to use: ${show(first)}`,
    })
  const chosen = first ?? onlyCandidate(files)
  if (chosen === undefined) throw noHandler(folder, files)
  return entryOf(chosen, folder, wanted, options)
}

/** A file that can only be the one that is meant, though its text shows no handler: perhaps it is just being written. */
function onlyCandidate(files: readonly string[]): string | undefined {
  const usual = files.filter(isUsual)
  return files.length === 1 ? files[0] : usual.length === 1 ? usual[0] : undefined
}

function named(folder: string, stem: string, wanted: string | undefined, options: EntryOptions): Entry {
  const file = EXTENSIONS.map((extension) => join(folder, stem + extension)).find((one) => existsSync(one))
  if (file === undefined)
    throw new CliError(
      'MF1202',
      `--handler ${options.handler}: there is no ${stem} with one of ${EXTENSIONS.join(' ')}`,
      {
        mend: 'Give the file relative to the folder, without its extension, then a dot and the export.',
      },
    )
  return entryOf(file, folder, wanted, options)
}

/** Whether the export is there is not decided here: a file that does not compile has a better error than that. */
function entryOf(file: string, folder: string, wanted: string | undefined, options: EntryOptions): Entry {
  const language = languageOf(basename(file)) ?? 'node'
  return {
    file,
    folder,
    language,
    exportName: handlerIn(file, wanted) ?? wanted ?? 'handler',
    name: options.name ?? nameFor(file, folder),
  }
}

/** Throws CliError MF1203 when the text of the file does not export the handler. For what no bundler looks at. */
export function checkTextExport({ file, language, exportName }: Entry): void {
  const exported = exportsOf(readFileSync(file, 'utf8'), language)
  if (!exported.includes(exportName)) throw notExported(file, exportName, exported)
}

/** The error for a handler that its file does not export. */
export function notExported(file: string, wanted: string, exported: readonly string[]): CliError {
  const [closest] = nearest(wanted, exported)
  return new CliError('MF1203', `"${wanted}" is not exported`, {
    place: { file: show(file) },
    why: exported.length === 0 ? `${show(file)} exports nothing.` : `${show(file)} exports: ${exported.join(', ')}.`,
    mend:
      closest === undefined
        ? `Export a function called ${wanted}, or name another with --handler file.export.`
        : `Did you mean ${closest}? Then say --handler ${basename(file, extname(file))}.${closest}`,
  })
}

function noHandler(folder: string, files: readonly string[]): CliError {
  return new CliError('MF1202', `no file in ${show(folder)} exports a handler`, {
    why:
      files.length === 0
        ? `There is no ${EXTENSIONS.join(', ')} file in it or in its src folder.`
        : `Looked in ${files.slice(0, 5).map(show).join(', ')}${files.length > 5 ? ', ...' : ''}.`,
    mend: 'Export a function called handler, or name it with --handler file.export.',
  })
}

function handlerIn(file: string, wanted: string | undefined): string | undefined {
  const language = languageOf(basename(file)) ?? 'node'
  return pickHandler(exportsOf(readFileSync(file, 'utf8'), language), language, wanted)
}

function pickHandler(exported: readonly string[], language: Language, wanted: string | undefined): string | undefined {
  const names = wanted === undefined ? (language === 'python' ? PYTHON_HANDLERS : NODE_HANDLERS) : [wanted]
  const found = names.find((name) => exported.includes(name))
  // What `export * from` brings is known to the bundler, which checks again.
  return found ?? (exported.includes('*') ? names[0] : undefined)
}

/** Source files of the folder and its `src`, usual names first. */
function sourcesOf(folder: string): readonly string[] {
  const files = FOLDERS.flatMap((part) => {
    const at = join(folder, part)
    return entriesOf(at)
      .filter((entry) => entry.isFile() && languageOf(entry.name) !== undefined)
      .map((entry) => join(at, entry.name))
  })
  return files.toSorted((a, b) => rank(a) - rank(b)).slice(0, HANDLER_CANDIDATES_MAX)
}

function entriesOf(folder: string): Dirent[] {
  return existsSync(folder) && statSync(folder).isDirectory()
    ? readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))
    : []
}

function rank(file: string): number {
  const stem = STEMS.indexOf(basename(file, extname(file)))
  const inSource = basename(dirname(file)) === 'src' ? 0.5 : 0
  return (stem === -1 ? STEMS.length : stem) + inSource
}

function isUsual(file: string): boolean {
  return STEMS.includes(basename(file, extname(file)))
}

/** The folder's name, or the file's where that says more. Throws CliError when nothing usable is left. */
function nameFor(file: string, folder: string): string {
  const stem = basename(file, extname(file))
  const ownFolder = GENERIC_FOLDERS.has(basename(folder)) ? dirname(folder) : folder
  // A file that was named alone and says what it does gives the name.
  const raw = dirname(file) === folder && !STEMS.includes(stem) ? stem : basename(ownFolder)
  const name = raw
    .replace(/[^a-zA-Z0-9-_]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, NAME_CHARS_MAX)
  if (name !== '') return name
  throw new CliError('MF1205', `no function name can be made of ${file}`, { mend: 'Give one with --name.' })
}

/** A path as the user would write it. */
export function show(path: string): string {
  const short = relative(process.cwd(), path)
  return short === '' ? '.' : short.startsWith('..') ? path : short
}
