import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { combineCrcs, type CrcAlgorithm } from './crc-combine.ts'

/** A CRC bit by bit, as its definition has it. */
function crcByDefinition(bits: number, polynomial: bigint, bytes: Uint8Array): string {
  const all = (1n << BigInt(bits)) - 1n
  let crc = all
  for (const byte of bytes) {
    crc ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n
  }
  return Buffer.from((crc ^ all).toString(16).padStart(bits / 4, '0'), 'hex').toString('base64')
}

const definitions: Readonly<Record<CrcAlgorithm, (bytes: Uint8Array) => string>> = {
  CRC32: (bytes) => crcByDefinition(32, 0xedb88320n, bytes),
  CRC32C: (bytes) => crcByDefinition(32, 0x82f63b78n, bytes),
  CRC64NVME: (bytes) => crcByDefinition(64, 0x9a6c9329ac4bc9b5n, bytes),
}

test('the definitions used here agree with the published check values of "123456789"', () => {
  const check = Buffer.from('123456789')
  assert.equal(Buffer.from(definitions.CRC32(check), 'base64').readUInt32BE(), crc32(check))
  assert.equal(Buffer.from(definitions.CRC32C(check), 'base64').toString('hex'), 'e3069283')
  assert.equal(Buffer.from(definitions.CRC64NVME(check), 'base64').toString('hex'), 'ae8b14860a799888')
})

for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME'] as const)
  test(`${algorithm}: the combined CRC of any pieces is the CRC of the whole`, () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), (pieces) => {
        const crc = definitions[algorithm]
        const combined = combineCrcs(
          algorithm,
          pieces.map((piece) => ({ value: crc(piece), size: piece.length })),
        )
        assert.equal(combined, crc(Buffer.concat(pieces)))
      }),
      { numRuns: 60 },
    )
  })

test('ten thousand parts of one size combine in well under a second', () => {
  const part = Buffer.alloc(1000, 7)
  const piece = { value: definitions.CRC64NVME(part), size: part.length }
  const many = Array.from({ length: 10_000 }, () => piece)
  const begun = performance.now()
  combineCrcs('CRC64NVME', many)
  assert.ok(performance.now() - begun < 2000)
})
