// Reflected CRCs of up to 64 bits, in WebAssembly that is written out here: it has the 64-bit arithmetic that JavaScript lacks.
// Four words of eight bytes are under way at once, for one alone waits for each of its look-ups; the construction is that of
// zlib ("braids": Kadatch, Jenkins, "Everything we know about CRC but afraid to forget", 2010, section 4). An engine has tables for
// one polynomial. It keeps nothing between two calls: the register is brought and taken away.

/** A CRC register: the low and the high 32 bits. */
export type CrcRegister = readonly [low: number, high: number]

export interface CrcEngine {
  /** The register after these bytes. */
  update(register: CrcRegister, bytes: Uint8Array): CrcRegister
}

const BRAIDS = 4
const WORD_BYTES = 8
const BLOCK_BYTES = BRAIDS * WORD_BYTES
const TABLE_BYTES = 256 * WORD_BYTES

// The memory of an engine: the register, a table for each byte of a word of a braid, one for each of a word by itself, the data.
const REGISTER = 0
const BRAID_TABLES = 1024
const WORD_TABLES = BRAID_TABLES + WORD_BYTES * TABLE_BYTES
/** What a byte alone does is what the last one of a word does. */
const BYTE_TABLE = WORD_TABLES + (WORD_BYTES - 1) * TABLE_BYTES
const DATA = WORD_TABLES + WORD_BYTES * TABLE_BYTES
const PAGE_BYTES = 64 * 1024
/** Data goes through in such pieces: they stay in the nearest cache. */
const PIECE_BYTES = PAGE_BYTES - DATA

/** Of the global object, what is used here; the types are those of the module below. */
declare const WebAssembly: {
  instantiate(module: Uint8Array): Promise<{
    readonly instance: {
      readonly exports: { readonly memory: { readonly buffer: ArrayBuffer }; readonly run: (dataEnd: number) => void }
    }
  }>
}

/** An engine for a polynomial in its reflected form. */
export async function createCrcEngine(polynomial: CrcRegister): Promise<CrcEngine> {
  const { instance } = await WebAssembly.instantiate(crcModule())
  const { memory, run } = instance.exports
  writeTables(new Uint32Array(memory.buffer), polynomial)
  const register = new Uint32Array(memory.buffer, REGISTER, 2)
  const data = new Uint8Array(memory.buffer, DATA)
  return {
    update([low, high], bytes) {
      register[0] = low
      register[1] = high
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        const piece = bytes.length <= PIECE_BYTES ? bytes : bytes.subarray(at, at + PIECE_BYTES)
        data.set(piece)
        run(DATA + piece.length)
      }
      return [register[0], register[1]]
    },
  }
}

/** What each byte of a word does to the register, by how many bytes come behind it. */
function writeTables(memory: Uint32Array, [low, high]: CrcRegister): void {
  const lows = new Uint32Array(256)
  const highs = new Uint32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let [l, h] = [byte, 0]
    for (let bit = 0; bit < 8; bit++) {
      const isOdd = (l & 1) === 1
      l = (l >>> 1) | (h << 31)
      h >>>= 1
      if (isOdd) [l, h] = [l ^ low, h ^ high]
    }
    lows[byte] = l
    highs[byte] = h
  }
  for (let byte = 0; byte < 256; byte++) {
    let [l, h] = [lows[byte] ?? 0, highs[byte] ?? 0]
    for (let behind = 0; behind < BLOCK_BYTES; behind++) {
      const table = tableOf(behind)
      if (table !== undefined) memory.set([l, h], (table + byte * WORD_BYTES) / 4)
      const next = l & 0xff
      l = ((l >>> 8) | (h << 24)) ^ (lows[next] ?? 0)
      h = (h >>> 8) ^ (highs[next] ?? 0)
    }
  }
}

/** The table of bytes that have so many of a word, or of a block, behind them. */
function tableOf(behind: number): number | undefined {
  const inWord = WORD_BYTES - 1 - (behind % WORD_BYTES)
  if (behind < WORD_BYTES) return WORD_TABLES + inWord * TABLE_BYTES
  return behind < BLOCK_BYTES - WORD_BYTES ? undefined : BRAID_TABLES + inWord * TABLE_BYTES
}

type Code = readonly number[]

const code = (...parts: readonly (number | Code)[]): Code => parts.flat()

// Locals of `run`: its parameter is where the data ends.
const END = 0
const AT = 1
const LAST_BLOCK = 2
const WORD = 3
const FIRST_REGISTER = 4
const REGISTERS = Array.from({ length: BRAIDS }, (_, braid) => FIRST_REGISTER + braid)

const get = (local: number): Code => [0x20, local]
const set = (local: number): Code => [0x21, local]
const i32 = (value: number): Code => code(0x41, signed(value))
const i64 = (value: number): Code => code(0x42, signed(value))
/** Eight bytes at the address on the stack and an offset. */
const load = (offset: number): Code => code(0x29, 0, unsigned(offset))
const LOAD_BYTE: Code = [0x2d, 0, 0]
const STORE: Code = [0x37, 0, 0]
const I32_LESS = 0x49
const I32_ADD = 0x6a
const I32_SUB = 0x6b
const I32_AND = 0x71
const I64_XOR = 0x85
const I64_SHIFT_LEFT = 0x86
const I64_SHIFT_RIGHT = 0x88
const TO_I32 = 0xa7
const TO_I64 = 0xad
const LOOP: Code = [0x03, 0x40]
const IF: Code = [0x04, 0x40]
const REPEAT: Code = [0x0c, 1]
const CLOSE = 0x0b

/** Takes a word off the stack, leaves there what it does to the register by these tables. */
function lookUp(tables: number): Code {
  const one = (byte: number): Code =>
    code(
      get(WORD),
      byte === 0 ? code(i64(3), I64_SHIFT_LEFT) : code(i64(byte * 8 - 3), I64_SHIFT_RIGHT),
      code(TO_I32, i32(0xff * WORD_BYTES), I32_AND, load(tables + byte * TABLE_BYTES)),
      byte === 0 ? [] : I64_XOR,
    )
  return code(set(WORD), ...Array.from({ length: WORD_BYTES }, (_, byte) => one(byte)))
}

const loopWhile = (condition: Code, body: Code): Code => code(LOOP, condition, IF, body, REPEAT, CLOSE, CLOSE)
const advance = (bytes: number): Code => code(get(AT), i32(bytes), I32_ADD, set(AT))
const bytesLeft = code(get(END), get(AT), I32_SUB)

function runCode(): Code {
  const wordOf = (register: number, braid: number): Code =>
    code(get(register), get(AT), load(braid * WORD_BYTES), I64_XOR)
  const lastBlock = code(
    code(get(AT), bytesLeft, i32(-BLOCK_BYTES), I32_AND, I32_ADD, i32(BLOCK_BYTES), I32_SUB),
    set(LAST_BLOCK),
  )
  const braidBlocks = loopWhile(
    code(get(AT), get(LAST_BLOCK), I32_LESS),
    code(
      ...REGISTERS.map((register, braid) => code(wordOf(register, braid), lookUp(BRAID_TABLES), set(register))),
      advance(BLOCK_BYTES),
    ),
  )
  const joinBraids = code(
    i64(0),
    ...REGISTERS.map((register, braid) => code(wordOf(register, braid), I64_XOR, lookUp(WORD_TABLES))),
    set(FIRST_REGISTER),
  )
  const words = loopWhile(
    code(i32(WORD_BYTES - 1), bytesLeft, I32_LESS),
    code(wordOf(FIRST_REGISTER, 0), lookUp(WORD_TABLES), set(FIRST_REGISTER), advance(WORD_BYTES)),
  )
  const bytes = loopWhile(
    code(get(AT), get(END), I32_LESS),
    code(
      code(get(FIRST_REGISTER), i64(8), I64_SHIFT_RIGHT),
      code(get(AT), LOAD_BYTE, TO_I64, get(FIRST_REGISTER), I64_XOR, i64(3), I64_SHIFT_LEFT),
      code(TO_I32, i32(0xff * WORD_BYTES), I32_AND, load(BYTE_TABLE), I64_XOR, set(FIRST_REGISTER)),
      advance(1),
    ),
  )
  return code(
    code(i32(DATA), set(AT), i32(REGISTER), load(0), set(FIRST_REGISTER)),
    code(i32(BLOCK_BYTES - 1), bytesLeft, I32_LESS),
    code(IF, lastBlock, braidBlocks, joinBraids, advance(BLOCK_BYTES), CLOSE),
    code(words, bytes),
    code(i32(REGISTER), get(FIRST_REGISTER), STORE, CLOSE),
  )
}

/** The module: one page of memory and `run`. Source: WebAssembly core specification 2.0, section 5 (binary format). */
function crcModule(): Uint8Array {
  const I32 = 0x7f
  const I64 = 0x7e
  const name = (text: string): Code => code(text.length, [...Buffer.from(text)])
  const section = (id: number, ...content: readonly (number | Code)[]): Code => sized(id, code(...content))
  const sized = (id: number | Code, content: Code): Code => code(id, unsigned(content.length), content)
  const locals = code(2, 2, I32, 1 + BRAIDS, I64)
  return Uint8Array.from(
    code(
      code(0, [...Buffer.from('asm')], 1, 0, 0, 0),
      section(1, 1, 0x60, 1, I32, 0),
      section(3, 1, 0),
      section(5, 1, 0, 1),
      section(7, 2, name('memory'), 2, 0, name('run'), 0, 0),
      section(10, 1, sized([], code(locals, runCode()))),
    ),
  )
}

/** Numbers as the format has them: LEB128. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

function signed(value: number): Code {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)]
}
