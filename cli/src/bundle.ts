// The modules of the command and the server, joined to few files (tools/bundle.ts). A start from them is quicker and smaller
// than one from the sources, 600 files of which each is looked for and loaded by itself. The sources stay what is meant: a
// bundle counts only while every file that went into it is as it was.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Where bundles lie, each in a folder of its own, and `current.json` that names the one that counts. */
export const BUNDLES = new URL('../dist/', import.meta.url)

const ROOT = new URL('../../', import.meta.url)

/** `current.json`. */
export interface BundleRecord {
  /** The name of its folder. */
  readonly id: string
  /** Size and time of change (milliseconds) of each file in it, by its path below the root of the packages. */
  readonly sources: Readonly<Record<string, readonly [size: number, changedMs: number]>>
}

export type BundleState =
  | { readonly kind: 'fresh'; /** The module that has `main`. */ readonly entry: URL }
  | { readonly kind: 'stale'; /** A source that is not as it was, below the root. */ readonly source: string }
  | { readonly kind: 'absent' }

/** What a start may use. Takes some 10 ms: it looks at each source. */
export function findBundle(bundles: URL = BUNDLES, root: URL = ROOT): BundleState {
  const record = readRecord(bundles)
  if (record === undefined) return { kind: 'absent' }
  const entry = new URL(`${record.id}/main.js`, bundles)
  if (!existsSync(entry)) return { kind: 'absent' }
  const base = fileURLToPath(root)
  for (const [source, [size, changedMs]] of Object.entries(record.sources)) {
    const found = statSync(base + source, { throwIfNoEntry: false })
    if (found?.size !== size || found.mtimeMs !== changedMs) return { kind: 'stale', source }
  }
  return { kind: 'fresh', entry }
}

/** Undefined where there is none, or only what a broken disk left of it. */
function readRecord(bundles: URL): BundleRecord | undefined {
  try {
    return JSON.parse(readFileSync(new URL('current.json', bundles), 'utf8'))
  } catch {
    return undefined
  }
}
