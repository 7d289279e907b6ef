// The URI of an operation's `http` trait: `/2015-03-31/functions/{FunctionName}/invocations?literal=value`.
import type { Operation } from '../schema.ts'

export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'label'; readonly name: string }
  | { readonly kind: 'greedy'; readonly name: string }

export interface UriPattern {
  readonly method: string
  readonly segments: readonly Segment[]
  /** Literal query keys; an undefined value stands for a key without `=`. */
  readonly query: readonly (readonly [key: string, value: string | undefined])[]
  readonly status: number
}

/** The pattern of an operation; undefined for operations without HTTP bindings. */
export function uriPatternOf(operation: Operation): UriPattern | undefined {
  const { http } = operation.traits
  if (http === undefined) return undefined
  const [method, uri, status] = http
  const mark = uri.indexOf('?')
  const path = mark < 0 ? uri : uri.slice(0, mark)
  return {
    method,
    segments: pathSegments(path).map(segmentOf),
    query:
      mark < 0
        ? []
        : uri
            .slice(mark + 1)
            .split('&')
            .filter(Boolean)
            .map(queryPair),
    status,
  }
}

/** The segments of a raw path. A slash at the end does not count: old clients send it. */
export function pathSegments(path: string): readonly string[] {
  const segments = path.split('/').slice(1)
  if (segments.at(-1) === '') segments.pop()
  return segments
}

function segmentOf(text: string): Segment {
  if (!text.startsWith('{') || !text.endsWith('}')) return { kind: 'literal', text }
  const name = text.slice(1, -1)
  return name.endsWith('+') ? { kind: 'greedy', name: name.slice(0, -1) } : { kind: 'label', name }
}

function queryPair(text: string): readonly [string, string | undefined] {
  const equals = text.indexOf('=')
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)]
}

/** How many literal query keys of the pattern the request has; -1 when one is missing or different. */
export function matchedQuery(pattern: UriPattern, query: ReadonlyMap<string, readonly string[]>): number {
  for (const [key, value] of pattern.query) {
    const found = query.get(key)
    if (found === undefined) return -1
    if (value !== undefined && !found.includes(value)) return -1
  }
  return pattern.query.length
}

/** Matches one pattern against a raw path: label values, or undefined. For callers that know the operation. */
export function matchPath(pattern: UriPattern, path: string): Record<string, string> | undefined {
  const segments = pathSegments(path)
  const labels: Record<string, string> = {}
  const greedyAt = pattern.segments.findIndex((segment) => segment.kind === 'greedy')
  if (greedyAt < 0 ? segments.length !== pattern.segments.length : segments.length < pattern.segments.length)
    return undefined
  const extra = segments.length - pattern.segments.length
  let at = 0
  for (const segment of pattern.segments) {
    const taken = segment.kind === 'greedy' ? extra + 1 : 1
    const text = segments.slice(at, at + taken).join('/')
    at += taken
    if (segment.kind === 'literal') {
      if (text !== segment.text) return undefined
    } else labels[segment.name] = text
  }
  return labels
}
