// The log stream of each running instance of a version: `YYYY/MM/DD/[version]<instance>`, dated by the instance's start.
import type { OutputLine } from '#engine/engine.ts'
import type { LogStreamRef } from '#telemetry/logs.ts'
import { isKept, type LogSettings, systemLogOf } from './log-settings.ts'
import type { LambdaPorts } from './ports.ts'
import type { SystemLog } from './system-log.ts'

export class InstanceLogs {
  readonly #ports: Pick<LambdaPorts, 'logs' | 'clock'>
  readonly #place: Omit<LogStreamRef, 'stream'> & { readonly version: string }
  readonly #settings: LogSettings | undefined
  readonly #streams = new Map<string, LogStreamRef>()
  /** What the platform writes. */
  readonly system: SystemLog

  constructor(
    ports: Pick<LambdaPorts, 'logs' | 'clock'>,
    place: Omit<LogStreamRef, 'stream'> & { readonly version: string },
    settings: LogSettings | undefined,
  ) {
    this.#ports = ports
    this.#place = place
    this.#settings = settings
    this.system = systemLogOf(settings)
  }

  /** Whether a line that the function printed is of a level that is wanted. */
  keeps({ text }: OutputLine): boolean {
    return isKept(this.#settings, text)
  }

  /** Names the stream of an instance that starts. */
  open(instance: string): void {
    this.#streams.set(instance, this.streamOf(instance))
  }

  /** The stream of an instance; what is written after the instance has ended still goes there. */
  streamOf(instance: string): LogStreamRef {
    const known = this.#streams.get(instance)
    if (known) return known
    const { version, ...group } = this.#place
    const day = new Date(this.#ports.clock.nowMs()).toISOString().slice(0, 10).replaceAll('-', '/')
    return { ...group, stream: `${day}/[${version}]${instance}` }
  }

  write(instance: string, line: OutputLine): void {
    this.writeTo(this.streamOf(instance), line.timestampMs, line.text)
  }

  writeTo(stream: LogStreamRef, timestampMs: number, text: string | Buffer): void {
    this.#ports.logs.writeLine(stream, timestampMs, text)
  }

  /** As `LogWriter.writeLater`. */
  later(write: () => void, soon: boolean): void {
    this.#ports.logs.writeLater(write, soon)
  }

  close(instance: string): void {
    this.#streams.delete(instance)
  }
}
