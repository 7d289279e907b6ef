// A process that runs the function: started once, its output read as lines, ended with a warning first. It leads a group, so
// that what it started ends with it.
import { spawn } from 'node:child_process'
import type { ChildProcess, StdioOptions } from 'node:child_process'
import { LAST_OUTPUT_MS_MAX, RUNTIME_STOP_MS_MAX } from './limits.ts'
import { forEachLine } from './output-lines.ts'
import type { RuntimeListener } from './runtime.ts'

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** A pipe at descriptor 3. */
  readonly channel: boolean
  readonly cwd?: string
}

/** The status of a shell for a command that cannot be run. */
const CANNOT_RUN = 126

export class RuntimeProcess {
  readonly child: ChildProcess
  readonly #gone: Promise<void>

  constructor(command: Command, listener: Pick<RuntimeListener, 'line' | 'ended'>) {
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', ...(command.channel ? (['pipe'] as const) : [])]
    const { env, cwd } = command
    const child = spawn(command.file, command.args, { stdio, env, detached: true, ...(cwd !== undefined && { cwd }) })
    this.child = child
    for (const stream of [child.stdout, child.stderr]) if (stream) forEachLine(stream, (line) => listener.line(line))
    let told = false
    const tell = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (told) return
      told = true
      listener.ended(code, signal)
    }
    this.#gone = new Promise((resolve) => {
      child.once('error', (error) => {
        listener.line(String(error))
        tell(CANNOT_RUN, null)
        resolve()
      })
      child.once('exit', (code, signal) => {
        resolve()
        // What it started may still hold its output.
        setTimeout(() => tell(code, signal), LAST_OUTPUT_MS_MAX)
      })
      // After its last output.
      child.once('close', tell)
    })
  }

  async stop(): Promise<void> {
    this.#signal('SIGTERM')
    const timer = setTimeout(() => this.#signal('SIGKILL'), RUNTIME_STOP_MS_MAX)
    await this.#gone
    clearTimeout(timer)
    this.#signal('SIGKILL')
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.child
    if (pid === undefined) return
    try {
      process.kill(-pid, signal)
    } catch {
      // The group is gone.
    }
  }
}
