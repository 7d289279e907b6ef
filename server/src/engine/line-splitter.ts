// Cuts raw output into lines, whatever the chunks are.
import { StringDecoder } from 'node:string_decoder'
import { LINE_BYTES_MAX } from './limits.ts'

export class LineSplitter {
  readonly #onLine: (text: string) => void
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''

  constructor(onLine: (text: string) => void) {
    this.#onLine = onLine
  }

  /** Takes the next bytes. A line above the bound is cut into several. */
  push(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#onLine(line)
    while (this.#rest.length > LINE_BYTES_MAX) {
      this.#onLine(this.#rest.slice(0, LINE_BYTES_MAX))
      this.#rest = this.#rest.slice(LINE_BYTES_MAX)
    }
  }

  /** The last line may lack its newline. */
  end(): void {
    if (this.#rest !== '') this.#onLine(this.#rest)
    this.#rest = ''
  }
}
