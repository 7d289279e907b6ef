// Whether what a function shows is told in the lines of its sources. Asked at each start, so it costs one look for a file;
// what reads source maps (source-places.ts) is loaded with the first trace.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { ErrorDocument } from './errors.ts'
import type * as Places from './source-places.ts'

/** Texts with places in the function's code, told in the lines of the sources. */
export type InSources = (text: string) => string

/** For the file of a handler in the folder `root`; undefined where no source map lies beside it. */
export function inSourcesOf(file: string, root: string): InSources | undefined {
  if (!existsSync(`${file}.map`)) return undefined
  let places: Places.SourcePlaces | undefined
  return (text) => {
    if (!text.includes(root)) return text
    if (!places) {
      const { SourcePlaces } = createRequire(import.meta.url)('./source-places.ts') as typeof Places
      places = new SourcePlaces(root)
    }
    return places.translate(text)
  }
}

export function traceInSources(document: ErrorDocument, inSources: InSources | undefined): ErrorDocument {
  if (!inSources || document.trace.length === 0) return document
  // At once: the map is read once for all lines.
  return { ...document, trace: inSources(document.trace.join('\n')).split('\n') }
}
