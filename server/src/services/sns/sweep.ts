// Removes what is past its time: tokens and what waits for them, deduplication ids, archived messages.
import type { SnsDeps } from './deps.ts'
import { archivingTopics, sweepArchive } from './archive.ts'
import { sweepDeduplication } from './deduplication.ts'
import { SWEEP_INTERVAL_MS, SWEEP_PAGE } from './limits.ts'
import { sweepTokens } from './tokens.ts'
import { topicKey, topics } from './topic.ts'

type SweepPorts = Pick<SnsDeps, 'store' | 'clock' | 'log'>

/** Runs until `closing`. */
export async function keepSweeping(deps: SweepPorts, closing: AbortSignal): Promise<void> {
  for (;;) {
    await deps.clock.sleep(SWEEP_INTERVAL_MS, closing)
    if (closing.aborted) return
    try {
      await sweepOnce(deps, closing)
    } catch (error) {
      // The next round tries again.
      if (!closing.aborted) deps.log.error('sweeping failed', { error })
    }
  }
}

/** Everything that is past its time now. */
export async function sweepOnce(deps: SweepPorts, closing: AbortSignal): Promise<void> {
  const { store, clock } = deps
  const all = async (sweep: () => Promise<number>): Promise<void> => {
    while (!closing.aborted && (await sweep()) >= SWEEP_PAGE);
  }
  await all(() => sweepDeduplication(store, clock.nowMs()))
  await all(() => sweepTokens(store, clock.nowMs()))
  for (let after: readonly string[] | undefined; ;) {
    const page = await archivingTopics.list(store, { prefix: [], ...(after && { after }) }, { limit: SWEEP_PAGE })
    for (const { value } of page) {
      const topic = (await topics.get(store, topicKey(value)))?.value
      if (topic !== undefined) await all(() => sweepArchive(store, topic, clock.nowMs()))
    }
    const last = page.at(-1)?.value
    if (page.length < SWEEP_PAGE || last === undefined) return
    after = [last.account, last.region, last.name]
  }
}
