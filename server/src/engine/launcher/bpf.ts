// A classic-BPF assembler: just what a seccomp program needs. Instructions are 8 bytes: u16 code, u8 jump-if-true,
// u8 jump-if-false, u32 constant (linux/filter.h). Jumps go forward, by label, at most 255 instructions.

const LOAD_WORD = 0x20
const AND = 0x54
const JUMP_EQUAL = 0x15
const JUMP_GREATER_EQUAL = 0x35
const RETURN = 0x06

type Operation = 'equal' | 'greater-equal'

type Line =
  | { readonly kind: 'plain'; readonly code: number; readonly constant: number }
  | {
      readonly kind: 'jump'
      readonly code: number
      readonly constant: number
      readonly yes?: string
      readonly no?: string
    }

/** Collects instructions, then resolves the labels. */
export class BpfProgram {
  readonly #lines: Line[] = []
  readonly #labels = new Map<string, number>()

  /** Loads the 32-bit word at `offset` of the data into the accumulator. */
  load(offset: number): this {
    return this.#plain(LOAD_WORD, offset)
  }

  and(mask: number): this {
    return this.#plain(AND, mask)
  }

  answer(value: number): this {
    return this.#plain(RETURN, value)
  }

  /** Compares the accumulator; goes to the label of the outcome, or on to the next instruction where none is given. */
  jump(operation: Operation, constant: number, to: { readonly yes?: string; readonly no?: string }): this {
    const code = operation === 'equal' ? JUMP_EQUAL : JUMP_GREATER_EQUAL
    this.#lines.push({ kind: 'jump', code, constant, ...to })
    return this
  }

  /** Names the next instruction. */
  label(name: string): this {
    if (this.#labels.has(name)) throw new Error(`label ${name} is there twice`)
    this.#labels.set(name, this.#lines.length)
    return this
  }

  /** The program as the kernel takes it. */
  assemble(): Buffer {
    const bytes = Buffer.alloc(this.#lines.length * 8)
    for (const [index, line] of this.#lines.entries()) {
      bytes.writeUInt16LE(line.code, index * 8)
      if (line.kind === 'jump') {
        bytes.writeUInt8(this.#distance(index, line.yes), index * 8 + 2)
        bytes.writeUInt8(this.#distance(index, line.no), index * 8 + 3)
      }
      bytes.writeUInt32LE(line.constant >>> 0, index * 8 + 4)
    }
    return bytes
  }

  #plain(code: number, constant: number): this {
    this.#lines.push({ kind: 'plain', code, constant })
    return this
  }

  #distance(from: number, label: string | undefined): number {
    if (label === undefined) return 0
    const to = this.#labels.get(label)
    if (to === undefined) throw new Error(`label ${label} is missing`)
    const distance = to - from - 1
    if (distance < 0 || distance > 255) throw new Error(`label ${label} is ${distance} instructions away`)
    return distance
  }
}
