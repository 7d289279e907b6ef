// Reads the head of an HTTP/1 request (RFC 9112), strictly: whatever two readers could take for two things is refused.
//
// The requests of a connection mostly repeat each other's lines (host, user-agent, content-type), which is what HPACK lives
// on. So a reader keeps the lines of the head before: a line that is the same is neither split nor checked again, and one
// that has the same name gives no new name.
import { HEADERS_MAX, KEPT_HEAD_CHARS_MAX } from '../limits.ts'
import { BadHead } from './bad-head.ts'
import { FIELD_NAME, FIELD_VALUE } from './grammar.ts'
import { addHeader, HeaderMap, type Headers } from './headers.ts'

export interface Http1Head {
  readonly method: string
  readonly target: string
  /** HTTP/1.0 or HTTP/1.1. */
  readonly minor: 0 | 1
  readonly headers: Headers
  /** Of headers that are readable each by itself. */
  readonly fault: BadHead | undefined
}

/** What cannot be parsed: where the request ends is not known either. */
export class UnreadableHead extends Error {
  override readonly name = 'UnreadableHead'
}

interface RequestLine {
  /** With the line's end, as of all lines here. */
  readonly line: string
  readonly method: string
  readonly target: string
  readonly minor: 0 | 1
}

interface HeaderLine {
  readonly line: string
  /** The name as it was written, with its colon. */
  readonly label: string
  readonly name: string
  readonly value: string
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE'])
// A path, an address as proxies are sent, or what OPTIONS and CONNECT ask for.
const REQUEST_LINE =
  /^([A-Z]+) ([/*][\x21-\x7e]*|[Hh][Tt][Tt][Pp][Ss]?:\/\/[\w.~:[\]-]+(?:[/?][\x21-\x7e]*)?|(?<=CONNECT )[\w.[\]-]+:\d+) HTTP\/1\.([01])$/
const LINE_FEED = 10

export class HeadReader {
  #first: RequestLine | undefined
  #lines: HeaderLine[] = []

  /** `text`: latin1, from the request line to the end of the last header line, without the empty one. Throws UnreadableHead. */
  read(text: string): Http1Head {
    const first = this.#first !== undefined && standsAt(text, 0, this.#first.line) ? this.#first : requestLine(text)
    const headers = new HeaderMap()
    const before = this.#lines
    const lines: HeaderLine[] = []
    let fault: BadHead | undefined
    let at = first.line.length
    while (at < text.length) {
      if (lines.length === HEADERS_MAX) {
        fault = new BadHead(431, `more than ${HEADERS_MAX} headers`)
        break
      }
      const line = headerLine(text, at, before[lines.length])
      fault = addHeader(headers, line.name, line.value) ?? fault
      lines.push(line)
      at += line.line.length
    }
    // RFC 9112, 3.2: a request of HTTP/1.1 without a host is none.
    if (first.minor === 1 && headers['host'] === undefined && fault === undefined)
      throw new UnreadableHead('no header says the host')
    const keeps = text.length <= KEPT_HEAD_CHARS_MAX
    this.#first = keeps ? first : undefined
    this.#lines = keeps ? lines : []
    return { method: first.method, target: first.target, minor: first.minor, headers, fault }
  }
}

/** Whether bytes that are not yet a whole head can become one. */
export function maybeHead(start: string): boolean {
  const space = start.indexOf(' ')
  const method = space === -1 ? start : start.slice(0, space)
  if (space !== -1) return METHODS.has(method)
  for (const known of METHODS) if (known.startsWith(method)) return true
  return false
}

/** Two texts are compared word by word, while `startsWith` looks at each character: that is five times the time. */
function standsAt(text: string, at: number, part: string): boolean {
  return text.slice(at, at + part.length) === part
}

/** The index after the line that begins at `at`. */
function endOfLine(text: string, at: number): number {
  // The first carriage return must be the line's end: none may stand elsewhere, and the pattern of values forbids line feeds.
  const end = text.indexOf('\r', at)
  if (end === -1 || text.charCodeAt(end + 1) !== LINE_FEED) throw new UnreadableHead('a line has no end')
  return end + 2
}

function requestLine(text: string): RequestLine {
  const line = text.slice(0, endOfLine(text, 0))
  const [, method = '', target = '', minor] = REQUEST_LINE.exec(line.slice(0, -2)) ?? []
  if (!METHODS.has(method)) throw new UnreadableHead('no request line of HTTP/1')
  return { line, method, target, minor: minor === '0' ? 0 : 1 }
}

/** `before`: the line that stood here in the head before. */
function headerLine(text: string, at: number, before: HeaderLine | undefined): HeaderLine {
  if (before !== undefined && standsAt(text, at, before.line)) return before
  const line = text.slice(at, endOfLine(text, at))
  const { label, name } = before !== undefined && standsAt(line, 0, before.label) ? before : nameOf(line)
  const value = trimmed(line, label.length)
  if (!FIELD_VALUE.test(value)) throw new UnreadableHead('a header has a control character')
  // Some readers do not take a tab for a space here, and then see another body.
  if (name === 'transfer-encoding' && line.includes('\t')) throw new UnreadableHead('a tab beside a transfer encoding')
  return { line, label, name, value }
}

function nameOf(line: string): Pick<HeaderLine, 'label' | 'name'> {
  const label = line.slice(0, line.indexOf(':') + 1)
  const name = label.slice(0, -1)
  // A line that begins with a space (a folded one) or has one before its colon is among what has no name.
  if (!FIELD_NAME.test(name)) throw new UnreadableHead('a header has no name')
  return { label, name: name.toLowerCase() }
}

const SPACE = 32
const TAB = 9

/** The value of `line` from `start` on, without the spaces and tabs around it. */
function trimmed(line: string, start: number): string {
  let from = start
  let to = line.length - 2
  while (from < to && isBlank(line.charCodeAt(from))) from++
  while (to > from && isBlank(line.charCodeAt(to - 1))) to--
  return line.slice(from, to)
}

function isBlank(char: number): boolean {
  return char === SPACE || char === TAB
}
