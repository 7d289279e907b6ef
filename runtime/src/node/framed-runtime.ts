// One of Mayfly's own bootstraps in a process beside the carrier, where extensions or a wrapper script have a say in how the
// function runs. It speaks the engine's frames over descriptor 3, as it does to the engine itself.
import type { Duplex } from 'node:stream'
import { ERROR_KIND, FLAG, FRAME, FrameDecoder, encodeFrame, encodePayload } from '../frames.ts'
import type { Frame } from '../frames.ts'
import { RuntimeError } from './errors.ts'
import { RuntimeProcess } from './runtime-process.ts'
import type { Runtime, RuntimeListener, Work } from './runtime.ts'

export interface Bootstrap {
  readonly file: string
  readonly args: readonly string[]
  /** A script that gets the command line as its arguments and runs it (AWS_LAMBDA_EXEC_WRAPPER). */
  readonly wrapper: string | undefined
  /** Meta of the ASSIGN frame. */
  readonly assignment: string
}

export class FramedRuntime implements Runtime {
  readonly #bootstrap: Bootstrap
  readonly #listener: RuntimeListener
  #process: RuntimeProcess | undefined
  #channel: Duplex | undefined
  #ready = false
  /** Bytes of the answer so far. */
  #bytes = 0
  /** The frame that an answer in parts began with. */
  #head: { readonly type: number; readonly aux: number } | undefined

  constructor(bootstrap: Bootstrap, listener: RuntimeListener) {
    this.#bootstrap = bootstrap
    this.#listener = listener
  }

  start(apiAddress: string): void {
    const { file, args, wrapper, assignment } = this.#bootstrap
    // The bootstrap sets it when it is needed: Node would load at its start what that takes.
    const { NODE_USE_ENV_PROXY: _later, ...inherited } = process.env
    const env = { ...inherited, AWS_LAMBDA_RUNTIME_API: apiAddress }
    const line = wrapper === undefined ? { file, args } : { file: wrapper, args: [file, ...args] }
    this.#process = new RuntimeProcess({ ...line, env, channel: true }, this.#listener)
    // A pipe at a descriptor above 2 is a socket in both directions.
    const channel = this.#process.child.stdio[3] as Duplex | undefined
    if (!channel) throw new RuntimeError('Runtime.InvalidEntrypoint', `${line.file} could not be started`)
    const decoder = new FrameDecoder((frame) => this.#frame(frame))
    channel.on('data', (chunk: Buffer) => decoder.push(chunk))
    // The end of the process says all there is to say.
    channel.on('error', () => {})
    for (const part of encodeFrame({ type: FRAME.assign, id: 0 }, assignment)) channel.write(part)
    this.#channel = channel
  }

  run({ id, facts, payload }: Work): void {
    this.#bytes = 0
    this.#head = undefined
    for (const part of encodePayload({ type: FRAME.invoke, id }, JSON.stringify(facts), payload))
      this.#channel?.write(part)
  }

  async stop(): Promise<void> {
    await this.#process?.stop()
  }

  #frame(frame: Frame): void {
    switch (frame.type) {
      case FRAME.assigned:
        this.#ready = true
        return this.#listener.ready()
      case FRAME.log:
        return this.#listener.line(frame.body.toString())
      case FRAME.error:
        if (!this.#ready) return this.#listener.initFailed(Buffer.from(frame.body))
        return this.#part(frame)
      case FRAME.result:
      case FRAME.body:
        return this.#part(frame)
      default:
        throw new Error(`frame ${frame.type} from a bootstrap`)
    }
  }

  #part({ id, type, flags, aux, meta, body }: Frame): void {
    // An error may end an answer that has begun.
    if (type !== FRAME.body || this.#head === undefined) this.#head = { type, aux }
    this.#bytes += body.length
    // A copy: what was read is overwritten by the next read.
    const head = { id, flags, aux, type: type as typeof FRAME.result }
    const frames = encodeFrame(head, meta.toString(), Buffer.from(body))
    const channel = this.#channel
    if ((flags & FLAG.more) !== 0) {
      channel?.pause()
      return this.#listener.answer(frames, undefined, () => channel?.resume())
    }
    const isError = this.#head.type === FRAME.error
    const tooLarge = isError && this.#head.aux === ERROR_KIND.tooLarge
    this.#listener.answer(frames, {
      status: isError ? 'error' : 'success',
      producedBytes: this.#bytes,
      errorType: tooLarge ? 'Function.ResponseSizeTooLarge' : isError ? errorTypeIn(body) : undefined,
    })
  }
}

function errorTypeIn(document: Buffer): string {
  try {
    const value: unknown = JSON.parse(document.toString())
    if (typeof value === 'object' && value !== null && 'errorType' in value) return String(value.errorType)
  } catch {
    // In parts, or cut: the type is then unknown.
  }
  return 'Runtime.Unknown'
}
