// Stack traces of the bundle, told in the lines of the sources. Done here and not in the cell, where reading a source map
// would cost every cold start what only a reader of an error needs.
import { type SourceMapPayload, SourceMap } from 'node:module'

/** `file:///var/task/handler.mjs:12:34`, as V8 writes it. */
const FRAME = /(?:file:\/\/)?\/var\/task\/([^\s():]+\.[mc]?js):(\d+):(\d+)/g

export class StackMap {
  readonly #maps: ReadonlyMap<string, SourceMap>

  /** Takes the maps of the package, by the name of the file that each is for. */
  constructor(maps: ReadonlyMap<string, Buffer>) {
    this.#maps = new Map(
      [...maps].map(([file, json]) => [file, new SourceMap(JSON.parse(json.toString('utf8')) as SourceMapPayload)]),
    )
  }

  /** The text with each place in the bundle replaced by the place in the sources. */
  translate(text: string): string {
    return text.replace(FRAME, (whole, file: string, line: string, column: string) => {
      // The map counts from 0; V8 and people from 1.
      const found = this.#maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1)
      if (found === undefined || !('originalSource' in found)) return whole
      return `${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1}`
    })
  }
}
