// Bounds of the SQLite driver, with the measurement behind each where there is one.

/** One transaction of the writer holds at most this much: it bounds how long a commit waits for its neighbours. */
export const BATCH_COMMITS_MAX = 1000
export const BATCH_BYTES_MAX = 4 * 1024 * 1024

/** What may wait for the writer; beyond it a commit rejects with StoreFullError. */
export const QUEUE_COMMITS_MAX = 50_000
export const QUEUE_BYTES_MAX = 64 * 1024 * 1024

/** The write-ahead log is brought into the database when this many of its pages are not there yet. */
export const CHECKPOINT_PAGES = 1000
/** The writer itself brings in at most this many, for which batches wait; more are brought in beside it. */
export const REST_PAGES_MAX = 400
/** A longer log is brought in while batches wait, however much that is. */
export const LOG_PAGES_MAX = 2000
/** After about so many written pages the log is looked at. */
export const LOOK_PAGES = 100
/** What a row takes: a page of the table and one of its index, and what is rearranged for it. */
export const PAGES_PER_ROW = 3
/** The same while the disk has little room: a log that starts over early takes less of it. */
export const LOW_CHECKPOINT_PAGES = 64
/** After a burst the write-ahead log is cut to this length when it starts over. */
export const LOG_BYTES_KEPT_MAX = 32 * 1024 * 1024

/** Larger pages write several times more for each random update. */
export const PAGE_BYTES = 4096

/** On a disk with little room: what a commit may add that deletes something too (a record of the deletion, an event). */
export const DELETION_GROWTH_BYTES_MAX = 4 * 1024
/** The same for a commit that overwrites what is there and adds no key: something is marked as closing, a lease is taken. */
export const OVERWRITE_GROWTH_BYTES_MAX = 256
/** The same for a vital commit. */
export const VITAL_GROWTH_BYTES_MAX = 256 * 1024
/** Free pages that are left to deletions and vital commits: a tree that is rearranged takes some. */
export const FREE_PAGES_KEPT = 256

/** With less than this in free pages, whoever gathers changes takes none that grow the data. */
export const GATHERED_BYTES_MIN = 1024 * 1024

/** Versions are taken from the file in blocks, so that a batch need not write a counter. */
export const VERSION_BLOCK = 1_000_000

/** Log counters that the writer keeps in memory; more are read again from the file. */
export const LOG_COUNTERS_MAX = 10_000

/** How long a connection waits for a lock of another one: recovery and checkpoints only, so it never does for long. */
export const BUSY_TIMEOUT_MS = 10_000

export const WRITER_CACHE_KIB = 32 * 1024
export const READER_CACHE_KIB = 16 * 1024

/** A batch buffer begins this long, and a longer one than this is not kept for the next batch. */
export const BUFFER_BYTES_FIRST = 64 * 1024
export const BUFFER_BYTES_KEPT_MAX = BATCH_BYTES_MAX * 2
