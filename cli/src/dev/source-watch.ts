// Tells when sources were saved. Watches the folders that hold them, not the files: editors replace a file as often as
// they write into it. What arrives within a few milliseconds is one save.
import { dirname, sep } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'
import { SAVE_SETTLE_MS } from '../limits.ts'

export interface SourceWatchOptions {
  /** Called after a save, with what changed. Never while the last call is still running. */
  onSave(files: readonly string[]): Promise<void>
  /** Whether a change of this file can matter. */
  isWanted(file: string): boolean
  onError(error: unknown): void
}

export class SourceWatch {
  readonly #options: SourceWatchOptions
  readonly #watcher: FSWatcher
  readonly #folders = new Set<string>()
  #changed = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined

  constructor(options: SourceWatchOptions) {
    this.#options = options
    this.#watcher = watch([], { depth: 0, ignoreInitial: true, ignored: (path) => isForeign(path) })
    this.#watcher.on('all', (_event, path) => this.#noticed(path))
    this.#watcher.on('error', (error) => options.onError(error))
  }

  /** Watches the folders of these files too. */
  follow(files: readonly string[]): void {
    const fresh = new Set(files.map((file) => dirname(file)).filter((folder) => !isForeign(folder)))
    for (const folder of fresh) {
      if (this.#folders.has(folder)) continue
      this.#folders.add(folder)
      this.#watcher.add(folder)
    }
  }

  /** Whether something was saved that onSave has not heard of yet. */
  get pending(): boolean {
    return this.#changed.size > 0
  }

  /** Resolves when the first look at the folders is over: from then on no save is missed. */
  ready(): Promise<void> {
    return new Promise((resolve) => this.#watcher.once('ready', resolve))
  }

  /** Stops, and waits for a call of onSave under way. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#changed.clear()
    await this.#watcher.close()
    await this.#running
  }

  #noticed(path: string): void {
    if (!this.#options.isWanted(path)) return
    this.#changed.add(path)
    this.#schedule()
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#flush(), SAVE_SETTLE_MS)
  }

  #flush(): void {
    // What was saved meanwhile is taken when the call under way is over.
    if (this.#running !== undefined || this.#changed.size === 0) return
    const files = [...this.#changed]
    this.#changed = new Set()
    this.#running = this.#options
      .onSave(files)
      .catch((error: unknown) => this.#options.onError(error))
      .finally(() => {
        this.#running = undefined
        if (this.#changed.size > 0) this.#schedule()
      })
  }
}

/** Written by tools, and too large to look at. */
function isForeign(path: string): boolean {
  return path
    .split(sep)
    .some((part) => part === 'node_modules' || part === '.git' || part === '.mayfly' || part === '__pycache__')
}
