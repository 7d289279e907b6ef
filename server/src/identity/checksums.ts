// The checksum algorithms of S3 behind one small interface. CRC32 comes from zlib, CRC32C and CRC64NVME from an engine each
// (crc-engine.ts), which all hashers share, so that making a hasher needs no waiting.
import { InvariantError } from '#base/errors.ts'
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { type CrcEngine, type CrcRegister, createCrcEngine } from './crc-engine.ts'

export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256' | 'MD5'

export const CHECKSUM_ALGORITHMS: readonly ChecksumAlgorithm[] = [
  'CRC32',
  'CRC32C',
  'CRC64NVME',
  'SHA1',
  'SHA256',
  'MD5',
]

export interface Hasher {
  update(chunk: Uint8Array): void
  /** The checksum, big-endian for the CRCs, as S3 encodes it in base64. Ends the hasher. */
  digest(): Buffer
}

/** Of CRC32C and of CRC64NVME: their reflected polynomials, and the bytes of their registers. */
const CRCS = {
  CRC32C: { polynomial: [0x82f63b78, 0], bytes: 4 },
  CRC64NVME: { polynomial: [0xac4bc9b5, 0x9a6c9329], bytes: 8 },
} as const

type EngineName = keyof typeof CRCS

let loading: Promise<void> | undefined
let engines: Readonly<Record<EngineName, CrcEngine>> | undefined

/** Makes the engines of CRC32C and CRC64NVME (some milliseconds), which must be there when one of them is asked for. Undefined: they are. */
export function preloadChecksums(): Promise<void> | undefined {
  return engines === undefined ? (loading ??= load()) : undefined
}

async function load(): Promise<void> {
  const [crc32c, crc64] = await Promise.all([
    createCrcEngine(CRCS.CRC32C.polynomial),
    createCrcEngine(CRCS.CRC64NVME.polynomial),
  ])
  engines = { CRC32C: crc32c, CRC64NVME: crc64 }
}

/** A hasher, ready at once. Throws InvariantError for CRC32C and CRC64NVME before `preloadChecksums`. */
export function createHasher(algorithm: ChecksumAlgorithm): Hasher {
  if (algorithm === 'CRC32') return zlibCrc32()
  if (algorithm === 'CRC32C' || algorithm === 'CRC64NVME') {
    if (engines === undefined) throw new InvariantError(`${algorithm} asked for before preloadChecksums`)
    return engineCrc(engines[algorithm], CRCS[algorithm].bytes)
  }
  return createHash(algorithm.toLowerCase())
}

function zlibCrc32(): Hasher {
  let value = 0
  return {
    update(chunk) {
      value = crc32(chunk, value)
    },
    digest() {
      const bytes = Buffer.allocUnsafe(4)
      bytes.writeUInt32BE(value)
      return bytes
    },
  }
}

function engineCrc(engine: CrcEngine, bytes: number): Hasher {
  let register: CrcRegister = [~0, bytes === 8 ? ~0 : 0]
  return {
    update(chunk) {
      register = engine.update(register, chunk)
    },
    digest() {
      const [low, high] = register
      const digest = Buffer.allocUnsafe(bytes)
      digest.writeInt32BE(~low, bytes - 4)
      if (bytes === 8) digest.writeInt32BE(~high, 0)
      return digest
    },
  }
}
