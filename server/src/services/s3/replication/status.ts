// What a version knows of its own replication. Source: S3 user guide, "Getting replication status information": PENDING
// until every destination has it, FAILED when one will not get it, REPLICA on copies, which are not replicated again.

export type ReplicationState =
  | { readonly kind: 'replica' }
  | {
      readonly kind: 'source'
      /** Destination buckets that do not have it yet. */
      readonly waiting: readonly string[]
      readonly failed?: true
    }

export type ReplicationStatus = 'PENDING' | 'COMPLETED' | 'FAILED' | 'REPLICA'

/** As answers tell it. */
export function replicationStatus(state: ReplicationState | undefined): ReplicationStatus | undefined {
  if (state === undefined) return undefined
  if (state.kind === 'replica') return 'REPLICA'
  if (state.failed === true) return 'FAILED'
  return state.waiting.length > 0 ? 'PENDING' : 'COMPLETED'
}
