// The files below a folder that go into a package, in one order whatever the file system says.
import { type Dirent, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CliError } from '../errors.ts'
import { PACKAGE_FILES_MAX } from '../limits.ts'

export interface FolderFile {
  /** Relative, with forward slashes. */
  readonly path: string
  readonly absolute: string
  readonly size: number
  readonly mtimeMs: number
  readonly executable: boolean
}

/** Every file for which `wanted` says yes; `wanted` is asked for folders too and decides whether they are entered. */
export function filesBelow(
  folder: string,
  wanted: (path: string, isFolder: boolean) => boolean,
): readonly FolderFile[] {
  const files: FolderFile[] = []
  const enter = (relative: string): void => {
    for (const entry of sorted(join(folder, relative))) {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`
      const absolute = join(folder, path)
      const stat = statSync(absolute, { throwIfNoEntry: false })
      // A link to nowhere is nothing that could be packed.
      if (stat === undefined) continue
      if (!wanted(path, stat.isDirectory())) continue
      if (stat.isDirectory()) {
        // A linked folder may lead back to where it lies.
        if (!entry.isSymbolicLink()) enter(path)
      } else if (stat.isFile()) {
        files.push({ path, absolute, size: stat.size, mtimeMs: stat.mtimeMs, executable: (stat.mode & 0o111) !== 0 })
        if (files.length > PACKAGE_FILES_MAX)
          throw new CliError('MF1303', `${folder} holds more than ${PACKAGE_FILES_MAX} files`, {
            mend: 'Name the folder of the function alone.',
          })
      }
    }
  }
  enter('')
  return files
}

function sorted(folder: string): Dirent[] {
  return readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
