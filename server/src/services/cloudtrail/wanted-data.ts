// Tells the audit trail which data calls the trails of an account want, whenever a trail changed and at the start.
import type { DataSelection } from '#audit/data-selection.ts'
import type { Store } from '#storage/store.ts'
import { wants } from './selectors.ts'
import { type TrailRecord, trailsOf } from './trail.ts'
import { isOfTrail } from './trail-scope.ts'

/** One account, or all of them. */
export async function selectData(store: Store, selection: DataSelection, account?: string): Promise<void> {
  const byAccount = new Map<string, TrailRecord[]>(account === undefined ? [] : [[account, []]])
  for (const trail of await trailsOf(store, account)) {
    const found = byAccount.get(trail.account) ?? []
    if (trail.logging.kind === 'on') found.push(trail)
    byAccount.set(trail.account, found)
  }
  for (const [owner, logging] of byAccount)
    selection.set(
      owner,
      logging.flatMap((trail) =>
        mayWantData(trail) ? [(call) => isOfTrail(trail, call) && wants(trail.selectors, call)] : [],
      ),
    )
}

function mayWantData({ selectors }: TrailRecord): boolean {
  return selectors.kind === 'basic'
    ? selectors.selectors.some(({ data }) => data.length > 0)
    : selectors.selectors.some(({ fields }) =>
        fields.some(({ field, equals }) => field === 'eventCategory' && equals.includes('Data')),
      )
}
