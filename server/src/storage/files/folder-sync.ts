// Makes renames into folders durable. Whoever needs a folder synced while a sync of it is under way shares the next one:
// the one under way may have begun before his rename.
import { open } from 'node:fs/promises'
import { syncing } from './disk-errors.ts'

interface Turn {
  running: Promise<void>
  next: Promise<void> | undefined
}

export class FolderSync {
  readonly #turns = new Map<string, Turn>()

  /** Resolves when everything that was in the folder at the call is on disk. */
  sync(folder: string): Promise<void> {
    const turn = this.#turns.get(folder)
    if (!turn) return this.#start(folder)
    turn.next ??= turn.running.then(
      () => this.#start(folder),
      () => this.#start(folder),
    )
    return turn.next
  }

  #start(folder: string): Promise<void> {
    const running = syncFolder(folder).finally(() => {
      const turn = this.#turns.get(folder)
      // With a next one waiting, that one takes the place.
      if (turn?.running === running && !turn.next) this.#turns.delete(folder)
    })
    this.#turns.set(folder, { running, next: undefined })
    return running
  }
}

/** Writes a folder's entries to disk. Throws as `syncing` does. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await syncing(() => handle.sync())
  } finally {
    await handle.close()
  }
}
