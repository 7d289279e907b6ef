// The headers of a request as all later steps read them: lower-case names, one text each.
import { BadHead } from './bad-head.ts'

export type Headers = Record<string, string | undefined>

// An object without a prototype whose shape stays fast: `__proto__` is a name like any other in it.
export const HeaderMap = function HeaderMap() {} as unknown as new () => Headers
HeaderMap.prototype = Object.create(null)

/** These may come once only: two of them would let two readers of the request disagree. */
const ONCE = new Set([
  'host',
  'content-length',
  'authorization',
  'content-type',
  'x-amz-target',
  'x-amz-date',
  'x-amz-content-sha256',
  'x-amz-security-token',
  'x-amz-decoded-content-length',
  'transfer-encoding',
])

/** Adds a header of a lower-case name to those before it. Gives the fault, where it may come once only. */
export function addHeader(headers: Headers, name: string, value: string): BadHead | undefined {
  const before = headers[name]
  if (before === undefined) headers[name] = value
  else if (ONCE.has(name)) return new BadHead(400, `header ${name} came twice`)
  else headers[name] = name === 'cookie' ? `${before}; ${value}` : `${before},${value}`
  return undefined
}
