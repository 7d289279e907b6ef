// Tells when sources were saved. Watches the folders that hold them, not the files: editors replace a file as often as
// they write into it, and a watched file would be lost with that. What arrives within a few milliseconds is one save.
//
// Node's own watcher, because it stands when `follow` returns: a save right after a new folder joined is not missed. (A
// watching library scans first and watches later.) A folder that goes away is forgotten, and joins again with its files.
import { existsSync, type FSWatcher, watch } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { SAVE_SETTLE_MS, WATCHED_FOLDERS_MAX } from '../limits.ts'

export interface SourceWatchOptions {
  /** Called after a save. Never while the last call is still running. */
  readonly onSave: () => Promise<void>
  /** Whether a change of this path can matter. */
  readonly isWanted: (path: string) => boolean
  readonly onError: (error: unknown) => void
}

export class SourceWatch {
  readonly #options: SourceWatchOptions
  readonly #folders = new Map<string, FSWatcher>()
  #pending = false
  #closed = false
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined

  constructor(options: SourceWatchOptions) {
    this.#options = options
  }

  /** Watches the folders of these files too, from now on. */
  follow(files: readonly string[]): void {
    for (const folder of new Set(files.map((file) => dirname(file))))
      if (!this.#closed && !isForeign(folder) && !this.#folders.has(folder)) this.#watch(folder)
  }

  /** Whether something was saved that onSave has not been called for yet. */
  get pending(): boolean {
    return this.#pending
  }

  /** Stops, and waits for a call of onSave under way. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    for (const watcher of this.#folders.values()) watcher.close()
    this.#folders.clear()
    await this.#running
  }

  #watch(folder: string): void {
    if (this.#folders.size >= WATCHED_FOLDERS_MAX) return
    try {
      const watcher = watch(folder, (_event, name) => this.#noticed(folder, name))
      watcher.on('error', () => this.#forget(folder))
      this.#folders.set(folder, watcher)
    } catch (error) {
      this.#options.onError(error)
    }
  }

  #noticed(folder: string, name: string | null): void {
    if (!existsSync(folder)) this.#forget(folder)
    const path = name === null ? folder : join(folder, name)
    if (this.#closed || isForeign(path) || !this.#options.isWanted(path)) return
    this.#pending = true
    this.#schedule()
  }

  #forget(folder: string): void {
    this.#folders.get(folder)?.close()
    this.#folders.delete(folder)
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#flush(), SAVE_SETTLE_MS)
  }

  #flush(): void {
    // What was saved meanwhile is taken up when the call under way is over.
    if (this.#running !== undefined || !this.#pending || this.#closed) return
    this.#pending = false
    this.#running = this.#options
      .onSave()
      .catch((error: unknown) => this.#options.onError(error))
      .finally(() => {
        this.#running = undefined
        if (this.#pending) this.#schedule()
      })
  }
}

/** Written by tools, and no source of anybody's. */
function isForeign(path: string): boolean {
  return path.split(sep).some((part) => FOREIGN.has(part))
}

const FOREIGN = new Set(['node_modules', '.git', '.mayfly', '__pycache__'])
