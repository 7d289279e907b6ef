// What the crash test writes, as pure functions of a number: so that whoever reads an item later knows every byte of it.
import { seededRandom } from '#base/ids.ts'

/** Each writer has one operation under way at a time, and numbers them from 0. */
export interface Place {
  readonly round: number
  readonly writer: number
  readonly step: number
}

export const WRITERS = 8
const LARGE_BLOB_EVERY = 97

export type Step =
  /** One commit: two keys and a log entry. */
  | { readonly kind: 'item' }
  /** The same, and an earlier item is deleted. */
  | { readonly kind: 'replace'; readonly deletes: number }
  /** A blob, then one commit that refers to it. */
  | { readonly kind: 'blob'; readonly bytes: number }
  /** A transaction that adds one to the counter of the round. */
  | { readonly kind: 'count' }

/** What a writer does at a step. */
export function stepAt({ writer, step }: Place): Step {
  if (step % 40 === 3) return { kind: 'count' }
  if (step % 5 === 4)
    return { kind: 'blob', bytes: (step + writer) % LARGE_BLOB_EVERY === 0 ? 1_500_000 : (step * 7919) % 100_000 }
  if (step % 10 === 2) return { kind: 'replace', deletes: step - 1 }
  if (step % 10 === 7) return { kind: 'replace', deletes: step - 2 }
  return { kind: 'item' }
}

/** The name of a step, as it stands in keys and in the ledger. */
export function nameOf({ round, writer, step }: Place): string {
  return `${round}/${writer}/${step}`
}

/** The value of an item: up to 3 KB. */
export function valueOf(name: string): Buffer {
  const length = (Buffer.from(name).reduce((sum, byte) => sum * 31 + byte, 7) >>> 0) % 3000
  return noise(name, length)
}

/** Bytes that look random and follow from the name alone. */
export function noise(name: string, length: number): Buffer {
  const random = seededRandom(Buffer.from(name).reduce((sum, byte) => (Math.imul(sum, 33) + byte) | 0, 5381))
  const block = Buffer.alloc(Math.min(4096, Math.max(4, length)))
  for (let at = 0; at + 4 <= block.length; at += 4) block.writeUInt32LE(Math.trunc(random() * 2 ** 32), at)
  return Buffer.alloc(length, block)
}
