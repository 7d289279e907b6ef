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

  /** The stream of an instance, named when first asked for. */
  open(instance: string): LogStreamRef {
    const known = this.#streams.get(instance)
    if (known) return known
    const { version, ...group } = this.#place
    const day = new Date(this.#ports.clock.nowMs()).toISOString().slice(0, 10).replaceAll('-', '/')
    const ref = { ...group, stream: `${day}/[${version}]${instance}` }
    this.#streams.set(instance, ref)
    return ref
  }

  write(instance: string, line: OutputLine): void {
    this.#ports.logs.write(this.open(instance), { timestampMs: line.timestampMs, message: `${line.text}\n` })
  }

  close(instance: string): void {
    this.#streams.delete(instance)
  }
}
