// Work on whole trees of files beside the main thread: an image has hundreds of thousands of them. Each tree has a thread of
// its own for as long as that takes.
import { runThread } from '#base/short-thread.ts'
import { BadImageError, type RootSize } from './image-root.ts'
import { TREE_THREAD_MB } from './limits.ts'

export type TreeTask =
  | { readonly kind: 'prepare'; readonly root: string }
  /** Fine when nothing is there. */
  | { readonly kind: 'remove'; readonly path: string }

export type TreeAnswer =
  | { readonly kind: 'prepared'; readonly size: RootSize }
  | { readonly kind: 'bad-image'; readonly message: string }

/** `prepareRoot` by a thread. Rejects with BadImageError, or with the signal's reason. */
export async function prepareInThread(root: string, signal: AbortSignal): Promise<RootSize> {
  const answer = await treeThread({ kind: 'prepare', root }, signal)
  if (answer?.kind === 'prepared') return answer.size
  throw new BadImageError(answer?.message ?? 'nobody looked at it')
}

/** Removes whatever is at the path, links not followed. Rejects with the signal's reason; a part of it is left then. */
export async function removeInThread(path: string, signal: AbortSignal): Promise<void> {
  await treeThread({ kind: 'remove', path }, signal)
}

async function treeThread(task: TreeTask, signal: AbortSignal): Promise<TreeAnswer | undefined> {
  let answer: TreeAnswer | undefined
  const file = new URL('./tree-worker.ts', import.meta.url)
  const limits = { maxOldGenerationSizeMb: TREE_THREAD_MB }
  await runThread({ file, name: 'mayfly-tree', task, limits, signal }, (said) => {
    // From tree-worker.ts.
    answer = said as TreeAnswer
  })
  return answer
}
