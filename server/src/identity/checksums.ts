// The checksum algorithms of S3 behind one small interface. CRC32 comes from zlib, CRC32C and CRC64NVME from WebAssembly
// (hash-wasm): one instance per algorithm is shared by all hashers, whose state (four or eight bytes) is swapped
// when they take turns, so that making a hasher needs no waiting.
import { InvariantError } from '#base/errors.ts'
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

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

/** The part of hash-wasm's hasher that is used here. */
interface SharedCrc {
  init(): unknown
  update(data: Uint8Array): unknown
  save(): Uint8Array
  load(state: Uint8Array): unknown
  digest(form: 'binary'): Uint8Array
}

const CRC32C_POLYNOMIAL = 0x82f63b78
const CRC64NVME_POLYNOMIAL = '9a6c9329ac4bc9b5'

interface CrcState {
  save(): void
}

/** Whose state an engine has now. */
const inEngine = new WeakMap<SharedCrc, CrcState>()

let loading: Promise<void> | undefined
let shared: { readonly CRC32C: SharedCrc; readonly CRC64NVME: SharedCrc } | undefined

/** Loads the WebAssembly parts (about 10 ms). Must have resolved before CRC32C or CRC64NVME is asked for. Undefined: it has. */
export function preloadChecksums(): Promise<void> | undefined {
  return shared === undefined ? (loading ??= load()) : undefined
}

async function load(): Promise<void> {
  const { createCRC32, createCRC64 } = await import('hash-wasm')
  const [crc32c, crc64] = await Promise.all([createCRC32(CRC32C_POLYNOMIAL), createCRC64(CRC64NVME_POLYNOMIAL)])
  shared = { CRC32C: crc32c, CRC64NVME: crc64 }
}

/** A hasher, ready at once. Throws InvariantError for CRC32C and CRC64NVME before `preloadChecksums`. */
export function createHasher(algorithm: ChecksumAlgorithm): Hasher {
  if (algorithm === 'CRC32') return zlibCrc32()
  if (algorithm === 'CRC32C' || algorithm === 'CRC64NVME') {
    if (shared === undefined) throw new InvariantError(`${algorithm} asked for before preloadChecksums`)
    return sharedCrc(shared[algorithm])
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

/** Swaps states only when another hasher comes in between: seldom, for a body is mostly hashed in one go. */
function sharedCrc(engine: SharedCrc): Hasher {
  let state: Uint8Array | undefined
  const hasher: CrcState = { save: () => (state = engine.save()) }
  const enter = (): void => {
    const inside = inEngine.get(engine)
    if (inside === hasher) return
    inside?.save()
    if (state === undefined) engine.init()
    else engine.load(state)
    inEngine.set(engine, hasher)
  }
  return {
    update(chunk) {
      enter()
      engine.update(chunk)
    },
    digest() {
      enter()
      inEngine.delete(engine)
      return Buffer.from(engine.digest('binary'))
    },
  }
}
