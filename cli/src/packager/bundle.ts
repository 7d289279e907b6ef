// A handler and everything it imports as one file with its source map. Node's own modules and packages with compiled
// parts stay outside. An import that cannot be resolved is an error here and not when the function runs.
import { readFileSync } from 'node:fs'
import { basename, dirname, extname, isAbsolute, join, relative } from 'node:path'
import type { OutputChunk, Plugin, RolldownOutput } from 'rolldown'
import { CliError } from '../errors.ts'
import { codeFrame } from '../terminal/code-frame.ts'
import { checkTextExport, type Entry, notExported, show } from './entry.ts'
import { findPackage, isNative, packageNameOf } from './native-packages.ts'
import { exportsOf, hasModuleSyntax } from './source-exports.ts'

export interface Bundle {
  readonly entries: readonly { readonly path: string; readonly content: Buffer }[]
  /** As Lambda is told. */
  readonly handler: string
  /** Sources that went in, absolute. */
  readonly inputs: readonly string[]
  /** Folders of the packages that stayed outside. */
  readonly nativePackages: readonly string[]
  /** Things worth saying that do not stop the build. */
  readonly warnings: readonly string[]
}

/** Throws CliError with file, line and column for what does not compile. */
export async function bundle(entry: Entry): Promise<Bundle> {
  const native = new Map<string, string>()
  const warnings: string[] = []
  const isModule = isModuleFile(entry.file)
  const { output, inputs } = await build(entry, isModule, native, warnings)
  const chunk = output.output[0]
  checkExport(entry, chunk, isModule)
  const entries = output.output.map((part) => ({
    path: part.fileName,
    content: Buffer.from(part.type === 'chunk' ? part.code : part.source),
  }))
  return {
    entries,
    handler: `${stemOf(entry.file)}.${entry.exportName}`,
    inputs,
    nativePackages: [...native.values()],
    warnings,
  }
}

async function build(
  entry: Entry,
  isModule: boolean,
  native: Map<string, string>,
  warnings: string[],
): Promise<{ readonly output: RolldownOutput; readonly inputs: readonly string[] }> {
  const { rolldown } = await import('rolldown')
  const build = await rolldown({
    input: entry.file,
    cwd: entry.folder,
    platform: 'node',
    plugins: [keepNative(native)],
    onLog: (level, log) => {
      if (log.code === 'UNRESOLVED_IMPORT') throw buildError(log)
      if (level === 'warn' && log.code !== undefined && !QUIET.has(log.code)) warnings.push(firstLine(log.message))
    },
  })
  try {
    const output = await build.generate({
      format: isModule ? 'esm' : 'cjs',
      entryFileNames: `${stemOf(entry.file)}${isModule ? '.mjs' : '.cjs'}`,
      codeSplitting: false,
      sourcemap: true,
      sourcemapExcludeSources: true,
      // Relative to the project, so that a stack trace in the log shows src/handler.ts.
      sourcemapPathTransform: (source, mapPath) => relative(entry.folder, join(dirname(mapPath), source)),
      minify: false,
      comments: false,
    })
    // All that was read: what was inlined whole into another module is not in the chunk's own list.
    const inputs = (await build.watchFiles).filter((id) => isAbsolute(id))
    return { output, inputs }
  } catch (error) {
    throw firstBuildError(error)
  } finally {
    await build.close()
  }
}

/** What the packages that people use do all the time and nobody can mend. */
const QUIET = new Set(['CIRCULAR_DEPENDENCY', 'EVAL', 'COMMONJS_VARIABLE_IN_ESM', 'TOLERATED_TRANSFORM'])

/** Leaves packages with compiled parts outside, and remembers where they lie. */
function keepNative(found: Map<string, string>): Plugin {
  const known = new Map<string, boolean>()
  return {
    name: 'keep-native',
    resolveId: {
      // Everything that is not a path.
      filter: { id: /^[^./\0]/ },
      handler(id, importer) {
        const name = packageNameOf(id)
        if (name === undefined || importer === undefined) return null
        const folder = findPackage(name, dirname(importer))
        if (folder === undefined) return null
        const native = known.get(folder) ?? isNative(folder)
        known.set(folder, native)
        if (!native) return null
        found.set(name, folder)
        return { id, external: true }
      },
    },
  }
}

interface BuildLog {
  readonly code?: string | undefined
  readonly message: string
  readonly id?: string | undefined
  readonly loc?: { readonly file?: string | undefined; readonly line: number; readonly column: number } | undefined
}

function firstBuildError(error: unknown): unknown {
  if (error instanceof CliError) return error
  // rolldown gathers what it found; the first is what the others follow from.
  const [first] = (error as { errors?: readonly BuildLog[] }).errors ?? []
  return first === undefined ? error : buildError(first)
}

function buildError(log: BuildLog): CliError {
  const file = log.loc?.file ?? log.id
  const unresolved = log.code === 'UNRESOLVED_IMPORT'
  const line = log.loc?.line
  const column = log.loc === undefined ? undefined : log.loc.column + 1
  const source = file === undefined ? undefined : readSource(file)
  const place = file === undefined ? undefined : { file: show(file), ...positionOf(source, line, column) }
  return new CliError(unresolved ? 'MF1302' : 'MF1301', firstLine(log.message), {
    place,
    mend: unresolved
      ? 'Install the package (npm install), or correct the path.'
      : 'Correct it there; nothing was changed on the server.',
  })
}

function positionOf(source: string | undefined, line: number | undefined, column: number | undefined) {
  if (line === undefined || column === undefined) return {}
  const frame = source === undefined ? '' : codeFrame(source, line, column)
  return frame === '' ? { line, column } : { line, column, frame }
}

function readSource(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // The frame is a courtesy; the place is named without it.
    return undefined
  }
}

/** rolldown draws its own frame below the first line, which begins with the code in brackets. */
function firstLine(message: string): string {
  const [line = ''] = message.split('\n')
  return line.replace(/^\[[A-Z_]+\]\s*/, '')
}

function checkExport(entry: Entry, chunk: OutputChunk, isModule: boolean): void {
  // What a CommonJS module exports is only known when it runs: its text has to do.
  if (!isModule) checkTextExport(entry)
  else if (!chunk.exports.includes(entry.exportName)) throw notExported(entry.file, entry.exportName, chunk.exports)
}

/** By its extension, else by its own syntax. */
function isModuleFile(file: string): boolean {
  if (/\.m[jt]s$/.test(file)) return true
  if (/\.c[jt]s$/.test(file)) return false
  const source = readFileSync(file, 'utf8')
  return hasModuleSyntax(source) || exportsOf(source, 'node').length === 0
}

/** Lambda splits the handler at the first dot, so the file's own name may hold none. */
function stemOf(file: string): string {
  return basename(file, extname(file)).replaceAll('.', '-')
}
