// The engine's start takes as long as everything else together, mostly in processes of its own: the launcher, its guard, and
// a cell of each runtime that looks around. So it begins as soon as the data folder is this server's, and the rooms are
// joined meanwhile. Not before: the launcher ends what a former life of this folder left behind.
import type { Clock } from '#base/clock.ts'
import { InvariantError } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import { createEngine } from '#engine/create-engine.ts'
import type { EngineOptions } from '#engine/engine-options.ts'
import type { Engine } from '#engine/engine.ts'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Deadline } from './deadline.ts'

export interface EngineStartOptions extends Pick<EngineOptions, 'folder' | 'ready' | 'cpu' | 'allowPrivateEgress'> {
  readonly clock: Clock
  readonly log: Log
  /** Where the server will listen; 0: known only when it does, and the engine waits for it. */
  readonly port: number
}

/** Takes connections that functions make to Mayfly's API. */
export type AcceptSocket = EngineOptions['acceptSocket']

/** Cells may not listen below this. */
const PORT_MIN = 1024

export class EngineStart {
  /** Rejects when the engine cannot start, or the server ends before it has. */
  readonly engine: Promise<Engine>
  /**
   * Resolves once other processes work on the start, and whoever waits for this thread may have it: the launcher has been
   * started, or there is none yet, since the port is not known.
   */
  readonly launched: Promise<void>
  /** Before the server listens nobody has a function to run. */
  #acceptSocket: AcceptSocket = (socket) => void socket.destroy()
  readonly #port = Promise.withResolvers<number>()
  readonly #launch = Promise.withResolvers<void>()
  readonly #closing = Promise.withResolvers<never>()
  readonly #created: Promise<Engine>
  #closed: Promise<void> | undefined

  constructor(options: EngineStartOptions) {
    if (options.port === 0) this.#launch.resolve()
    else this.#port.resolve(options.port)
    this.#created = this.#create(options)
    this.launched = Promise.race([
      this.#launch.promise,
      this.#created.then(
        () => {},
        () => {},
      ),
    ])
    this.engine = Promise.race([this.#created, this.#closing.promise])
    // Nobody may be waiting when it fails.
    for (const promise of [this.engine, this.#created, this.#closing.promise]) promise.catch(() => {})
  }

  /** The server listens, and takes what functions send it. */
  listening(port: number, acceptSocket: AcceptSocket): void {
    this.#acceptSocket = acceptSocket
    this.#port.resolve(port)
  }

  /** Ends the engine when it is up, or as soon as it is. Calling it again waits for the same end. */
  close(deadline: Deadline): Promise<void> {
    return (this.#closed ??= this.#close(deadline))
  }

  async #close(deadline: Deadline): Promise<void> {
    const closing = new InvariantError('the server is closing')
    this.#closing.reject(closing)
    this.#port.reject(closing)
    const engine = await this.#created.catch(() => undefined)
    await engine?.close(deadline.leftMs)
  }

  async #create({ port: _port, ...options }: EngineStartOptions): Promise<Engine> {
    const port = await this.#port.promise
    const sdkFolder = findSdkFolder()
    return createEngine({
      ...options,
      onLaunch: () => this.#launch.resolve(),
      acceptSocket: (socket, instance) => this.#acceptSocket(socket, instance),
      ...(port >= PORT_MIN && { apiPort: port }),
      ...(sdkFolder !== undefined && { sdkFolder }),
    })
  }
}

/** The node_modules folder that has the AWS SDK, so that functions find it without bringing it; undefined without one. */
function findSdkFolder(): string | undefined {
  for (const up of ['../node_modules/', '../../node_modules/', '../../../']) {
    const folder = fileURLToPath(new URL(up, import.meta.url))
    if (existsSync(`${folder}@aws-sdk/client-s3/package.json`)) return folder
  }
  return undefined
}
