// Finds the operation of a REST request: a trie of path segments per method, labels after literals, greedy labels last.
// The raw path is split before anything is decoded, so that an escaped slash stays inside its label.
import { parseQuery } from '../form.ts'
import { PATH_SEGMENTS_MAX, ROUTE_KEPT_CHARS_MAX, ROUTES_KEPT_MAX } from '../limits.ts'
import type { Model } from '../schema.ts'
import type { RouteMatch, WireRequest } from '../wire.ts'
import { matchedQuery, pathSegments, type UriPattern, uriPatternOf } from './uri-pattern.ts'

interface End {
  readonly operation: string
  readonly pattern: UriPattern
}

interface Node {
  readonly literals: Map<string, Node>
  label: Node | undefined
  greedy: Node | undefined
  readonly ends: End[]
}

interface Found {
  readonly end: End
  readonly values: readonly string[]
}

function newNode(): Node {
  return { literals: new Map(), label: undefined, greedy: undefined, ends: [] }
}

/** Answers the match, or undefined when no operation has this method and path. */
export type Router = (request: WireRequest) => RouteMatch | undefined

/** The router of a model. */
export function restRouter(model: Model): Router {
  const methods = new Map<string, Node>()
  for (const name of model.operationNames()) {
    const operation = model.operation(name)
    const pattern = operation === undefined ? undefined : uriPatternOf(operation)
    if (pattern !== undefined) insert(methods, { operation: name, pattern })
  }
  const find: Router = (request) => {
    const root = methods.get(request.method)
    const segments = pathSegments(request.path)
    if (root === undefined || segments.length > PATH_SEGMENTS_MAX) return undefined
    const query = parseQuery(request.query)
    const found = walk(root, segments, 0, [], query)
    return found === undefined ? undefined : { operation: found.end.operation, labels: labelsOf(found) }
  }
  const kept = new Map<string, RouteMatch>()
  return (request) => {
    const { method, path, query } = request
    // Those who call one function again and again do it by one path.
    if (method !== 'POST' || query !== '' || path.length > ROUTE_KEPT_CHARS_MAX) return find(request)
    const known = kept.get(path)
    if (known !== undefined) return known
    const found = find(request)
    if (found === undefined) return undefined
    if (kept.size >= ROUTES_KEPT_MAX) kept.clear()
    kept.set(path, found)
    return found
  }
}

function insert(methods: Map<string, Node>, end: End): void {
  let node = methods.get(end.pattern.method)
  if (node === undefined) {
    node = newNode()
    methods.set(end.pattern.method, node)
  }
  for (const segment of end.pattern.segments) {
    if (segment.kind === 'label') node = node.label ??= newNode()
    else if (segment.kind === 'greedy') node = node.greedy ??= newNode()
    else {
      let next: Node | undefined = node.literals.get(segment.text)
      if (next === undefined) {
        next = newNode()
        node.literals.set(segment.text, next)
      }
      node = next
    }
  }
  node.ends.push(end)
}

function walk(
  node: Node,
  segments: readonly string[],
  at: number,
  values: readonly string[],
  query: ReadonlyMap<string, readonly string[]>,
): Found | undefined {
  if (at === segments.length) {
    const end = bestEnd(node.ends, query)
    return end === undefined ? undefined : { end, values }
  }
  const segment = segments[at] ?? ''
  const literal = node.literals.get(segment)
  const found = literal === undefined ? undefined : walk(literal, segments, at + 1, values, query)
  if (found !== undefined) return found
  if (node.label !== undefined && segment !== '') {
    const labelled = walk(node.label, segments, at + 1, [...values, segment], query)
    if (labelled !== undefined) return labelled
  }
  return node.greedy === undefined ? undefined : walkGreedy(node.greedy, segments, at, values, query)
}

/** A greedy label takes as much as it can. */
function walkGreedy(
  node: Node,
  segments: readonly string[],
  at: number,
  values: readonly string[],
  query: ReadonlyMap<string, readonly string[]>,
): Found | undefined {
  for (let end = segments.length; end > at; end--) {
    const found = walk(node, segments, end, [...values, segments.slice(at, end).join('/')], query)
    if (found !== undefined) return found
  }
  return undefined
}

/** Of operations with the same path, the one with most literal query keys in the request. */
function bestEnd(ends: readonly End[], query: ReadonlyMap<string, readonly string[]>): End | undefined {
  let best: End | undefined
  let bestScore = -1
  for (const end of ends) {
    const score = matchedQuery(end.pattern, query)
    if (score > bestScore) {
      best = end
      bestScore = score
    }
  }
  return best
}

function labelsOf({ end, values }: Found): Record<string, string> {
  const labels: Record<string, string> = {}
  let next = 0
  for (const segment of end.pattern.segments)
    if (segment.kind !== 'literal') labels[segment.name] = values[next++] ?? ''
  return labels
}
