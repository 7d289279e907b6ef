// Bounds of the files driver, with the measurement behind each where there is one.

/** The longest piece that is read, written or handed on at once. Default streams (16-64 KB) are slower without fsync than this is with it. */
export const CHUNK_BYTES_MAX = 1024 * 1024

/** Puts share a folder, so that they share the sync of it; after this many the next folder begins. */
export const FOLDER_PUTS_MAX = 4096
