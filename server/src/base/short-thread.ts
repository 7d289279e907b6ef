// Long work beside the main thread, in a thread that lives only as long as that: an idle server does not grow by it.
import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { type ResourceLimits, Worker } from 'node:worker_threads'

export interface ShortThread {
  /** Its module, which begins by itself and ends the thread by having nothing left to do. */
  readonly file: URL
  readonly name: string
  /** Its `workerData`. */
  readonly task: unknown
  /** Of its heap: work that needs more fails, and the server goes on. */
  readonly limits: ResourceLimits
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs a thread to its end; `take` hears what it says, one message after the other. Rejects with what the thread or `take`
 * throws, or with the signal's reason. When it settles the thread is gone, and so is whatever it had begun.
 */
export async function runThread(
  { file, name, task, limits, signal }: ShortThread,
  take: (message: unknown, worker: Worker) => void | Promise<void>,
): Promise<void> {
  signal?.throwIfAborted()
  const worker = new Worker(file, {
    name,
    workerData: task,
    resourceLimits: limits,
    // No flags and no variables of the main thread, but for the compile cache, which spares reading the sources again.
    execArgv: [],
    env: compileCacheEnvironment(),
  })
  let failure: { readonly error: unknown } | undefined
  const fail = (error: unknown): void => {
    failure ??= { error }
    void worker.terminate()
  }
  const onAbort = (): void => fail(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  let taking: Promise<void> = Promise.resolve()
  worker.on('message', (message: unknown) => {
    taking = taking.then(() => (failure ? undefined : take(message, worker))).catch(fail)
  })
  worker.on('error', fail)
  await new Promise((resolve) => worker.once('exit', resolve))
  signal?.removeEventListener('abort', onAbort)
  await taking
  if (failure) throw failure.error
}

/** For the environment of a thread, which does not inherit it: without it each start strips the types of its sources again. */
export function compileCacheEnvironment(): Record<string, string> {
  const folder = getCompileCacheDir()
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) }
}
