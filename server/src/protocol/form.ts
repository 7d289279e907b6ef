// Forms and query strings: `application/x-www-form-urlencoded` text to names and values.
import { InputFault } from './codec/fault.ts'
import { PARAMETERS_MAX } from './limits.ts'

/** Percent-decoding of a path segment or query part: UTF-8, malformed escapes refused. `+` stays. */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new InputFault('syntax', 'a malformed percent escape', { cause })
  }
}

/** Like percentDecode, with `+` for a space. */
export function formDecode(text: string): string {
  return percentDecode(text.includes('+') ? text.replaceAll('+', ' ') : text)
}

/** Calls `each` with every decoded name and value, in order; a name without `=` has the value ''. */
export function eachParameter(text: string, each: (name: string, value: string) => void): void {
  if (text === '') return
  let count = 0
  let start = 0
  while (start <= text.length) {
    let end = text.indexOf('&', start)
    if (end < 0) end = text.length
    if (end > start) {
      if (++count > PARAMETERS_MAX) throw new InputFault('limit', `more than ${PARAMETERS_MAX} parameters`)
      const equals = text.indexOf('=', start)
      if (equals < 0 || equals > end) each(formDecode(text.slice(start, end)), '')
      else each(formDecode(text.slice(start, equals)), formDecode(text.slice(equals + 1, end)))
    }
    start = end + 1
  }
}

/** A query string by name; a name may stand several times. */
export function parseQuery(text: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  eachParameter(text, (name, value) => {
    const values = found.get(name)
    if (values === undefined) found.set(name, [value])
    else values.push(value)
  })
  return found
}
