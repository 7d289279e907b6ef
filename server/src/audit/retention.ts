// Retention: the oldest records go, and the anchor in the sealed head says where the chain begins now. A broken link is
// never buried: records from it on stay until somebody has looked.
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { transact } from '#storage/transact.ts'
import { auditHeads, auditRecords, type ChainHead, hashOf, sealHead } from './chain.ts'
import { timeOfEvent } from './event.ts'
import type { Journal } from './journal.ts'
import { RECORD_AGE_MAX_MS, RECORDS_MAX, SWEPT_MAX } from './limits.ts'

export interface RetentionOptions {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Log
}

/** Takes away what is too old in one account; true when there may be more. */
export async function sweepAccount({ journal, clock, log }: RetentionOptions, account: string): Promise<boolean> {
  const oldestMs = clock.nowMs() - RECORD_AGE_MAX_MS
  const outcome = await transact(journal.store, async (transaction): Promise<'more' | 'done' | ChainHead> => {
    const found = await journal.findHead(transaction, account)
    if (found.kind !== 'sealed') return 'done'
    const { head } = found
    let { anchor } = head
    const from = anchor
    const page = await auditRecords.list(
      transaction,
      { prefix: [account], after: [account, anchor.sequence] },
      { limit: SWEPT_MAX },
    )
    for (const { key, value } of page) {
      const sequence = Number(key[1])
      const surplus = head.sequence - sequence >= RECORDS_MAX
      if (!surplus && timeOfEvent(value.event) >= oldestMs) break
      if (sequence !== anchor.sequence + 1 || value.previous !== anchor.hash) return head
      anchor = { sequence, hash: hashOf(account, sequence, value) }
    }
    if (anchor === from) return 'done'
    for (let sequence = from.sequence + 1; sequence <= anchor.sequence; sequence++)
      await auditRecords.delete(transaction, [account, sequence])
    await auditHeads.set(transaction, [account], { sealed: sealHead(journal.sealer, account, { ...head, anchor }) })
    return anchor.sequence - from.sequence === SWEPT_MAX ? 'more' : 'done'
  })
  if (typeof outcome === 'string') return outcome === 'more'
  log.error('the audit chain is broken: nothing more of it is taken away', { account, after: outcome.anchor.sequence })
  return false
}
