// Runs the real command as a user would, in folders of its own, with nothing of the machine's own settings.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const COMMAND = fileURLToPath(new URL('../../bin/mayfly.js', import.meta.url))
const ENDS_WITHIN_MS = 60_000
const SAID_WITHIN_MS = 30_000

/** For tests that need the machine's Python: why they are skipped, where it is missing. */
export const NEEDS_PYTHON = { skip: existsSync('/usr/bin/python3') ? false : 'python3 is not installed' }

/** Registers what must be undone: a test's `t`, or anything else with `after`. */
export interface Cleanup {
  after(undo: () => void | Promise<void>): void
}

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
  readonly tookMs: number
}

/** A folder with these files, gone after the test. */
export function folderWith(cleanup: Cleanup, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-cli-'))
  cleanup.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

/** Runs the command to its end. */
export async function mayfly(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input?: string,
): Promise<Ended> {
  const began = performance.now()
  const child = start(args, env, input === undefined ? 'ignore' : 'pipe')
  child.stdin?.end(input)
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const timer = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  return { code, out, err, tookMs: performance.now() - began }
}

/** A command that goes on: what it says is gathered, and can be waited for. */
export class RunningCommand {
  readonly out: string[] = []
  readonly err: string[] = []
  readonly #child: ChildProcess

  /** `within`: a command line that runs the rest of itself. */
  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}, within: readonly string[] = []) {
    this.#child = start(args, env, 'ignore', within)
    for (const [stream, lines] of [
      [this.#child.stdout, this.out],
      [this.#child.stderr, this.err],
    ] as const)
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => lines.push(line))
  }

  /** The first line of standard output that matches, from the given one on. Throws with what was said instead. */
  line(wanted: RegExp, from = 0): Promise<string> {
    return this.#find(this.out, wanted, from)
  }

  /** The same for standard error. */
  errLine(wanted: RegExp, from = 0): Promise<string> {
    return this.#find(this.err, wanted, from)
  }

  /** Sends the signal and resolves with the exit code. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode
    const ended = once(this.#child, 'exit')
    this.#child.kill(signal)
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), ENDS_WITHIN_MS)
    const [code] = (await ended) as [number | null]
    clearTimeout(timer)
    return code
  }

  async #find(lines: readonly string[], wanted: RegExp, from: number): Promise<string> {
    const deadline = performance.now() + SAID_WITHIN_MS
    while (performance.now() < deadline) {
      const found = lines.slice(from).find((line) => wanted.test(line))
      if (found !== undefined) return found
      if (this.#child.exitCode !== null) break
      await sleep(2)
    }
    throw new Error(
      `no ${String(wanted)} in:\n${this.out.join('\n')}\n--- and on standard error:\n${this.err.join('\n')}`,
    )
  }
}

export interface TestServer {
  readonly endpoint: string
  readonly dataFolder: string
  readonly command: RunningCommand
}

/** A server on a free port with a data folder of its own; ended after the test. */
export async function startServer(cleanup: Cleanup, args: readonly string[]): Promise<TestServer> {
  const dataFolder = join(folderWith(cleanup, {}), 'data')
  const command = new RunningCommand([...args, '--port', '0', '--data', dataFolder, '--json'])
  cleanup.after(async () => {
    await command.end()
  })
  const ready = JSON.parse(await command.line(/"event":"ready"/)) as { endpoint: string }
  return { endpoint: ready.endpoint, dataFolder, command }
}

function start(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin: 'ignore' | 'pipe',
  within: readonly string[] = [],
): ChildProcess {
  const [file = process.execPath, ...line] = [...within, process.execPath, COMMAND, ...args]
  return spawn(file, line, {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', XDG_CACHE_HOME: CACHE, ...env },
    stdio: [stdin, 'pipe', 'pipe'],
  })
}

/** Shared by all tests of a run, as a user's is by all commands. */
const CACHE = join(tmpdir(), `mayfly-cli-cache-${process.getuid?.() ?? ''}`)
