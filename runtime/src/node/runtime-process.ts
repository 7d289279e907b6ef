// A process that runs the function: started once, its output read as lines, ended with a warning first. It leads a group, so
// that what it started ends with it.
import { spawn } from 'node:child_process'
import type { ChildProcess, StdioOptions } from 'node:child_process'
import { closeSync, openSync, readSync } from 'node:fs'
import { errorDocument, RuntimeError } from './errors.ts'
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

export class RuntimeProcess {
  readonly child: ChildProcess
  readonly #gone: Promise<void>

  /** Throws a RuntimeError, or tells `initFailed`, when the file cannot be started. */
  constructor(command: Command, listener: Pick<RuntimeListener, 'line' | 'ended' | 'initFailed'>) {
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', ...(command.channel ? (['pipe'] as const) : [])]
    const { env, cwd } = command
    const options = { stdio, env, detached: true, ...(cwd !== undefined && { cwd }) }
    const child = started(command.file, () => spawn(command.file, command.args, options))
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
        if (child.pid !== undefined) return
        listener.initFailed(Buffer.from(JSON.stringify(errorDocument(cannotStart(command.file, error)))))
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

function started(file: string, start: () => ChildProcess): ChildProcess {
  try {
    return start()
  } catch (error) {
    throw cannotStart(file, error)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  ENOEXEC: 'exec format error',
}

/** In AWS's words. A text without an interpreter's name is tried with the shell first, which may not be there. */
function cannotStart(file: string, error: unknown): RuntimeError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = REASONS[code === 'ENOENT' && isNoProgram(file) ? 'ENOEXEC' : code] ?? String(error)
  return new RuntimeError('Runtime.InvalidEntrypoint', `fork/exec ${file}: ${reason}`, { cause: error })
}

/** Whether the file is there, and neither an ELF program nor a script that names its interpreter. */
function isNoProgram(file: string): boolean {
  try {
    const opened = openSync(file, 'r')
    const head = Buffer.alloc(4)
    readSync(opened, head)
    closeSync(opened)
    return head.toString('latin1', 0, 2) !== '#!' && head.toString('latin1') !== '\x7fELF'
  } catch {
    return false
  }
}
