// A server in a process of its own that is killed without a warning, and what it says that functions used.
import { LambdaClient } from '@aws-sdk/client-lambda'
import { KillableServer } from '../events/killable-server.ts'

export interface FunctionUsage {
  readonly invocations: number
  readonly billedMs: number
  readonly errors: number
  readonly bytesIn: number
  readonly bytesOut: number
}

const NOTHING: FunctionUsage = { invocations: 0, billedMs: 0, errors: 0, bytesIn: 0, bytesOut: 0 }

export class KilledServer {
  readonly lambda: LambdaClient
  readonly endpoint: string
  readonly pid: number
  readonly #server: KillableServer

  private constructor(server: KillableServer) {
    this.#server = server
    this.endpoint = server.settings.endpoint
    this.pid = server.pid
    this.lambda = server.client(LambdaClient)
  }

  static async start(dataFolder: string): Promise<KilledServer> {
    return new KilledServer(await KillableServer.start(dataFolder, { region: 'us-east-1' }))
  }

  kill(): Promise<void> {
    return this.#server.kill()
  }

  async usageOf(name: string): Promise<FunctionUsage> {
    const from = new Date(Date.now() - 48 * 3_600_000).toISOString()
    const answer = await fetch(`${this.endpoint}/_mayfly/usage?from=${from}`)
    const { usage } = (await answer.json()) as { usage: (FunctionUsage & { readonly function: string })[] }
    return usage.find((one) => one.function === name) ?? NOTHING
  }
}
