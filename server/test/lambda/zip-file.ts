// Makes zip files byte by byte, so that tests can also make those that no tool would.
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipEntry {
  readonly name: string
  readonly content?: string | Buffer
  /** Unix mode with the kind of file (`0o100644`, `0o120777` for a link); none: made by DOS. */
  readonly mode?: number
  /** Kept as it is instead of deflated. */
  readonly stored?: boolean
  /** What the headers claim instead of the truth. */
  readonly claim?: { readonly bytes?: number; readonly crc?: number; readonly flags?: number; readonly method?: number }
}

/** A zip of these entries, in this order. */
export function zipOf(entries: readonly ZipEntry[] | Readonly<Record<string, string>>): Buffer {
  const list: readonly ZipEntry[] = isList(entries)
    ? entries
    : Object.entries(entries).map(([name, content]) => ({ name, content }))
  const files: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const entry of list) {
    const packed = packEntry(entry)
    const local = Buffer.concat([signature(0x04034b50), packed.header, u16(packed.name.length), u16(0), packed.name])
    files.push(local, packed.data)
    const attributes = entry.mode === undefined ? 0 : (entry.mode << 16) >>> 0
    directory.push(
      Buffer.concat([
        signature(0x02014b50),
        u16(entry.mode === undefined ? 20 : (3 << 8) | 20),
        packed.header,
        u16(packed.name.length),
        u16(0),
        u16(0),
        u16(0),
        u16(0),
        u32(attributes),
        u32(offset),
        packed.name,
      ]),
    )
    offset += local.length + packed.data.length
  }
  return Buffer.concat([...files, ...directory, ending(directory, offset, list.length)])
}

function isList(entries: readonly ZipEntry[] | Readonly<Record<string, string>>): entries is readonly ZipEntry[] {
  return Array.isArray(entries)
}

function packEntry({ name, content = '', stored = false, claim = {} }: ZipEntry): {
  readonly name: Buffer
  readonly data: Buffer
  readonly header: Buffer
} {
  const bytes = Buffer.from(content)
  const data = stored ? bytes : deflateRawSync(bytes)
  const header = Buffer.concat([
    u16(20),
    u16(claim.flags ?? 0x800),
    u16(claim.method ?? (stored ? 0 : 8)),
    u16(0),
    u16(0x21),
    u32(claim.crc ?? crc32(bytes)),
    u32(data.length),
    u32(claim.bytes ?? bytes.length),
  ])
  return { name: Buffer.from(name), data, header }
}

function ending(directory: readonly Buffer[], offset: number, count: number): Buffer {
  const bytes = directory.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([
    signature(0x06054b50),
    u16(0),
    u16(0),
    u16(Math.min(count, 0xffff)),
    u16(Math.min(count, 0xffff)),
    u32(bytes),
    u32(offset),
    u16(0),
  ])
}

function signature(value: number): Buffer {
  return u32(value)
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
