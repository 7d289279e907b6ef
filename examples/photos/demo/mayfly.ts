// The `mayfly start` of the demo: a process of its own, on a free port, with a data folder of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const COMMAND = fileURLToPath(new URL('../../../cli/bin/mayfly.js', import.meta.url))
const READY_WITHIN_MS = 60_000
const END_WITHIN_MS = 40_000

export interface Mayfly {
  readonly endpoint: string
  readonly credentialsFile: string
  readonly tier: string
  /** What is missing for the strongest isolation, each with its mend. */
  readonly weaknesses: readonly { readonly what: string; readonly mend: string }[]
  /** Ends it as an operator would; resolves with its exit code. */
  stop(): Promise<number | null>
}

/** Starts the server; resolves when it says that it is ready. Throws with what it said when it does not. */
export async function startMayfly(dataFolder: string): Promise<Mayfly> {
  const child = spawn(process.execPath, [COMMAND, 'start', '--port', '0', '--data', dataFolder, '--json', '-q'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
  try {
    const ready = await firstLine(child)
    return { ...ready, stop: () => stop(child) }
  } catch (cause) {
    child.kill('SIGKILL')
    throw new Error(`mayfly start did not get ready.\n${said.slice(-20).join('\n')}`, { cause })
  }
}

async function firstLine(child: ChildProcess & { readonly stdout: NodeJS.ReadableStream }) {
  const lines = createInterface({ input: child.stdout })
  const ended = new AbortController()
  child.once('exit', () => ended.abort())
  const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(READY_WITHIN_MS)])
  const [line] = (await once(lines, 'line', { signal })) as [string]
  const ready = JSON.parse(line) as Pick<Mayfly, 'endpoint' | 'credentialsFile' | 'tier' | 'weaknesses'> & {
    error?: { message: string }
  }
  if (ready.error !== undefined) throw new Error(ready.error.message)
  return ready
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS)
  const [code] = (await exit) as [number | null]
  clearTimeout(timer)
  return code
}
