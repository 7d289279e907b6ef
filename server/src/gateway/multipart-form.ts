// Reads a multipart/form-data body (RFC 7578) as it comes: the fields before the file are held, the file is passed on and
// never held, what follows it is thrown away.
import { AwsError } from '#protocol/errors.ts'
import { FORM_FIELDS_BYTES_MAX, FORM_PART_HEAD_BYTES_MAX } from './limits.ts'

export interface FormFile {
  /** As the browser named it, without folders; empty when it did not. */
  readonly name: string
  readonly content: AsyncIterable<Buffer>
}

export interface MultipartForm {
  /** In lower case; the first of a name counts. */
  readonly fields: ReadonlyMap<string, string>
  /** Undefined when the form has none. Must be read to its end. */
  readonly file: FormFile | undefined
}

const BOUNDARY = /;\s*boundary=(?:"([^"]{1,70})"|([^;\s"]{1,70}))/i
const PARAMETER = /;\s*([a-z]+\*?)=(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/gi

/** The boundary of the body; undefined when the content type is not that of such a form. */
export function formBoundary(contentType: string | undefined): string | undefined {
  if (contentType === undefined || !/^multipart\/form-data\b/i.test(contentType)) return undefined
  const match = BOUNDARY.exec(contentType)
  return match?.[1] ?? match?.[2]
}

/** Reads up to the file. Throws MalformedPOSTRequest, MaxPostPreDataLengthExceeded, and what the source throws. */
export async function readForm(source: AsyncIterable<Buffer>, boundary: string): Promise<MultipartForm> {
  const bytes = new Cutter(source[Symbol.asyncIterator]())
  const fields = new Map<string, string>()
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  // The first delimiter may stand at the very beginning, without the line break.
  bytes.pushFront(Buffer.from('\r\n'))
  await bytes.until(delimiter, FORM_FIELDS_BYTES_MAX)
  let left = FORM_FIELDS_BYTES_MAX
  while (!(await bytes.isClosing())) {
    const part = partHead(await bytes.until(Buffer.from('\r\n\r\n'), FORM_PART_HEAD_BYTES_MAX))
    if (part.name === 'file') return { fields, file: { name: part.fileName, content: bytes.stream(delimiter) } }
    const value = await bytes.until(delimiter, left)
    left -= value.length
    if (!fields.has(part.name)) fields.set(part.name, value.toString())
  }
  return { fields, file: undefined }
}

interface PartHead {
  readonly name: string
  readonly fileName: string
}

function partHead(bytes: Buffer): PartHead {
  const line = bytes
    .toString()
    .split('\r\n')
    .find((header) => /^content-disposition\s*:/i.test(header))
  if (line === undefined) throw malformed()
  let name: string | undefined
  let fileName = ''
  for (const [, parameter = '', quoted, plain = ''] of line.matchAll(PARAMETER)) {
    const value = quoted === undefined ? plain : quoted.replace(/\\(["\\])/g, '$1').replaceAll('%22', '"')
    if (parameter.toLowerCase() === 'name') name = value
    // Some browsers send the path on the user's disk.
    if (parameter.toLowerCase() === 'filename')
      fileName = value.slice(Math.max(value.lastIndexOf('/'), value.lastIndexOf('\\')) + 1)
  }
  if (name === undefined) throw malformed()
  return { name: name.toLowerCase(), fileName }
}

/** Cuts what comes at delimiters. */
class Cutter {
  readonly #source: AsyncIterator<Buffer>
  #held: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterator<Buffer>) {
    this.#source = source
  }

  pushFront(bytes: Buffer): void {
    this.#held = Buffer.concat([bytes, this.#held])
  }

  /** What comes before the delimiter, which is taken too. */
  async until(delimiter: Buffer, bytesMax: number): Promise<Buffer> {
    for (let from = 0; ;) {
      const at = this.#held.indexOf(delimiter, from)
      if (at >= 0 && at <= bytesMax) {
        const found = this.#held.subarray(0, at)
        this.#held = this.#held.subarray(at + delimiter.length)
        return found
      }
      if (at >= 0 || this.#held.length > bytesMax + delimiter.length) throw tooLong()
      from = Math.max(0, this.#held.length - delimiter.length + 1)
      if (!(await this.#more())) throw malformed()
    }
  }

  /** After a delimiter: true at the end of the form, false when a part follows. */
  async isClosing(): Promise<boolean> {
    while (this.#held.length < 2) if (!(await this.#more())) throw malformed()
    const next = this.#held.toString('latin1', 0, 2)
    this.#held = this.#held.subarray(2)
    if (next === '--') return true
    if (next !== '\r\n') throw malformed()
    return false
  }

  /** Everything up to the delimiter, piece by piece; then the rest of the source is read and thrown away. */
  async *stream(delimiter: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#held.indexOf(delimiter)
      if (at >= 0) {
        if (at > 0) yield this.#held.subarray(0, at)
        break
      }
      // The end of what is held may be the beginning of the delimiter.
      const sure = this.#held.length - delimiter.length + 1
      if (sure > 0) {
        yield this.#held.subarray(0, sure)
        this.#held = this.#held.subarray(sure)
      }
      if (!(await this.#more())) throw malformed()
    }
    while (!(await this.#source.next()).done);
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#source.next()
    if (done === true) return false
    this.#held = this.#held.length === 0 ? value : Buffer.concat([this.#held, value])
    return true
  }
}

function malformed(): AwsError {
  return new AwsError(
    'MalformedPOSTRequest',
    400,
    'The body of your POST request is not well-formed multipart/form-data.',
  )
}

function tooLong(): AwsError {
  return new AwsError(
    'MaxPostPreDataLengthExceeded',
    400,
    'Your POST request fields preceding the upload file were too large.',
  )
}
