// Texts that only spare work, in a folder that other servers may use as well.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Keeps the text for the next start, renamed into place so that nobody reads half of it. Where that is not possible (a cache
 * that is read-only, a full disk) the next start does the work again.
 */
export function keepText(file: string, text: string): void {
  const draft = `${file}.${process.pid}`
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(draft, text)
    renameSync(draft, file)
  } catch {
    rmSync(draft, { force: true, recursive: true })
  }
}
