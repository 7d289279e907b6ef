// EventBridge sees a document as its paths, joined by dots: `{"a": {"b": 1}}` and `{"a.b": 1}` are the same to it, in patterns
// and in events. Source: EventBridge user guide, "Considerations when creating event patterns".

type JsonObject = Record<string, unknown>

/** Deeper documents stay as they are: nothing that EventBridge takes is. */
const NESTING_MAX = 1000

/** The document with each dotted key as objects in each other; the very same document when it has none. Made once an event. */
export function nestDots(document: object): object {
  return hasDots(document) ? (nested(document) as object) : document
}

/** Without recursion: what comes from functions may be nested as deep as they like. */
function hasDots(document: object): boolean {
  let found = false
  let level: object[] = [document]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > NESTING_MAX) return false
    const below: object[] = []
    for (const value of level) {
      found ||= !Array.isArray(value) && Object.keys(value).some((key) => key.includes('.'))
      for (const child of Object.values(value) as unknown[])
        if (typeof child === 'object' && child !== null) below.push(child)
    }
    level = below
  }
  return found
}

function nested(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(nested)
  const result = emptyObject()
  for (const [key, child] of Object.entries(value)) place(result, key.split('.'), key, nested(child))
  return result
}

/** Where a part of the path is taken by something that is no object, the key stays as it was written. */
function place(result: JsonObject, path: readonly string[], key: string, value: unknown): void {
  let parent = result
  for (const name of path.slice(0, -1)) {
    parent[name] ??= emptyObject()
    const next = parent[name]
    if (!isObject(next)) {
      result[key] = value
      return
    }
    parent = next
  }
  const last = path.at(-1) ?? key
  const there = parent[last]
  if (isObject(there) && isObject(value)) merge(there, value)
  else if (there === undefined) parent[last] = value
  else result[key] = value
}

function merge(into: JsonObject, from: JsonObject): void {
  for (const [key, value] of Object.entries(from)) {
    const there = into[key]
    if (isObject(there) && isObject(value)) merge(there, value)
    else into[key] = value
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** No name means anything by itself, `__proto__` neither. */
function emptyObject(): JsonObject {
  return Object.create(null) as JsonObject
}
