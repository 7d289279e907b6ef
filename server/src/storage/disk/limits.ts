// Bounds of what is kept free on the disk of the data folder.

const KIB = 1024
const MIB = 1024 * KIB

/** Written at the start, and let go piece by piece when a deletion finds no other room. */
export const RESERVE_BYTES_MAX = 8 * MIB
/** Below so much free room nothing is stored that grows the data: what is left is for deletions and records of calls. */
export const LOW_BYTES_MAX = 64 * MIB
/** On a disk that is smaller than that suggests, each of the two is at most this part of it. */
export const DISK_PARTS = 8
/** Room counts as back when there is so much more than was too little: at the edge the answer must not change every moment. */
export const AMPLE_RATIO = 1.25

/** How old a look at the disk may be. One costs two system calls, beside the main thread. */
export const LOOK_INTERVAL_MS = 250

/** What the files of a starting server take: the index of the write-ahead log, its first pages, the file with the process id. */
export const START_BYTES_MIN = 512 * KIB

/** The first piece that is let go for a commit; each further one for the same commit is twice as large. */
export const RELEASE_BYTES_FIRST = 128 * KIB
/** The reserve grows by so much at once, so that no commit waits long for it. */
export const RESTORE_STEP_BYTES = MIB
/** And is written in pieces of this size. */
export const RESTORE_WRITE_BYTES = 64 * KIB
export const RESTORE_INTERVAL_MS = 1000
