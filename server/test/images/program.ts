// The function that images of tests run: one static program, built by the machine's compiler once for a test file.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const COMPILER = '/usr/bin/gcc'

/** Why tests of images are skipped here; false when they are not. */
export const skipImages = existsSync(COMPILER) ? false : 'there is no gcc to build the program of an image'

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
