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

/** An engine for a polynomial in its reflected form. */
export async function createCrcEngine(polynomial: CrcRegister): Promise<CrcEngine> {
  const { instance } = await WebAssembly.instantiate(MODULE())
  // The module is the one below, which exports these two.
  const { memory, run } = instance.exports as unknown as { memory: WebAssembly.Memory; run(end: number): void }
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

// Locals of `run`: its parameter is where the data ends.
const END = 0
const AT = 1
const LAST_BLOCK = 2
const WORD = 3
const REGISTERS = [4, 5, 6, 7]
const [FIRST_REGISTER = 0] = REGISTERS

const get = (local: number): Code => [0x20, local]
const set = (local: number): Code => [0x21, local]
const tee = (local: number): Code => [0x22, local]
const i32 = (value: number): Code => [0x41, ...signed(value)]
const i64 = (value: number): Code => [0x42, ...signed(value)]
/** Eight bytes at the address on the stack and an offset. */
const load = (offset: number): Code => [0x29, 0, ...unsigned(offset)]
const ADD = 0x6a
const SUB = 0x6b
const AND = 0x71
const LESS = 0x49
const XOR = 0x85
const SHIFT_LEFT = 0x86
const SHIFT_RIGHT = 0x88
const WRAP = 0xa7
const EXTEND = 0xad
const VOID = 0x40
const END_OF_BLOCK = 0x0b

/** Takes a word off the stack, gives what it does to the register by these tables. */
function lookUp(tables: number): Code {
  const byte = (index: number): Code => [
    ...get(WORD),
    ...i64(index === 0 ? 3 : index * 8 - 3),
    index === 0 ? SHIFT_LEFT : SHIFT_RIGHT,
    WRAP,
    ...i32(0xff * WORD_BYTES),
    AND,
    ...load(tables + index * TABLE_BYTES),
    ...(index === 0 ? [] : [XOR]),
  ]
  return [...set(WORD), ...Array.from({ length: WORD_BYTES }, (_, index) => byte(index)).flat()]
}

/** Runs `body` while `condition` holds. */
const loop = (condition: Code, body: Code): Code => [
  ...[0x03, VOID, ...condition, 0x04, VOID, ...body, 0x0c, 1],
  ...[END_OF_BLOCK, END_OF_BLOCK],
]
const advance = (bytes: number): Code => [...get(AT), ...i32(bytes), ADD, ...set(AT)]
const bytesLeft: Code = [...get(END), ...get(AT), SUB]

const RUN = (): Code => [
  ...[...i32(DATA), ...set(AT), ...i32(REGISTER), ...load(0), ...set(FIRST_REGISTER)],
  // Whole blocks: all but the last one in braids, which the last one joins.
  ...[...i32(BLOCK_BYTES - 1), ...bytesLeft, LESS, 0x04, VOID],
  ...[...get(AT), ...bytesLeft, ...i32(-BLOCK_BYTES), AND, ADD, ...i32(BLOCK_BYTES), SUB, ...set(LAST_BLOCK)],
  ...loop(
    [...get(AT), ...get(LAST_BLOCK), LESS],
    [
      ...REGISTERS.flatMap((register, braid) => [
        ...[...get(register), ...get(AT), ...load(braid * WORD_BYTES), XOR],
        ...[...lookUp(BRAID_TABLES), ...set(register)],
      ]),
      ...advance(BLOCK_BYTES),
    ],
  ),
  ...i64(0),
  ...REGISTERS.flatMap((register, braid) => [
    ...[...get(register), XOR, ...get(AT), ...load(braid * WORD_BYTES), XOR],
    ...lookUp(WORD_TABLES),
  ]),
  ...[...set(FIRST_REGISTER), ...advance(BLOCK_BYTES), END_OF_BLOCK],
  ...loop(
    [...i32(WORD_BYTES - 1), ...bytesLeft, LESS],
    [
      ...[...get(FIRST_REGISTER), ...get(AT), ...load(0), XOR, ...lookUp(WORD_TABLES), ...set(FIRST_REGISTER)],
      ...advance(WORD_BYTES),
    ],
  ),
  ...loop(
    [...get(AT), ...get(END), LESS],
    [
      ...[...get(FIRST_REGISTER), ...i64(8), SHIFT_RIGHT],
      // The byte of the data, and the lowest one of the register.
      ...[...get(AT), 0x2d, 0, 0, EXTEND, ...get(FIRST_REGISTER), XOR, ...i64(3), SHIFT_LEFT, WRAP],
      ...[...i32(0xff * WORD_BYTES), AND, ...load(BYTE_TABLE), XOR, ...set(FIRST_REGISTER)],
      ...advance(1),
    ],
  ),
  ...[...i32(REGISTER), ...get(FIRST_REGISTER), 0x37, 0, 0, END_OF_BLOCK],
]

/** The module: one page of memory and `run`. Source: WebAssembly core specification 2.0, section 5 (binary format). */
function MODULE(): Uint8Array<ArrayBuffer> {
  const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content]
  const name = (text: string): Code => [text.length, ...Buffer.from(text)]
  const I32 = 0x7f
  const I64 = 0x7e
  const body: Code = [2, 2, I32, 1 + REGISTERS.length, I64, ...RUN()]
  return Uint8Array.from([
    ...[0, ...Buffer.from('asm'), 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, I32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('run'), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ])
}

function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

function signed(value: number): Code {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)]
}
