// The closed language between the server and the launcher: JSON lines on one private socket. The launcher may run as
// root, so a command never carries a path, an argument or a number that is not checked here.
import { isIPv4 } from 'node:net'
import type { OpenBlock } from './uplink.ts'

export type RuntimeName = 'node' | 'python'

/** Pool classes by memory: what cannot be changed after boot (V8's heap limit) depends on them. */
export const MEMORY_CLASSES = ['small', 'medium', 'large', 'huge'] as const
export type MemoryClass = (typeof MEMORY_CLASSES)[number]

export type Command =
  | {
      readonly op: 'boot'
      readonly cell: string
      /** Proves to the server that a connection comes from the launcher. */
      readonly token: string
      readonly runtime: RuntimeName
      readonly memoryClass: MemoryClass
      /** The cell looks around and reports what it sees with READY. */
      readonly probe: boolean
      readonly ephemeralMb: number
      /** The digest of an unpacked image, which is then the cell's root; the machine's own folders without it. */
      readonly image?: string
      /** It gets a network of its own, with what is opened in it beside public addresses. */
      readonly uplink?: readonly OpenBlock[]
      /** Nobody waits for it yet: it takes only the CPU that other cells leave. */
      readonly background: boolean
    }
  /** The cell is an instance of a version now, which is named by a digest. */
  | { readonly op: 'assign'; readonly cell: string; readonly memoryMb: number; readonly version: string }
  /**
   * `hurry`: now somebody waits for a cell that boots. `shelve`: it is ready, and nobody does. `ration`: from now on a quota
   * of CPU by its memory holds. `demote`: it stands back for a while, whatever its share.
   */
  | { readonly op: 'freeze' | 'thaw' | 'kill' | 'hurry' | 'shelve' | 'ration' | 'demote'; readonly cell: string }
  /** The server needs nothing of its folder any more: the cell has ended, or never began. */
  | { readonly op: 'discard'; readonly cell: string }

/** Files that the server reads for metering. Absent where there is no cgroup. */
export interface MeterFiles {
  /** Bytes as decimal text: the peak, or where the kernel keeps none (v2 before Linux 5.19) what is in use. */
  readonly memory: string
  readonly cpu: { readonly path: string; readonly format: 'nanoseconds' | 'cpu.stat' }
}

export type LauncherEvent =
  /** `guarded`: system calls that are refused are told. `unseated`: why the server has no group among the cells'. */
  | { readonly event: 'ready'; readonly cgroups: string; readonly guarded: boolean; readonly unseated?: string }
  /** A cell made a system call that it may not make. */
  | { readonly event: 'refused'; readonly cell: string; readonly call: string }
  /** The filter of a cell's own network refused connections to these, told once each. */
  | { readonly event: 'closed'; readonly cell: string; readonly goals: readonly string[] }
  | { readonly event: 'spawned'; readonly cell: string; readonly pid: number; readonly meters?: MeterFiles }
  /** Only where no meter file tells it. */
  | { readonly event: 'memory'; readonly cell: string; readonly peakBytes: number }
  | { readonly event: 'failed'; readonly cell: string; readonly reason: string }
  | {
      readonly event: 'exit'
      readonly cell: string
      readonly code: number | null
      readonly signal: string | null
      /** Processes in the cell that the kernel ended for lack of memory. */
      readonly memoryKills: number
      readonly memoryPeakBytes?: number
      /** Forks that the limit of processes refused; unknown without control groups. */
      readonly forksRefused?: number
    }

/** A line of either direction; above this the peer is broken. */
export const CONTROL_LINE_BYTES_MAX = 16 * 1024

const CELL_ID = /^[0-9a-f]{32}$/
const IMAGE_ID = /^[0-9a-f]{64}$/
const MEMORY_MB_MAX = 32_768
const EPHEMERAL_MB_MAX = 10_240
/** As many as a function's list may have. */
const OPEN_BLOCKS_MAX = 200

/** Whether `text` has the form of a cell's id: it becomes part of paths. */
export function isCellId(text: unknown): text is string {
  return typeof text === 'string' && CELL_ID.test(text)
}

/** Whether `text` has the form of an image's digest: it becomes part of paths. */
export function isImageId(text: unknown): text is string {
  return typeof text === 'string' && IMAGE_ID.test(text)
}

/** Reads one command. Throws on anything outside the language. */
export function parseCommand(line: string): Command {
  // The text comes from the server; each field is checked below.
  const value = JSON.parse(line) as Readonly<Record<string, unknown>>
  const { op, cell } = value
  if (!isCellId(cell)) throw new Error('a command without a cell')
  switch (op) {
    case 'boot':
      return parseBoot(cell, value)
    case 'assign': {
      const { version } = value
      if (!isCellId(version)) throw new Error('an instance of no version')
      return { op, cell, memoryMb: wholeNumber(value['memoryMb'], MEMORY_MB_MAX), version }
    }
    case 'freeze':
    case 'thaw':
    case 'kill':
    case 'hurry':
    case 'shelve':
    case 'ration':
    case 'demote':
    case 'discard':
      return { op, cell }
    default:
      throw new Error(`unknown command ${String(op)}`)
  }
}

function parseBoot(cell: string, value: Readonly<Record<string, unknown>>): Command {
  const { token, runtime, probe, image } = value
  const memoryClass = MEMORY_CLASSES.find((name) => name === value['memoryClass'])
  if (!isCellId(token)) throw new Error('a boot without a token')
  if (runtime !== 'node' && runtime !== 'python') throw new Error('a boot of an unknown runtime')
  if (memoryClass === undefined) throw new Error('a boot of an unknown class')
  const ephemeralMb = wholeNumber(value['ephemeralMb'], EPHEMERAL_MB_MAX)
  const background = value['background'] === true
  const boot = {
    op: 'boot',
    cell,
    token,
    runtime,
    memoryClass,
    probe: probe === true,
    ephemeralMb,
    background,
  } as const
  const uplink = value['uplink'] === undefined ? {} : { uplink: parseBlocks(value['uplink']) }
  if (image === undefined) return { ...boot, ...uplink }
  if (!isImageId(image) || runtime !== 'node') throw new Error('a boot of an image that is none')
  return { ...boot, image, ...uplink }
}

/** They become part of a packet filter: numbers and addresses, nothing else. */
function parseBlocks(value: unknown): readonly OpenBlock[] {
  if (!Array.isArray(value) || value.length > OPEN_BLOCKS_MAX) throw new Error('a network that is none')
  return value.map((entry: unknown) => {
    const { address, bits, port } = entry as Readonly<Record<string, unknown>>
    if (typeof address !== 'string' || !isIPv4(address)) throw new Error('a block that is none')
    const block = { address, bits: wholeNumber(bits, 32) }
    return port === undefined ? block : { ...block, port: wholeNumber(port, 65_535) }
  })
}

function wholeNumber(value: unknown, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= max) return value
  throw new Error(`not a whole number up to ${max}: ${String(value)}`)
}

/** Cuts a byte stream into lines; throws when a line grows above the bound. */
export class LineReader {
  readonly #onLine: (line: string) => void
  #rest = ''

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  /** Takes the next piece of text. */
  push(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#onLine(line)
    if (this.#rest.length > CONTROL_LINE_BYTES_MAX) throw new Error('a control line without end')
  }
}
