// Waiting that can be cut short.
import { setTimeout as sleep } from 'node:timers/promises'

/** Waits, and ends early when the signal is aborted. Resolves in both cases. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error
  }
}
