// One sandboxed process as the server sees it, from the boot command until it is gone: its two connections, its doors
// (cell-doors.ts), its meters. What it sends is hostile: broken frames end it.
//
//   booting --READY--> live --(exit, kill, broken frames, lost launcher)--> ended
import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { CancelTimer, Clock } from '#base/clock.ts'
import { randomHex } from '#base/ids.ts'
import { isPrivateAddress } from '#base/private-address.ts'
import { FRAME, FrameBatch, FrameDecoder } from '@mayfly/runtime/frames.ts'
import type { Frame, FrameHead } from '@mayfly/runtime/frames.ts'
import { CellDoors, type DoorHost } from './cell-doors.ts'
import { CellMeters } from './cell-meters.ts'
import type { NetworkRule } from './egress/network-rule.ts'
import type { BlockedKind, RuntimeKind } from './engine.ts'
import type { LauncherClient } from './launcher-client.ts'
import type { LauncherEvent, MemoryClass } from './launcher/commands.ts'
import type { OpenBlock } from './launcher/uplink.ts'
import {
  BLOCKED_LOGGED_MAX,
  BOOT_MS_MAX,
  CLASSES,
  CLOSED_CHANNEL_MS_MAX,
  END_MS_MAX,
  LAST_OUTPUT_MS_MAX,
  META_BYTES_MAX,
} from './limits.ts'
import { LineSplitter } from './line-splitter.ts'
import { PrintPace, type Prints } from './print-pace.ts'
import type { CellConnection } from './cell-connection.ts'
import type { PrivateSocket } from './private-socket.ts'
import { UplinkMeter } from './uplink-meter.ts'

/** What every cell needs from its surroundings. */
export interface CellHost extends DoorHost {
  readonly clock: Clock
  launcher(): LauncherClient
  readonly privateSocket: PrivateSocket
  readonly prints: Prints
  /** The server's own path of the cells' folders. */
  readonly cellsFolder: string
  /** Keeps an unpacked image until the answer is called; undefined when it is not there. */
  holdImage(id: string): (() => void) | undefined
  /** Whether cells get no more CPU than their memory buys. */
  readonly rationsCpu: boolean
  /** Something that a cell tried was not allowed. Without `what` it is only counted: the cell does it again and again. */
  blocked(cell: string, kind: BlockedKind, what: string | undefined): void
}

/** What can be chosen at boot only. */
export interface CellKind {
  readonly runtime: RuntimeKind
  readonly memoryClass: MemoryClass
  readonly ephemeralMb: number
  /** The digest of the image that is its root. */
  readonly image?: string
  /** It has a network of its own, with these blocks opened in it beside public addresses. */
  readonly uplink?: readonly OpenBlock[]
}

/** Why a cell is booted: somebody waits for it, or may one day; or it looks around and reports. */
export type BootPurpose = 'demand' | 'stock' | 'probe'

export interface CellEnd {
  readonly code: number | null
  readonly signal: string | null
  readonly memoryKills: number
  readonly memoryPeakBytes?: number
  /** Set when the server ended it, or found out otherwise. */
  readonly reason: string | undefined
  /** By its own doing: it ended itself, or broke what it may not. */
  readonly crashed: boolean
}

/** Who uses the cell; replaced once, at assignment. */
export interface CellUser {
  frame(frame: Frame): void
  /** A line that came past the frames: from a child process, or written to the descriptor. */
  line(text: string): void
  ended(end: CellEnd): void
  /** Where the cell may connect to; nowhere without it. */
  network?(): Promise<NetworkRule>
}

const NO_NETWORK: NetworkRule = { kind: 'none' }

const BYTES_PER_MB = 1024 * 1024

type Phase = 'booting' | 'live' | 'ended'

export class Cell {
  readonly id = randomHex(16)
  readonly kind: CellKind
  /** Facts of READY: the runtime's version; with a probe, what the cell sees. */
  facts: Readonly<Record<string, unknown>> = {}
  pid = 0
  readonly #host: CellHost
  readonly #token = randomHex(16)
  readonly #folder: string
  readonly #bootUser: CellUser
  #phase: Phase = 'booting'
  #user: CellUser
  #channel: Socket | undefined
  #output: Socket | undefined
  readonly #doors: CellDoors
  #blocked = 0
  #meters: CellMeters | undefined
  #uplinkMeter: UplinkMeter | undefined
  #peakBytes = 0
  /** To be written at the end of this turn. */
  readonly #batch = new FrameBatch()
  #cancelTimer: CancelTimer = () => {}
  readonly #pace: PrintPace
  /** Reasons for which its channel is not read. */
  #holds = 0
  /** Nobody waits for it while it boots. */
  #background: boolean
  /** Nobody waited for it when it was ready. */
  #shelved = false
  #broken = false
  #endReason: string | undefined
  #bootOutput = ''
  #letImageGo: (() => void) | undefined
  readonly #onReady: (cell: Cell) => void

  private constructor(
    host: CellHost,
    kind: CellKind,
    background: boolean,
    onReady: (cell: Cell) => void,
    onFailed: (reason: string) => void,
  ) {
    this.#host = host
    this.kind = kind
    this.#background = background
    this.#folder = join(host.cellsFolder, this.id)
    this.#onReady = onReady
    this.#bootUser = {
      frame: (frame) => this.#readyFrame(frame),
      line: (text) => {
        this.#bootOutput = `${this.#bootOutput}${text}\n`.slice(0, META_BYTES_MAX)
      },
      ended: (end) => onFailed(`${end.reason ?? `exit ${end.code ?? end.signal}`}: ${this.#bootOutput.trim()}`),
    }
    this.#user = this.#bootUser
    this.#pace = new PrintPace(host.clock, host.prints, {
      pause: () => {
        this.pause()
        this.#output?.pause()
      },
      resume: () => {
        this.resume()
        this.#output?.resume()
      },
      demote: () => void host.launcher().send({ op: 'demote', cell: this.id }),
    })
    this.#doors = new CellDoors(host, this.id, this.#folder, {
      rule: async () => (await this.#user.network?.()) ?? NO_NETWORK,
      refused: (goal, reason) => this.blocked('network', `connection to ${goal} refused: ${reason}`),
    })
  }

  /** Orders a boot. Exactly one of the callbacks comes, later. */
  static boot(
    host: CellHost,
    kind: CellKind,
    purpose: BootPurpose,
    onReady: (cell: Cell) => void,
    onFailed: (reason: string) => void,
  ): Cell {
    const cell = new Cell(host, kind, purpose === 'stock', onReady, onFailed)
    cell.#boot(purpose === 'probe')
    return cell
  }

  /** Somebody waits for it now: from here on its boot goes before what runs without end. */
  hurry(): void {
    if (!this.#background || this.#phase !== 'booting') return
    this.#background = false
    this.#host.launcher().send({ op: 'hurry', cell: this.id })
  }

  /** The folder that the cell sees as /var. */
  get varFolder(): string {
    return join(this.#folder, 'var')
  }

  get ended(): boolean {
    return this.#phase === 'ended'
  }

  /** Its end is ordered, or has come. */
  get ending(): boolean {
    return this.#endReason !== undefined || this.ended
  }

  /** Takes the cell out of the pool, for life. */
  assign(user: CellUser): void {
    this.#user = user
  }

  /** Leaves what the process sends where it is, so that it must wait. */
  pause(): void {
    this.#holds++
    this.#channel?.pause()
  }

  /** Once for each `pause`. */
  resume(): void {
    if (--this.#holds === 0) this.#channel?.resume()
  }

  /** Writes at once, after what `sendSoon` has kept. */
  send(parts: readonly Uint8Array[]): void {
    this.#writeBatch()
    this.#write(parts)
  }

  /**
   * Writes a payload together with all others that what runs now leads to, promises included: one system call instead of
   * many. The end of the turn would be too late: other sockets are read before it, and the cell has nothing to do meanwhile.
   */
  sendSoon(head: FrameHead, meta: string, payload: Uint8Array): void {
    if (this.#batch.empty) process.nextTick(() => this.#writeBatch())
    this.#batch.add(head, meta, payload)
  }

  #writeBatch(): void {
    if (this.#batch.empty) return
    this.#write(this.#batch.take())
    if (this.#channel && this.#channel.writableLength > 0) FrameBatch.keepTaken()
  }

  #write(parts: readonly Uint8Array[]): void {
    const channel = this.#channel
    if (!channel || parts.length === 0) return
    if (parts.length === 1 && parts[0]) return void channel.write(parts[0])
    channel.cork()
    for (const part of parts) channel.write(part)
    channel.uncork()
  }

  /** It is ready, and nobody waits for it: whoever comes finds it in front of cells that run without end. */
  shelve(): void {
    this.#shelved = true
    this.#host.launcher().send({ op: 'shelve', cell: this.id })
  }

  /** It is an instance of a version now: its memory, and who shares its beginnings. `version`: a digest. */
  instantiate(memoryMb: number, version: string): void {
    const order = { op: 'assign', cell: this.id, memoryMb, version } as const
    const mayBeLate = this.#shelved && memoryMb <= CLASSES[this.kind.memoryClass].memoryMb
    if (mayBeLate) this.#host.launcher().sendLate(order)
    else this.#host.launcher().send(order)
  }

  /** Init is over: what its memory buys is all the CPU that it gets from now on, where that is how it is set. */
  ration(): void {
    if (this.#host.rationsCpu) this.#host.launcher().send({ op: 'ration', cell: this.id })
  }

  freeze(): void {
    this.#host.launcher().send({ op: 'freeze', cell: this.id })
  }

  thaw(): void {
    this.#host.launcher().send({ op: 'thaw', cell: this.id })
  }

  /** Ends the cell; `ended` follows. The first reason stays. */
  kill(reason: string): void {
    if (this.#phase === 'ended') return
    const first = this.#endReason === undefined
    this.#endReason ??= reason
    this.#host.launcher().send({ op: 'kill', cell: this.id })
    if (first) this.#timer(END_MS_MAX, () => this.#end({ code: null, signal: 'SIGKILL', memoryKills: 0 }))
  }

  /** Bytes that went to and came from other machines since the cell began. */
  traffic(): ReturnType<CellDoors['traffic']> {
    if (this.kind.uplink !== undefined && this.#phase === 'live') this.#uplinkMeter ??= UplinkMeter.open(this.pid)
    return (this.#uplinkMeter ?? this.#doors).traffic()
  }

  /** Tells whoever uses the cell, and the platform, that something was not allowed. */
  blocked(kind: BlockedKind, what: string): void {
    this.#user.line(`MAYFLY BLOCKED ${kind}: ${what}`)
    this.#host.blocked(this.id, kind, ++this.#blocked <= BLOCKED_LOGGED_MAX ? what : undefined)
  }

  /** Whether the kernel measures memory and CPU time of this cell. */
  get metered(): boolean {
    return this.#meters !== undefined
  }

  /** Peak memory since the cell began, MB. */
  peakMemoryMb(): number {
    return this.#meters?.peakMemoryMb() ?? this.#peakBytes / BYTES_PER_MB
  }

  /** CPU time since the cell began, ms; undefined without control groups. */
  cpuMs(): number | undefined {
    return this.#meters?.cpuMs()
  }

  /** What the launcher says about this cell. */
  heard(event: LauncherEvent): void {
    switch (event.event) {
      case 'spawned':
        this.pid = event.pid
        if (event.meters) this.#meters = CellMeters.open(event.meters)
        return
      case 'failed':
        if (this.#phase === 'booting') this.#end({ code: null, signal: null, memoryKills: 0 }, event.reason)
        return
      case 'refused':
        return this.blocked('system-call', `${event.call} refused`)
      case 'closed':
        for (const goal of event.goals)
          this.blocked('network', `connection to ${goal} refused: it is not open to this function`)
        return
      case 'exit': {
        const { event: _event, cell: _cell, forksRefused = 0, ...end } = event
        if (forksRefused > 0) this.blocked('processes', `${forksRefused} forks above the limit of processes`)
        if (end.memoryKills > 0)
          this.blocked('memory', `${end.memoryKills} processes ended by the kernel for lack of memory`)
        this.#afterLastOutput(() => this.#end(end))
        return
      }
      case 'memory':
        this.#peakBytes = event.peakBytes
        return
      case 'ready':
        return
    }
  }

  /** The launcher died, and its cells with it. */
  launcherLost(): void {
    this.#end({ code: null, signal: 'SIGKILL', memoryKills: 0 }, 'the launcher ended')
  }

  #boot(probe: boolean): void {
    const { privateSocket, clock } = this.#host
    this.#cancelTimer = clock.after(BOOT_MS_MAX, () => this.kill('not ready in time'))
    // Not before the caller has the cell.
    const fail = (reason: string): void =>
      queueMicrotask(() => this.#end({ code: null, signal: null, memoryKills: 0 }, reason))
    const { image } = this.kind
    if (image !== undefined) {
      this.#letImageGo = this.#host.holdImage(image)
      if (!this.#letImageGo) return fail('its image is not there any more')
    }
    privateSocket.expect(this.id, this.#token, (purpose, connection) =>
      purpose === 'channel' ? this.#openChannel(connection) : this.#openOutput(connection),
    )
    const sent = this.#host.launcher().send({
      op: 'boot',
      cell: this.id,
      token: this.#token,
      probe,
      background: this.#background,
      ...this.kind,
      ...this.#uplink(),
    })
    if (!sent) fail('there is no launcher')
  }

  /** A door that cannot be opened is the end: who waits at it would wait in vain. */
  #knocked(door: number): void {
    this.#doors.open(door).catch((error: unknown) => {
      const reason = `a way out of the sandbox could not be opened: ${String(error)}`
      this.#user.line(`MAYFLY ERROR: ${reason}`)
      this.kill(reason)
    })
  }

  /** Private blocks are opened only where the server allows it. */
  #uplink(): Pick<CellKind, 'uplink'> {
    const { uplink } = this.kind
    if (uplink === undefined || this.#host.egress.allowPrivate) return {}
    return { uplink: uplink.filter(({ address }) => !isPrivateAddress(address)) }
  }

  #openChannel(connection: CellConnection): void {
    const { socket } = connection
    if (this.#channel || this.#phase !== 'booting') return void socket.destroy()
    this.#channel = socket
    this.#pace.add(connection)
    const decoder = new FrameDecoder((frame) => {
      if (this.#phase === 'ended' || this.#endReason !== undefined) return
      if (frame.type === FRAME.knock) return this.#knocked(frame.aux)
      if (frame.type === FRAME.log) this.#pace.printed(frame.body.length)
      this.#user.frame(frame)
    })
    connection.receive = (chunk) => {
      if (this.#endReason !== undefined) return
      try {
        decoder.push(chunk)
      } catch (error) {
        this.#broken = true
        this.blocked('frame', String(error))
        this.kill(`broken frames: ${String(error)}`)
      }
    }
    // The process ended, or closed its only way to answer.
    socket.on(
      'close',
      () => this.#phase !== 'ended' && this.#timer(CLOSED_CHANNEL_MS_MAX, () => this.kill('channel closed')),
    )
  }

  #openOutput(connection: CellConnection): void {
    const { socket } = connection
    if (this.#output || this.#phase !== 'booting') return void socket.destroy()
    this.#output = socket
    this.#pace.add(connection)
    const lines = new LineSplitter((text) => this.#user.line(text))
    connection.receive = (chunk) => {
      lines.push(chunk)
      this.#pace.printed(chunk.length)
    }
    socket.on('end', () => lines.end())
  }

  #readyFrame(frame: Frame): void {
    if (frame.type !== FRAME.ready || this.#phase !== 'booting' || frame.meta.length > META_BYTES_MAX)
      throw new Error(`frame ${frame.type} before its time`)
    this.facts = JSON.parse(frame.meta.toString()) as Readonly<Record<string, unknown>>
    this.#phase = 'live'
    this.#cancelTimer()
    this.#onReady(this)
  }

  #timer(ms: number, fire: () => void): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#host.clock.after(ms, fire)
  }

  /** The report of the end comes by another way than the last words: wait for these, but not long. */
  #afterLastOutput(then: () => void): void {
    this.#pace.readOn()
    const waiting = [this.#channel, this.#output].filter((socket) => socket && !socket.closed && !socket.destroyed)
    if (waiting.length === 0) return then()
    let open = waiting.length
    const cancel = this.#host.clock.after(LAST_OUTPUT_MS_MAX, then)
    for (const socket of waiting)
      socket?.once('close', () => {
        if (--open > 0) return
        cancel()
        then()
      })
  }

  #end(end: Omit<CellEnd, 'reason' | 'crashed'>, reason = this.#endReason): void {
    if (this.#phase === 'ended') return
    const wasBooting = this.#phase === 'booting'
    this.#phase = 'ended'
    this.#cancelTimer()
    this.#pace.stop()
    this.#host.privateSocket.forget(this.id, this.#token)
    this.#channel?.destroy()
    this.#output?.destroy()
    this.#doors.close()
    const user = wasBooting ? this.#bootUser : this.#user
    user.ended({ ...end, reason, crashed: reason === undefined || this.#broken })
    this.#meters?.close()
    this.#meters = undefined
    this.#uplinkMeter?.close()
    this.#uplinkMeter = undefined
    // Without a launcher the next one clears all folders, or the end of the server.
    this.#host.launcher().sendUnhurried({ op: 'discard', cell: this.id })
    this.#letImageGo?.()
  }
}
