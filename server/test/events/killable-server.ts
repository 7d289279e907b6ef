// A server in a process of its own, for tests that kill it.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { LambdaOptions } from '#services/lambda/ports.ts'

const PROGRAM = fileURLToPath(new URL('server-process.ts', import.meta.url))

/** For clients of the JavaScript SDK. */
export interface ClientSettings {
  readonly endpoint: string
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly maxAttempts: number
  readonly forcePathStyle: boolean
}

interface Client {
  destroy(): void
}

export class KillableServer {
  readonly settings: ClientSettings
  readonly #child: ChildProcess
  readonly #clients: Client[] = []

  private constructor(child: ChildProcess, endpoint: string, region: string) {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    this.#child = child
    this.settings = { endpoint, region, credentials, maxAttempts: 1, forcePathStyle: true }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Resolves when the server is ready. */
  static async start(
    dataFolder: string,
    { region = 'eu-west-1', lambda = {} }: { readonly region?: string; readonly lambda?: Partial<LambdaOptions> } = {},
  ): Promise<KillableServer> {
    const child = spawn(process.execPath, [PROGRAM, dataFolder, JSON.stringify(lambda)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    for await (const endpoint of createInterface({ input: child.stdout }))
      return new KillableServer(child, endpoint, region)
    throw new Error('the server ended before it was ready')
  }

  /** A client that ends with the server. */
  client<T extends Client>(Client: new (settings: ClientSettings) => T): T {
    const client = new Client(this.settings)
    this.#clients.push(client)
    return client
  }

  /** SIGKILL; resolves when the process is gone. Once it is, again at once. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    }
    for (const client of this.#clients.splice(0)) client.destroy()
  }
}
