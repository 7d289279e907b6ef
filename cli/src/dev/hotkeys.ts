// Single keys while `mayfly dev` runs. Only where a person sits at a terminal.
import type { ReadStream } from 'node:tty'

export interface Hotkey {
  readonly key: string
  readonly does: string
  run(): void
}

const INTERRUPT = '\u0003'

/** Listens for keys; returns what stops it. Ctrl-C goes on meaning what it always does. */
export function listenForKeys(input: ReadStream, keys: readonly Hotkey[]): () => void {
  const onData = (data: Buffer): void => {
    const text = data.toString('utf8')
    if (text === INTERRUPT) process.kill(process.pid, 'SIGINT')
    keys.find(({ key }) => key === text)?.run()
  }
  input.setRawMode(true)
  input.on('data', onData)
  input.resume()
  return () => {
    input.off('data', onData)
    input.setRawMode(false)
    input.pause()
  }
}
