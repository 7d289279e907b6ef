// What passes the device of a cell that has a network of its own: whole packets, names and refused attempts included.
import { KernelFile } from './kernel-file.ts'
import { UPLINK_DEVICE } from './launcher/uplink.ts'

/** Received bytes are the first column, sent ones the ninth. */
const COLUMNS = new RegExp(String.raw`${UPLINK_DEVICE}:\s*(\d+)(?:\s+\d+){7}\s+(\d+)`)

export class UplinkMeter {
  readonly #devices: KernelFile
  #seen = { sentBytes: 0, receivedBytes: 0 }

  private constructor(devices: KernelFile) {
    this.#devices = devices
  }

  /** `pid`: a process in the cell's network. Undefined when it is gone. */
  static open(pid: number): UplinkMeter | undefined {
    const devices = KernelFile.open(`/proc/${pid}/net/dev`)
    return devices && new UplinkMeter(devices)
  }

  /** Since the cell began; the last that was seen when the device is gone. */
  traffic(): { readonly sentBytes: number; readonly receivedBytes: number } {
    const [, received, sent] = COLUMNS.exec(this.#devices.read()) ?? []
    if (received !== undefined) this.#seen = { sentBytes: Number(sent), receivedBytes: Number(received) }
    return this.#seen
  }

  /** The network's namespace stays until then. */
  close(): void {
    this.#devices.close()
  }
}
