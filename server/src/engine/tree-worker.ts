// A tree thread: see tree-thread.ts. It gives way to the server's other threads.
import { rmSync } from 'node:fs'
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { BadImageError, prepareRoot } from './image-root.ts'
import { TREE_THREAD_NICE } from './limits.ts'
import type { TreeAnswer, TreeTask } from './tree-thread.ts'

// Of this thread alone.
setPriority(TREE_THREAD_NICE)
// From tree-thread.ts, which is its only starter.
const task = workerData as TreeTask
if (task.kind === 'remove') rmSync(task.path, { recursive: true, force: true })
else parentPort?.postMessage(prepared(task.root), [])

function prepared(root: string): TreeAnswer {
  try {
    return { kind: 'prepared', size: prepareRoot(root) }
  } catch (error) {
    if (error instanceof BadImageError) return { kind: 'bad-image', message: error.message }
    throw error
  }
}
