// Removes what is past its time: archived events, what deleted archives kept, replays that ended long ago.
import type { Collection, Stored } from '#storage/collection.ts'
import { type Key, StoreClosedError } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'
import { archives, dropArchived, droppedArchives, sweepArchive } from './archive.ts'
import type { EventBridgeDeps } from './deps.ts'
import { ARCHIVE_PAGE, REPLAY_KEPT_MS, SCAN_PAGE, SWEEP_INTERVAL_MS } from './limits.ts'
import { isUnderWay, replays } from './replay.ts'

type SweepPorts = Pick<EventBridgeDeps, 'store' | 'clock' | 'log'>

/** Runs until `closing`. */
export async function keepSweeping(ports: SweepPorts, closing: AbortSignal): Promise<void> {
  for (;;) {
    await ports.clock.sleep(SWEEP_INTERVAL_MS, closing)
    if (closing.aborted) return
    try {
      await sweepOnce(ports, closing)
    } catch (error) {
      if (error instanceof StoreClosedError || closing.aborted) return
      // The next round tries again.
      ports.log.error('sweeping archives failed', { error })
    }
  }
}

/** Everything that is past its time now. */
export async function sweepOnce({ store, clock }: SweepPorts, closing: AbortSignal): Promise<void> {
  const all = async (sweep: () => Promise<number>): Promise<void> => {
    while (!closing.aborted && (await sweep()) >= ARCHIVE_PAGE);
  }
  for await (const { value: archive } of each(store, archives))
    await all(() => sweepArchive(store, archive, clock.nowMs()))
  for await (const { key } of each(store, droppedArchives)) {
    await all(() => dropArchived(store, String(key[0])))
    if (!closing.aborted) await transact(store, (transaction) => droppedArchives.delete(transaction, key))
  }
  for await (const { key, value: replay } of each(store, replays))
    if (!isUnderWay(replay) && (replay.endedMs ?? replay.startedMs) < clock.nowMs() - REPLAY_KEPT_MS)
      await transact(store, (transaction) => replays.delete(transaction, key))
}

async function* each<T>(store: EventBridgeDeps['store'], collection: Collection<T>): AsyncGenerator<Stored<T>> {
  for (let after: Key | undefined; ;) {
    const page = await collection.list(store, { prefix: [], ...(after && { after }) }, { limit: SCAN_PAGE })
    yield* page
    after = page.at(-1)?.key
    if (page.length < SCAN_PAGE) return
  }
}
