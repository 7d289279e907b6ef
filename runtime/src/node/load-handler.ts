// Finds and loads a handler as AWS's Node.js runtime does: `[folder/]file.export[.nested]`, the file without its
// extension.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { RuntimeError } from './errors.ts'
import { fetchHandler, isFetcher } from './fetch-handler.ts'
import type { Handler } from './invocation.ts'

/** In the order in which AWS looks; TypeScript, which AWS does not run, comes last. */
const EXTENSIONS = ['', '.js', '.mjs', '.cjs', '.ts', '.mts', '.cts']

/**
 * Loads the module and returns the exported function; `onFile` hears of its file before it is loaded. Throws a
 * `RuntimeError`, or what the module's top level threw.
 */
export async function loadHandler(root: string, name: string, onFile: (file: string) => void): Promise<Handler> {
  const { modulePath, exportPath } = splitName(root, name)
  const file = findFile(modulePath)
  if (file === undefined) {
    // Not a file: perhaps a package in node_modules.
    const found = await loadPackage(root, modulePath, name)
    return pick(found, exportPath, name)
  }
  onFile(file)
  return pick(await load(root, file), exportPath, name)
}

function splitName(root: string, name: string): { modulePath: string; exportPath: string[] } {
  if (name.includes('..'))
    throw new RuntimeError(
      'Runtime.MalformedHandlerName',
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    )
  const match = /^([^.]*)\.(.*)$/.exec(basename(name))
  if (!match) throw new RuntimeError('Runtime.MalformedHandlerName', 'Bad handler')
  const [, file = '', exportPath = ''] = match
  const folder = dirname(name)
  return {
    modulePath: isAbsolute(folder) ? join(folder, file) : resolve(root, folder, file),
    exportPath: exportPath.split('.'),
  }
}

function findFile(modulePath: string): string | undefined {
  for (const extension of EXTENSIONS) {
    const path = modulePath + extension
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return path
  }
  return undefined
}

async function load(root: string, file: string): Promise<unknown> {
  try {
    if (isModuleFile(root, file)) return await import(pathToFileURL(file).href)
    try {
      return createRequire(file)(file)
    } catch (error) {
      // A module after all, with an await at its top level: only import can wait for it.
      if (codeOf(error) === 'ERR_REQUIRE_ASYNC_MODULE') return await import(pathToFileURL(file).href)
      throw error
    }
  } catch (error) {
    throw asLoadError(error)
  }
}

/** Whether Node would treat the file as an ES module without looking at its text. */
function isModuleFile(root: string, file: string): boolean {
  if (/\.m[jt]s$/.test(file)) return true
  if (/\.c[jt]s$/.test(file)) return false
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest)) {
      try {
        // Node itself checks the file and names the fault; here only the type matters.
        return (JSON.parse(readFileSync(manifest, 'utf8')) as { type?: unknown }).type === 'module'
      } catch {
        return false
      }
    }
    if (folder === root || folder === dirname(folder)) return false
  }
}

async function loadPackage(root: string, modulePath: string, name: string): Promise<unknown> {
  const require = createRequire(join(root, 'index.js'))
  try {
    return await load(root, require.resolve(modulePath))
  } catch (error) {
    if (error instanceof RuntimeError && error.name !== 'Runtime.ImportModuleError') throw error
    const asked = modulePath.startsWith(`${root}/`) ? modulePath.slice(root.length + 1) : modulePath
    const message = `Error: Cannot find module '${asked}'\nRequire stack:\n- ${join(root, 'index.js')}`
    throw new RuntimeError('Runtime.ImportModuleError', message, { cause: name })
  }
}

function asLoadError(error: unknown): unknown {
  const code = codeOf(error)
  if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND')
    return withStack(new RuntimeError('Runtime.ImportModuleError', String(error)), error)
  if (
    error instanceof SyntaxError ||
    code === 'ERR_INVALID_TYPESCRIPT_SYNTAX' ||
    code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'
  )
    return withStack(new RuntimeError('Runtime.UserCodeSyntaxError', String(error)), error)
  return error
}

/** The place of the fault is in the first error's stack. */
function withStack(error: RuntimeError, cause: unknown): RuntimeError {
  if (cause instanceof Error && cause.stack !== undefined) error.stack = `${error.name}: ${cause.stack}`
  return error
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}

function pick(loaded: unknown, exportPath: readonly string[], name: string): Handler {
  const found = follow(loaded, exportPath) ?? follow(property(loaded, 'default'), exportPath)
  const fetcher = found ?? property(loaded, 'default')
  if (isFetcher(fetcher)) return fetchHandler(fetcher)
  if (found === undefined || found === null)
    throw new RuntimeError('Runtime.HandlerNotFound', `${name} is undefined or not exported`)
  if (typeof found !== 'function') throw new RuntimeError('Runtime.HandlerNotFound', `${name} is not a function`)
  // Checked to be callable; what it takes and gives is the user's affair.
  return found as Handler
}

function follow(value: unknown, path: readonly string[]): unknown {
  return path.reduce(property, value)
}

function property(value: unknown, name: string): unknown {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return undefined
  return (value as Readonly<Record<string, unknown>>)[name]
}
