// The last bytes of small answers, kept until the end of this turn of the event loop and then written one after the other.
// The first write wakes the clients' processes, the others find them awake: under load that is a sixth of all CPU time.
import type { HttpStream } from './http/stream.ts'

interface Ending {
  readonly stream: HttpStream
  /** latin1 text, so that head and body leave in one write; undefined for an answer without a body. */
  readonly last: string | undefined
}

export class TurnAnswers {
  #kept: Ending[] = []

  /** Ends an HTTP/1 response at the end of this turn. Nothing may be written to it any more. */
  end(stream: HttpStream, last: string | undefined): void {
    if (this.#kept.length === 0) setImmediate(() => this.flush())
    this.#kept.push({ stream, last })
  }

  /** Writes now what is kept: before connections are closed. */
  flush(): void {
    const kept = this.#kept
    this.#kept = []
    for (const { stream, last } of kept) stream.end(last)
  }
}
