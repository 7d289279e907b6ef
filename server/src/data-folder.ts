// The folder that one server owns: who it is, and that it is the only one. The store's own lock decides; the file with the
// process id is there to say whose lock it is.
import { OperatorError } from '#base/errors.ts'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface DataPaths {
  readonly folder: string
  readonly store: string
  readonly blobs: string
  readonly engine: string
  readonly usage: string
  readonly credentials: string
  readonly pid: string
  readonly tls: string
  /** Gives way when the disk is full (storage/disk/reserve.ts). */
  readonly reserve: string
}

/** Makes the folder, for its owner alone. Throws OperatorError when that cannot be. */
export async function openDataFolder(folder: string): Promise<DataPaths> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new OperatorError(`cannot make the data folder ${folder}`, 'Choose another one with --data.', { cause })
  }
  return {
    folder,
    store: join(folder, 'mayfly.sqlite'),
    blobs: join(folder, 'blobs'),
    engine: join(folder, 'engine'),
    usage: join(folder, 'usage'),
    credentials: join(folder, 'credentials'),
    pid: join(folder, 'mayfly.pid'),
    tls: join(folder, 'tls'),
    reserve: join(folder, 'reserve'),
  }
}

/** Says in the folder who has it. Call it once the store is open. */
export async function claimDataFolder(paths: DataPaths, pid: number): Promise<void> {
  await writeFile(paths.pid, `${pid}\n`, { mode: 0o600 })
}

export async function releaseDataFolder(paths: DataPaths): Promise<void> {
  await rm(paths.pid, { force: true })
}

/** The same refusal with the process id of whoever has the folder, where it can be told. */
export async function nameTheOwner(paths: DataPaths, error: unknown): Promise<unknown> {
  if (!(error instanceof OperatorError) || !error.message.includes('in use')) return error
  const pid = (await readFile(paths.pid, 'utf8').catch(() => '')).trim()
  if (!/^\d+$/.test(pid)) return error
  return new OperatorError(`the data folder ${paths.folder} is in use by Mayfly, process ${pid}`, error.hint, {
    cause: error,
  })
}
