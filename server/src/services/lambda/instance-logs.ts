// The log stream of each running instance of a version: `YYYY/MM/DD/[version]<instance>`, dated by the instance's start.
import type { OutputLine } from '#engine/engine.ts'
import type { LogStreamRef } from '#telemetry/logs.ts'
import type { LambdaPorts } from './ports.ts'

export class InstanceLogs {
  readonly #ports: Pick<LambdaPorts, 'logs' | 'clock'>
  readonly #place: Omit<LogStreamRef, 'stream'> & { readonly version: string }
  readonly #streams = new Map<string, LogStreamRef>()

  constructor(
    ports: Pick<LambdaPorts, 'logs' | 'clock'>,
    place: Omit<LogStreamRef, 'stream'> & { readonly version: string },
  ) {
    this.#ports = ports
    this.#place = place
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
    this.writeTo(this.streamOf(instance), line)
  }

  writeTo(stream: LogStreamRef, line: OutputLine): void {
    this.#ports.logs.write(stream, { timestampMs: line.timestampMs, message: `${line.text}\n` })
  }

  close(instance: string): void {
    this.#streams.delete(instance)
  }
}
