// Stack traces told in the lines of the sources, where a source map lies beside the code (`<file>.map`), as `mayfly deploy`
// makes it. A map is read when a trace is shown and not before: most functions never show one, and a start must not pay for
// it. It is searched in one pass and not kept: Node's own reader takes tens of megabytes for the map of a few SDK clients,
// which a small function does not have.
import { readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { MAP_BYTES_MAX, PLACES_MAX, TRACE_CHARS_MAX } from './limits.ts'
import { originsOf, type Position } from './mappings.ts'

interface SourceMapFile {
  readonly sourceRoot?: string
  readonly sources: readonly (string | null)[]
  readonly mappings: string
}

interface Frame extends Position {
  readonly text: string
}

export class SourcePlaces {
  readonly #root: string
  readonly #frame: RegExp
  /** Frames as V8 writes them, with what is shown in place of each. */
  readonly #places = new Map<string, string>()

  /** `root`: the folder of the function's code. */
  constructor(root: string) {
    this.#root = root
    this.#frame = new RegExp(
      String.raw`(?:file://)?${RegExp.escape(root)}/([^\s():"]{1,500}\.[mc]?js):(\d{1,9}):(\d{1,9})`,
      'g',
    )
  }

  /** The text with each place in bundled code replaced by the place in the sources, relative to the root. */
  translate(text: string): string {
    if (text.length > TRACE_CHARS_MAX || !text.includes('js:')) return text
    const unknown = new Map<string, Frame[]>()
    for (const [frame, file = '', line, column] of text.matchAll(this.#frame)) {
      if (this.#places.has(frame)) continue
      const frames = unknown.get(file) ?? []
      // V8 and people count from 1.
      frames.push({ text: frame, line: Number(line) - 1, column: Number(column) - 1 })
      unknown.set(file, frames)
    }
    if (unknown.size === 0 && this.#places.size === 0) return text
    if (this.#places.size > PLACES_MAX) this.#places.clear()
    for (const [file, frames] of unknown) this.#look(file, frames)
    return text.replace(this.#frame, (frame) => this.#places.get(frame) ?? frame)
  }

  #look(file: string, frames: readonly Frame[]): void {
    const map = this.#read(file)
    const origins = map === undefined ? [] : originsOf(map.mappings, frames)
    for (const [at, { text }] of frames.entries()) {
      const origin = origins[at]
      const source = origin && map?.sources[origin.source]
      // A name that would break the JSON around it is not worth it.
      if (!origin || !source || /["\\\p{Cc}]/u.test(source)) this.#places.set(text, text)
      else {
        const place = this.#nameOf(file, map?.sourceRoot ?? '', source)
        this.#places.set(text, `${place}:${origin.line + 1}:${origin.column + 1}`)
      }
    }
  }

  /** Undefined where there is none, or none that can be used: the trace then stays as it is. */
  #read(file: string): SourceMapFile | undefined {
    // What others publish says more in its own lines (as Node's own --enable-source-maps has it).
    if (file.split('/').includes('node_modules')) return undefined
    const path = join(this.#root, `${file}.map`)
    try {
      if (statSync(path).size > MAP_BYTES_MAX) return undefined
      const map = JSON.parse(readFileSync(path, 'utf8')) as Partial<SourceMapFile>
      const { mappings, sources, sourceRoot } = map
      if (typeof mappings !== 'string' || !Array.isArray(sources)) return undefined
      return { mappings, sources, ...(typeof sourceRoot === 'string' && { sourceRoot }) }
    } catch {
      // Not there, or broken.
      return undefined
    }
  }

  /** Sources are named relative to their map; others (`webpack://...`) by their own names. */
  #nameOf(file: string, sourceRoot: string, source: string): string {
    if (/^[a-z][a-z\d+.-]*:/i.test(source)) return source
    const absolute = source.startsWith('/') ? source : join(this.#root, dirname(file), sourceRoot, source)
    return relative(this.#root, absolute)
  }
}
