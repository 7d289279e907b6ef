// A server in a process of its own that is killed without a warning, and what it says that functions used.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { DUMMY_CREDENTIALS } from './server-fixture.ts'

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
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, endpoint: string) {
    this.#child = child
    this.endpoint = endpoint
    this.lambda = new LambdaClient({ endpoint, region: 'us-east-1', credentials: DUMMY_CREDENTIALS, maxAttempts: 1 })
  }

  static async start(dataFolder: string): Promise<KilledServer> {
    const file = fileURLToPath(new URL('../events/server-process.ts', import.meta.url))
    const child = spawn(process.execPath, [file, dataFolder], { stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const line of createInterface({ input: child.stdout })) return new KilledServer(child, line)
    throw new Error('the server ended before it was ready')
  }

  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    this.lambda.destroy()
    await ended
  }

  async usageOf(name: string): Promise<FunctionUsage> {
    const from = new Date(Date.now() - 48 * 3_600_000).toISOString()
    const answer = await fetch(`${this.endpoint}/_mayfly/usage?from=${from}`)
    const { usage } = (await answer.json()) as { usage: (FunctionUsage & { readonly function: string })[] }
    return usage.find((one) => one.function === name) ?? NOTHING
  }
}
