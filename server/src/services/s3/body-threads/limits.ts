// Bounds of the body threads, with the measurement behind each where there is one.

/** More cores than this do not make one server's objects faster: the main thread is full before. */
export const BODY_THREADS_MAX = 4

/** A thread makes little garbage; by default it would be given three times 16 MB for it. */
export const THREAD_YOUNG_MB = 4

/**
 * From this size a body, or what is wanted of it, goes to a thread: all but the smallest that lie in files. Measured of 128, 256 and
 * 512 KiB: the main thread has half to two thirds of the work with a get and two thirds with a put; a smaller one costs as much as
 * the way there.
 */
export const THREAD_BODY_BYTES_MIN = 96 * 1024

/** One is filled (or read from disk), one is worked on, one is written (or sent). */
export const BUFFERS_PER_BODY = 3

export interface BufferClass {
  /** Of 64 KiB, in each buffer. */
  readonly frames: number
  /** Bodies at once that get such buffers. */
  readonly bodiesMax: number
}

/**
 * The largest first. A body gets none that are larger than itself while there are others. The first large ones get buffers as
 * large as a chunk of Blobs may be, for each handing over costs a turn of the scheduler; many share little. Together 37 MiB, of which most is only made when many large bodies move at once.
 */
export const BUFFER_CLASSES: readonly BufferClass[] = [
  { frames: 15, bodiesMax: 4 },
  { frames: 4, bodiesMax: 8 },
  { frames: 2, bodiesMax: 52 },
]
