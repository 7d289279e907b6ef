import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { createCrcEngine, type CrcRegister } from './crc-engine.ts'

const POLYNOMIALS: readonly CrcRegister[] = [
  [0x82f63b78, 0],
  [0xac4bc9b5, 0x9a6c9329],
]

/** The same bytes each time, without a pattern. */
function someBytes(length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update('mayfly').digest()
}

/** Bit by bit, as a CRC is defined. */
function expected([low, high]: CrcRegister, register: bigint, bytes: Uint8Array): bigint {
  const polynomial = (BigInt(high) << 32n) | BigInt(low)
  for (const byte of bytes) {
    register ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) register = (register & 1n) === 1n ? (register >> 1n) ^ polynomial : register >> 1n
  }
  return register
}

function wide([low, high]: CrcRegister): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
}

test('every length up to several blocks, from every place in memory, is as by bits', async () => {
  for (const polynomial of POLYNOMIALS) {
    const engine = await createCrcEngine(polynomial)
    const memory = someBytes(220)
    for (let length = 0; length <= 200; length++) {
      const bytes = memory.subarray(length % 17, (length % 17) + length)
      const start: CrcRegister = [~length, polynomial[1] === 0 ? 0 : 0x81234567]
      const found = wide(engine.update(start, bytes))
      assert.equal(found, expected(polynomial, wide(start), bytes), `${length} bytes`)
    }
  }
})

test('many pages in one go, and in pieces of any length', async () => {
  for (const polynomial of POLYNOMIALS) {
    const engine = await createCrcEngine(polynomial)
    const bytes = someBytes(150_001)
    const whole = wide(engine.update([1, 0], bytes))
    assert.equal(whole, expected(polynomial, 1n, bytes))
    for (const piece of [1, 31, 4097, 65_536]) {
      let register: CrcRegister = [1, 0]
      for (let at = 0; at < bytes.length; at += piece)
        register = engine.update(register, bytes.subarray(at, at + piece))
      assert.equal(wide(register), whole, `in pieces of ${piece}`)
    }
  }
})
