// The function that images of tests run: one static program, built by the machine's compiler once for a test file.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const COMPILER = '/usr/bin/gcc'
/** Of the package that has the static library, too. */
const HEADERS = '/usr/include/stdio.h'

/** Why tests of images are skipped here; false when they are not. */
export const skipImages =
  existsSync(COMPILER) && existsSync(HEADERS)
    ? false
    : 'there is no compiler for the program of an image: apt-get install gcc libc6-dev'

/** The bytes of the program; see program.c for what it does. */
export function buildProgram(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-program-'))
  try {
    const file = join(folder, 'program')
    execFileSync(COMPILER, ['-static', '-O1', '-o', file, join(import.meta.dirname, 'program.c')])
    return readFileSync(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
