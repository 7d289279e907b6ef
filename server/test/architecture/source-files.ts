// Reads the repository's own sources for the tests that check their shape.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../../', import.meta.url))

export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  readonly path: string
  readonly text: string
}

/** Files that git tracks or would track, that exist, and whose path matches. */
export function sourceFiles(pattern: RegExp): readonly SourceFile[] {
  return trackedPaths()
    .filter((path) => pattern.test(path))
    .map((path) => ({ path, text: readFileSync(root + path, 'utf8') }))
}

/** All paths of the repository that are not ignored. */
export function trackedPaths(): readonly string[] {
  return execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
    .split('\0')
    .filter((path) => path !== '' && existsSync(root + path))
}

/** The text without comments and without the contents of strings; line breaks stay, so that line numbers hold. */
export function codeOnly(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<![:\\'"`/])\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, (match) =>
    match.replace(/[^\n]/g, ' '),
  )
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g

/** Every module specifier that a file imports or re-exports, types and dynamic imports included. */
export function importsOf(text: string): readonly string[] {
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}
