// The CRC of joined pieces from the CRCs of the pieces, so that a multipart object has a full-object checksum without
// reading it again. A CRC is a remainder of polynomials over GF(2): appending n bytes multiplies the first remainder by
// x^(8n). Numbers are in reflected form: the highest bit is the coefficient of x^0.

export type CrcAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME'

interface Field {
  readonly bits: bigint
  /** The reflected polynomial. */
  readonly polynomial: bigint
}

const FIELDS: Readonly<Record<CrcAlgorithm, Field>> = {
  CRC32: { bits: 32n, polynomial: 0xedb88320n },
  CRC32C: { bits: 32n, polynomial: 0x82f63b78n },
  CRC64NVME: { bits: 64n, polynomial: 0x9a6c9329ac4bc9b5n },
}

export interface CrcPiece {
  /** Big-endian digest, base64. */
  readonly value: string
  readonly size: number
}

/** The CRC (base64) of the pieces joined in this order. The CRC of nothing is all zero bits. */
export function combineCrcs(algorithm: CrcAlgorithm, pieces: readonly CrcPiece[]): string {
  const field = FIELDS[algorithm]
  // Parts mostly have one size: the shift for a size is computed once.
  const shifts = new Map<number, bigint>()
  let combined = 0n
  for (const { value, size } of pieces) {
    let shift = shifts.get(size)
    if (shift === undefined) shifts.set(size, (shift = shiftOf(field, size)))
    combined = multiply(field, combined, shift) ^ BigInt(`0x${Buffer.from(value, 'base64').toString('hex')}`)
  }
  const digits = Number(field.bits / 4n)
  return Buffer.from(combined.toString(16).padStart(digits, '0'), 'hex').toString('base64')
}

/** x^(8 * bytes) in the field. */
function shiftOf(field: Field, bytes: number): bigint {
  const one = 1n << (field.bits - 1n)
  let result = one
  let square = one >> 8n
  for (let rest = BigInt(bytes); rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = multiply(field, result, square)
    square = multiply(field, square, square)
  }
  return result
}

function multiply({ bits, polynomial }: Field, left: bigint, right: bigint): bigint {
  let product = 0n
  let shifted = right
  for (let bit = 1n << (bits - 1n); bit > 0n; bit >>= 1n) {
    if (left & bit) product ^= shifted
    shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n
  }
  return product
}
