// Does the chain hold? Walks an account's records from the anchor to the head.
import { type ChainPlace, hashOf } from './chain.ts'
import type { FoundHead, Journal, JournalEntry } from './journal.ts'
import { PAGE_RECORDS } from './limits.ts'

export type ChainFault =
  /** Records without a head that was sealed by this server. */
  | 'head'
  /** A record that should be there is not. */
  | 'missing'
  /** A record does not hold the hash of the one before: one of the two was changed. */
  | 'link'
  /** The last record is not the one that the head was sealed over. */
  | 'end'
  /** Records after the head. */
  | 'unsealed'
  /** The chain does not hold a head that was noted before. */
  | 'witness'

export type Verification =
  | {
      readonly kind: 'intact'
      readonly account: string
      readonly records: number
      /** The newest record that retention took away; sequence 0 when all are there. */
      readonly anchor: ChainPlace
      readonly head: ChainPlace
    }
  | {
      readonly kind: 'broken'
      readonly account: string
      readonly fault: ChainFault
      /** Of the first record that does not fit. */
      readonly sequence: number
    }

/**
 * Verifies the chain of an account, as it was when the call began. `witness`: a head noted earlier, which the chain must
 * hold; one that retention took away counts as held when it is not newer than the anchor.
 */
export async function verifyChain(journal: Journal, account: string, witness?: ChainPlace): Promise<Verification> {
  for (;;) {
    const found = await journal.findHead(journal.store, account)
    const verification = await walk(journal, account, found, witness)
    // Retention may have taken records away under the walk: then it begins again after them.
    if (verification.kind === 'intact' || !(await anchorMoved(journal, account, found))) return verification
  }
}

async function walk(
  journal: Journal,
  account: string,
  found: FoundHead,
  witness: ChainPlace | undefined,
): Promise<Verification> {
  const broken = (fault: ChainFault, sequence: number): Verification => ({ kind: 'broken', account, fault, sequence })
  const none: ChainPlace = { sequence: 0, hash: '' }
  if (found.kind === 'forged') return broken('head', 0)
  if (found.kind === 'none')
    return witness === undefined
      ? { kind: 'intact', account, records: 0, anchor: none, head: none }
      : broken('witness', witness.sequence)
  const { head } = found
  let { sequence, hash } = head.anchor
  let seen = witness === undefined || witness.sequence < sequence || holds(witness, { sequence, hash })
  while (sequence < head.sequence) {
    const page = await journal.after(account, sequence, Math.min(PAGE_RECORDS, head.sequence - sequence))
    if (page.length === 0) return broken('missing', sequence + 1)
    for (const entry of page) {
      if (entry.sequence !== sequence + 1) return broken('missing', sequence + 1)
      if (entry.previous !== hash) return broken('link', entry.sequence)
      sequence = entry.sequence
      hash = hashOfEntry(account, entry)
      seen ||= witness !== undefined && holds(witness, { sequence, hash })
    }
  }
  if (hash !== head.hash) return broken('end', head.sequence)
  const newest = await journal.lastSequence(account)
  const [beyond] = await journal.after(account, Math.max(newest, head.sequence), 1)
  if (beyond !== undefined && beyond.sequence > (await journal.lastSequence(account)))
    return broken('unsealed', beyond.sequence)
  if (!seen && witness !== undefined) return broken('witness', witness.sequence)
  const { anchor } = head
  return {
    kind: 'intact',
    account,
    records: head.sequence - anchor.sequence,
    anchor: { ...anchor },
    head: { sequence: head.sequence, hash: head.hash },
  }
}

async function anchorMoved(journal: Journal, account: string, before: FoundHead): Promise<boolean> {
  const now = await journal.findHead(journal.store, account)
  return before.kind === 'sealed' && now.kind === 'sealed' && now.head.anchor.sequence > before.head.anchor.sequence
}

function holds(witness: ChainPlace, { sequence, hash }: ChainPlace): boolean {
  return witness.sequence === sequence && witness.hash === hash
}

export function hashOfEntry(account: string, entry: JournalEntry): string {
  return hashOf(account, entry.sequence, entry)
}
