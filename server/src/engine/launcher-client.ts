// The server's side of the launcher: started once, started again when it dies. The only place in the server that makes a
// process.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import type { CancelTimer, Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { LineReader } from './launcher/commands.ts'
import type { Command, LauncherEvent } from './launcher/commands.ts'
import { LateOrder } from './late-order.ts'
import { LAUNCHER_PAUSE_MS, LAUNCHER_PAUSE_MS_MAX, UNHURRIED_ORDER_MS } from './limits.ts'

/** One arena, trimmed early: threads that Node.js starts once would keep memory each. Cells get an environment of their own. */
const LEAN = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '65536' } as const

export interface LauncherCommandLine {
  readonly file: string
  readonly args: readonly string[]
}

export interface LauncherListener {
  /** It has cleaned up and takes commands. Again after each restart. */
  ready(event: Extract<LauncherEvent, { event: 'ready' }>): void
  event(event: LauncherEvent): void
  /** It died: all cells are dead or dying. */
  lost(): void
}

type State =
  | { readonly kind: 'starting'; readonly process: ChildProcess }
  | { readonly kind: 'ready'; readonly process: ChildProcess; readonly control: Socket }
  | { readonly kind: 'pausing' }
  | { readonly kind: 'closed' }

export class LauncherClient {
  readonly #line: LauncherCommandLine
  readonly #listener: LauncherListener
  readonly #clock: Clock
  readonly #log: Log
  #state: State = { kind: 'pausing' }
  readonly #late: LateOrder
  /** Lines that go with the next command, or when the time is over. */
  #unhurried = ''
  #cancelUnhurried: CancelTimer | undefined
  #pauseMs = LAUNCHER_PAUSE_MS

  constructor(clock: Clock, log: Log, line: LauncherCommandLine, listener: LauncherListener) {
    this.#clock = clock
    this.#log = log
    this.#line = line
    this.#listener = listener
    this.#late = new LateOrder(clock, (command) => this.#write(command))
  }

  get pid(): number | undefined {
    return this.#state.kind === 'ready' ? this.#state.process.pid : undefined
  }

  start(): void {
    const child = spawn(this.#line.file, this.#line.args, {
      cwd: '/',
      env: LEAN,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    })
    // A pipe of stdio is a socket in both directions; the types know only the standard three.
    const control = child.stdio[3] as unknown as Socket
    this.#state = { kind: 'starting', process: child }
    const lines = new LineReader((line) => this.#hear(child, control, JSON.parse(line) as LauncherEvent))
    control.setEncoding('utf8').on('data', (text: string) => lines.push(text))
    control.on('error', (error) => this.#log.debug('launcher-connection', { error }))
    child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => this.#log.warn('launcher-says', { text: text.slice(0, 4096) }))
    child.once('error', (error) => this.#ended(child, String(error)))
    child.once('exit', (code, signal) => this.#ended(child, `exit ${code ?? signal}`))
  }

  /** False while there is no launcher: the command is not kept. */
  send(command: Command): boolean {
    this.#late.before(command.cell)
    return this.#write(command)
  }

  /** The same for what need not come at once: see late-order.ts. */
  sendLate(command: Command): void {
    this.#late.put(command)
  }

  /** The same for what nobody waits for: it goes with the next command, since each write wakes the launcher. */
  sendUnhurried(command: Command): void {
    this.#unhurried += lineOf(command)
    this.#cancelUnhurried ??= this.#clock.after(UNHURRIED_ORDER_MS, () => this.#writeLines(''))
  }

  #write(command: Command): boolean {
    return this.#writeLines(lineOf(command))
  }

  #writeLines(lines: string): boolean {
    const all = this.#unhurried + lines
    this.#dropUnhurried()
    if (this.#state.kind !== 'ready') return false
    this.#state.control.write(all)
    return true
  }

  /** Who should have got it is gone. */
  #dropUnhurried(): void {
    this.#unhurried = ''
    this.#cancelUnhurried?.()
    this.#cancelUnhurried = undefined
  }

  /** Ends the launcher, and with it every cell. Resolves when it is gone. */
  async close(): Promise<void> {
    const state = this.#state
    this.#state = { kind: 'closed' }
    this.#late.drop()
    this.#dropUnhurried()
    if (state.kind !== 'ready' && state.kind !== 'starting') return
    const gone = new Promise((resolve) => state.process.once('close', resolve))
    if (state.kind === 'ready') state.control.destroy()
    else state.process.kill('SIGKILL')
    await gone
  }

  #hear(child: ChildProcess, control: Socket, event: LauncherEvent): void {
    if (event.event !== 'ready') return this.#listener.event(event)
    if (this.#state.kind !== 'starting') return
    this.#state = { kind: 'ready', process: child, control }
    this.#pauseMs = LAUNCHER_PAUSE_MS
    this.#listener.ready(event)
  }

  #ended(child: ChildProcess, how: string): void {
    if (this.#state.kind === 'closed' || this.#state.kind === 'pausing' || this.#state.process !== child) return
    this.#state = { kind: 'pausing' }
    this.#late.drop()
    this.#dropUnhurried()
    this.#log.warn('launcher-ended', { how, againInMs: this.#pauseMs })
    this.#listener.lost()
    this.#clock.after(this.#pauseMs, () => {
      if (this.#state.kind === 'pausing') this.start()
    })
    this.#pauseMs = Math.min(this.#pauseMs * 2, LAUNCHER_PAUSE_MS_MAX)
  }
}

function lineOf(command: Command): string {
  return `${JSON.stringify(command)}\n`
}
