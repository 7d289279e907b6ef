// Parsed CBOR to values.
import type { SimpleShape } from '../schema.ts'
import { Tagged } from './cbor-parse.ts'
import { dateOfSeconds } from './timestamp.ts'
import { type TreeReader, TreeReaders, wrongType } from './tree-read.ts'

const TAG_EPOCH_SECONDS = 1

/** Readers for CBOR: members by their own names. */
export function cborReaders(strictUnions: boolean): TreeReaders {
  return new TreeReaders({ keyOf: (member) => member.name, scalar, strictUnions })
}

function scalar(shape: SimpleShape): TreeReader {
  switch (shape.kind) {
    case 'string':
      return (value) => {
        if (typeof value !== 'string') throw wrongType(value, 'String')
        return value
      }
    case 'number':
      return (value) => {
        if (typeof value === 'number') return value
        if (typeof value === 'bigint') return Number(value)
        throw wrongType(value, 'Number')
      }
    case 'boolean':
      return (value) => {
        if (typeof value !== 'boolean') throw wrongType(value, 'Boolean')
        return value
      }
    case 'bigint':
      return (value) => {
        if (typeof value === 'bigint') return value
        if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
        throw wrongType(value, 'BigInteger')
      }
    case 'blob':
      return (value) => {
        if (!Buffer.isBuffer(value)) throw wrongType(value, 'Blob')
        return value
      }
    case 'timestamp':
      return readTimestamp
    case 'document':
      return (value) => value
  }
}

function readTimestamp(value: unknown): Date {
  const seconds = value instanceof Tagged && value.tag === TAG_EPOCH_SECONDS ? value.value : value
  if (typeof seconds === 'number') return dateOfSeconds(seconds)
  throw wrongType(seconds, 'Timestamp')
}
