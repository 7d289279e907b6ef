// Processes that a benchmark starts: each prints one line when it is ready and lives until it is ended.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Child {
  /** The first line that it printed. */
  readonly line: string
  readonly pid: number
  end(): Promise<void>
}

/** Starts a file of this folder with Node and waits for its first line. */
export async function startChild(file: string, args: readonly string[] = []): Promise<Child> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = await firstLine(child, file)
  return { line, pid: child.pid ?? 0, end: () => endChild(child) }
}

async function firstLine(child: ChildProcess, file: string): Promise<string> {
  if (!child.stdout) throw new Error(`${file} has no output`)
  for await (const line of createInterface({ input: child.stdout })) return line
  throw new Error(`${file} ended before it was ready`)
}

function endChild(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}
