// Removes trees of any size without keeping the server: one file after the other, each by a thread of the system's pool.
// (Node's own `rm` begins with all files of all folders at once, and each of them has its moment of the main thread.)
import { lstat, readdir, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'

/** Whatever is at the path, links not followed; fine when nothing is. Nobody may put anything there meanwhile. */
export async function removeTree(path: string): Promise<void> {
  const stats = await lstat(path).catch(ifThere)
  if (stats?.isDirectory()) await removeFolder(path)
  else if (stats) await unlink(path).catch(ifThere)
}

async function removeFolder(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await removeFolder(path)
    else await unlink(path).catch(ifThere)
  }
  await rmdir(folder).catch(ifThere)
}

function ifThere(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}
