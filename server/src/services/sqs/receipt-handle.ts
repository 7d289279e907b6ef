// A receipt handle names one reception of a message: the queue by its unique id, the sequence, and which reception it was.
// A handle is good until the message is received again or deleted.
import { crc32 } from 'node:zlib'

export interface Receipt {
  readonly sequence: number
  /** The message's receive count at that reception. */
  readonly receives: number
}

const FORMAT = 1
const UID_BYTES = 8
const UID_AT = 1
const SEQUENCE_AT = UID_AT + UID_BYTES
const SEQUENCE_BYTES = 6
const RECEIVES_AT = SEQUENCE_AT + SEQUENCE_BYTES
const SUM_AT = RECEIVES_AT + 4
const HANDLE_BYTES = SUM_AT + 4

const scratch = Buffer.alloc(HANDLE_BYTES)

/** `uid`: 16 hexadecimal characters. */
export function encodeReceipt(uid: string, { sequence, receives }: Receipt): string {
  scratch[0] = FORMAT
  scratch.write(uid, UID_AT, 'hex')
  scratch.writeUIntBE(sequence, SEQUENCE_AT, SEQUENCE_BYTES)
  scratch.writeUInt32BE(receives, RECEIVES_AT)
  scratch.writeUInt32BE(crc32(scratch.subarray(0, SUM_AT)), SUM_AT)
  return scratch.toString('base64')
}

/** Undefined for what is no handle of this queue. */
export function decodeReceipt(uid: string, handle: string): Receipt | undefined {
  const bytes = Buffer.from(handle, 'base64')
  if (bytes.length !== HANDLE_BYTES || bytes[0] !== FORMAT) return undefined
  // What base64 passes over is not passed over here.
  if (bytes.toString('base64') !== handle) return undefined
  if (bytes.readUInt32BE(SUM_AT) !== crc32(bytes.subarray(0, SUM_AT))) return undefined
  if (bytes.toString('hex', UID_AT, SEQUENCE_AT) !== uid) return undefined
  return { sequence: bytes.readUIntBE(SEQUENCE_AT, SEQUENCE_BYTES), receives: bytes.readUInt32BE(RECEIVES_AT) }
}
