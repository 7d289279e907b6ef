// Bounds of the PostgreSQL driver.

/** Connections of one node: some write, the rest read. */
export const CONNECTIONS_MAX = 10
/** Batches of this node that are under way at once. One would wait for each network round trip. */
export const WRITERS_MAX = 3

/** One transaction holds at most this much. The version sequence rises by BATCH_COMMITS_MAX: see schema.ts. */
export const BATCH_COMMITS_MAX = 1000
export const BATCH_BYTES_MAX = 4 * 1024 * 1024

/** What may wait for a writer; beyond it a commit rejects with StoreFullError. */
export const QUEUE_COMMITS_MAX = 20_000
export const QUEUE_BYTES_MAX = 64 * 1024 * 1024

/** Deadlocks and serialisation failures run the batch again, with a pause that grows to this. */
export const ATTEMPTS_MAX = 10
export const RETRY_PAUSE_MS_MAX = 50

export const CONNECT_TIMEOUT_MS = 5_000
/** No statement takes longer; longer ones are ended by the server. */
export const STATEMENT_TIMEOUT_MS = 10_000
/** A node that stops inside a transaction loses its locks after this time. */
export const IDLE_TRANSACTION_TIMEOUT_MS = 5_000

/** How often a node looks for commits of other nodes that no notification told of. */
export const POLL_MS = 1_000
/** The same where the database has no notifications. */
export const POLL_ALONE_MS = 200
/** After a version was taken its commit becomes visible within this time: two statements and two pauses at most. */
export const SETTLE_MS = 2 * STATEMENT_TIMEOUT_MS + 2 * IDLE_TRANSACTION_TIMEOUT_MS
export const RECONNECT_MS = 500

/** A notification tells which prefixes were touched, by hash, down to this many elements. */
export const SIGNAL_ELEMENTS_MAX = 4
/** More hashes than this and it says "everything": PostgreSQL's payload ends at 8,000 bytes. */
export const SIGNAL_HASHES_MAX = 1_000
