// The output of a process as lines.
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { LINE_CHARS_MAX } from './limits.ts'

/** Calls back for each line, without its newline, and for what is left at the end. */
export function forEachLine(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder()
  let rest = ''
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
    for (; rest.length > LINE_CHARS_MAX; rest = rest.slice(LINE_CHARS_MAX)) onLine(rest.slice(0, LINE_CHARS_MAX))
  })
  stream.on('end', () => {
    if (rest !== '') onLine(rest)
  })
}
