// The head of an HTTP/1 answer as text.
import { GOOD_NAMES_MAX } from '../limits.ts'
import { FIELD_NAME, FIELD_VALUE } from './grammar.ts'
import { reasonOf } from './reasons.ts'

/** Names that were found good. Handlers of functions choose names, too. */
const goodNames = new Set<string>()

export interface HeadParts {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly cookies: readonly string[] | undefined
  /** What the connection adds: whole lines. */
  readonly added: string
}

/** With the empty line at its end. Throws TypeError for what may stand in no header. */
export function headText({ status, headers, cookies, added }: HeadParts): string {
  let text = `HTTP/1.1 ${status} ${reasonOf(status)}\r\n`
  for (const name in headers) text += headerLine(name, headers[name] ?? '')
  if (cookies !== undefined) for (const cookie of cookies) text += headerLine('set-cookie', cookie)
  return `${text}${added}\r\n`
}

function headerLine(name: string, value: string): string {
  if (!goodNames.has(name)) {
    if (!FIELD_NAME.test(name)) throw new TypeError(`no name of a header: ${JSON.stringify(name)}`)
    if (goodNames.size < GOOD_NAMES_MAX) goodNames.add(name)
  }
  if (!FIELD_VALUE.test(value)) throw new TypeError(`header ${name} has a character that none may have`)
  return `${name}: ${value}\r\n`
}

let dateOfSecond = 0
let dateText = ''

/** The header `date`, as a line. */
export function dateLine(nowMs: number): string {
  const second = Math.floor(nowMs / 1000)
  if (second !== dateOfSecond) {
    dateOfSecond = second
    dateText = `date: ${new Date(nowMs).toUTCString()}\r\n`
  }
  return dateText
}
