// A strict XML parser for request bodies: elements, attributes, text, CDATA, comments and processing instructions. No
// document type, so there is nothing to expand; bounded in depth and number of elements.
import { isUtf8 } from 'node:buffer'
import { NESTING_MAX, XML_ATTRIBUTES_MAX, XML_ELEMENTS_MAX } from '../limits.ts'
import { InputFault } from './fault.ts'

export interface XmlElement {
  /** Without its namespace prefix. */
  readonly name: string
  /** By the name as written, prefix included. */
  readonly attributes: ReadonlyMap<string, string> | undefined
  readonly children: XmlElement[]
  /** Text and CDATA of the element itself, references replaced. */
  text: string
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
])
// Names: no space, none of the characters that end them. Stricter than XML for ASCII, wider beyond it.
const NAME = /[A-Za-z_:\u0080-\uffff][A-Za-z0-9_:.\-\u0080-\uffff]*/y
const ATTRIBUTE = /\s+([A-Za-z_:\u0080-\uffff][A-Za-z0-9_:.\-\u0080-\uffff]*)\s*=\s*("[^"<]*"|'[^'<]*')/y
const TAG_END = /\s*(\/?)>/y
const CLOSE_END = /\s*>/y
const FORBIDDEN_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/ // oxlint-disable-line no-control-regex -- these are what is looked for

/** Parses a whole document; throws InputFault. */
export function parseXml(body: Buffer): XmlElement {
  if (!isUtf8(body)) throw syntax('not UTF-8')
  const text = body.toString()
  if (FORBIDDEN_CHARACTER.test(text)) throw syntax('a character that XML does not allow')
  return new Parser(text.startsWith('\ufeff') ? text.slice(1) : text).document()
}

function syntax(message: string): InputFault {
  return new InputFault('syntax', message)
}

class Parser {
  readonly #text: string
  #at = 0
  #elements = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): XmlElement {
    if (/^<\?xml\s/.test(this.#text)) this.#at = this.#after('?>', 0)
    this.#skipMisc()
    const root = this.#openTag()
    if (!root.closed) this.#content(root.element)
    this.#skipMisc()
    if (this.#at < this.#text.length) throw syntax('text after the root element')
    return root.element
  }

  /** Everything up to the end of `root`. */
  #content(root: XmlElement): void {
    const open: { element: XmlElement; tag: string }[] = [{ element: root, tag: this.#lastTag }]
    for (;;) {
      const top = open.at(-1)
      if (top === undefined) return
      const next = this.#text.indexOf('<', this.#at)
      if (next < 0) throw syntax(`${top.tag} is not closed`)
      if (next > this.#at) top.element.text += decodeReferences(this.#text.slice(this.#at, next))
      this.#at = next
      if (this.#text.startsWith('</', next)) {
        this.#closeTag(top.tag)
        open.pop()
      } else if (this.#text.startsWith('<!--', next)) this.#skipComment()
      else if (this.#text.startsWith('<![CDATA[', next)) {
        const end = this.#after(']]>', next)
        top.element.text += lineEnds(this.#text.slice(next + 9, end - 3))
        this.#at = end
      } else if (this.#text.startsWith('<?', next)) this.#skipInstruction()
      else {
        const { element, closed } = this.#openTag()
        top.element.children.push(element)
        if (closed) continue
        if (open.length >= NESTING_MAX) throw new InputFault('limit', 'elements are nested too deeply')
        open.push({ element, tag: this.#lastTag })
      }
    }
  }

  /** The tag as written of the element opened last. */
  #lastTag = ''

  #openTag(): { element: XmlElement; closed: boolean } {
    if (this.#text[this.#at] !== '<') throw syntax('an element was expected')
    if (++this.#elements > XML_ELEMENTS_MAX) throw new InputFault('limit', 'too many elements')
    this.#at++
    const tag = this.#name()
    const attributes = this.#attributes()
    TAG_END.lastIndex = this.#at
    const end = TAG_END.exec(this.#text)
    if (end === null) throw syntax(`the tag ${tag} is not well-formed`)
    this.#at = TAG_END.lastIndex
    this.#lastTag = tag
    return { element: { name: localName(tag), attributes, children: [], text: '' }, closed: end[1] === '/' }
  }

  #attributes(): ReadonlyMap<string, string> | undefined {
    let attributes: Map<string, string> | undefined
    for (;;) {
      ATTRIBUTE.lastIndex = this.#at
      const match = ATTRIBUTE.exec(this.#text)
      if (match === null) return attributes
      const [, name = '', quoted = ''] = match
      attributes ??= new Map()
      if (attributes.has(name)) throw syntax(`the attribute ${name} stands twice`)
      if (attributes.size >= XML_ATTRIBUTES_MAX) throw new InputFault('limit', 'too many attributes')
      attributes.set(name, decodeReferences(quoted.slice(1, -1).replace(/\r\n|[\t\n\r]/g, ' ')))
      this.#at = ATTRIBUTE.lastIndex
    }
  }

  #name(): string {
    NAME.lastIndex = this.#at
    const match = NAME.exec(this.#text)
    if (match === null) throw syntax('a name was expected')
    this.#at = NAME.lastIndex
    return match[0]
  }

  #closeTag(tag: string): void {
    this.#at += 2
    if (this.#name() !== tag) throw syntax(`${tag} is not closed`)
    CLOSE_END.lastIndex = this.#at
    if (!CLOSE_END.test(this.#text)) throw syntax(`the end of ${tag} is not well-formed`)
    this.#at = CLOSE_END.lastIndex
  }

  /** White space, comments and instructions outside of the root element. */
  #skipMisc(): void {
    for (;;) {
      while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++
      if (this.#text.startsWith('<!--', this.#at)) this.#skipComment()
      else if (this.#text.startsWith('<?', this.#at)) this.#skipInstruction()
      else if (this.#text.startsWith('<!', this.#at)) throw syntax('a document type is not allowed')
      else return
    }
  }

  #skipComment(): void {
    const dashes = this.#text.indexOf('--', this.#at + 4)
    if (dashes < 0 || this.#text[dashes + 2] !== '>') throw syntax('a comment is not well-formed')
    this.#at = dashes + 3
  }

  #skipInstruction(): void {
    if (/^<\?xml[\s?]/i.test(this.#text.slice(this.#at, this.#at + 6))) throw syntax('a misplaced XML declaration')
    this.#at = this.#after('?>', this.#at)
  }

  #after(mark: string, from: number): number {
    const found = this.#text.indexOf(mark, from)
    if (found < 0) throw syntax(`${mark} was expected`)
    return found + mark.length
  }
}

function localName(tag: string): string {
  const colon = tag.indexOf(':')
  return colon < 0 ? tag : tag.slice(colon + 1)
}

function lineEnds(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
}

function decodeReferences(raw: string): string {
  const text = lineEnds(raw)
  if (!text.includes('&')) {
    if (text.includes(']]>')) throw syntax(']]> in text')
    return text
  }
  return text.replace(/&([^;&<]{0,12};)?/g, (_match, name: string | undefined) => {
    if (name === undefined) throw syntax('& without a reference')
    return decodeReference(name.slice(0, -1))
  })
}

function decodeReference(name: string): string {
  const entity = ENTITIES.get(name)
  if (entity !== undefined) return entity
  const match = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(name)
  if (match === null) throw syntax(`the reference ${name} is unknown`)
  const code = match[1] === undefined ? Number.parseInt(match[2] ?? '', 10) : Number.parseInt(match[1], 16)
  // Control characters are let through: S3 keys may hold them, and its own answers write them so.
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) || code === 0xfffe || code === 0xffff)
    throw syntax(`the reference ${name} is no character`)
  return String.fromCodePoint(code)
}
