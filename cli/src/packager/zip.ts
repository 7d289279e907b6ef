// The package as a zip that depends on nothing but its contents: files sorted, one fixed time, plain modes. So the same
// sources give the same hash.
import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'

export interface ZipEntry {
  /** Relative, with forward slashes. */
  readonly path: string
  readonly content: Buffer
  readonly executable?: boolean
}

/** The first moment that a zip can name. In local time, which is what the format keeps. */
const MTIME = new Date(1980, 0, 1)
const FILE_MODE = 0o100644
const PROGRAM_MODE = 0o100755

/** Packs the entries, sorted by path. */
export function zip(entries: readonly ZipEntry[]): Promise<Buffer> {
  const archive = new ZipFile()
  for (const { path, content, executable } of entries.toSorted((a, b) => (a.path < b.path ? -1 : 1)))
    archive.addBuffer(content, path, {
      mtime: MTIME,
      mode: executable === true ? PROGRAM_MODE : FILE_MODE,
      forceDosTimestamp: true,
    })
  archive.end()
  return buffer(archive.outputStream)
}
