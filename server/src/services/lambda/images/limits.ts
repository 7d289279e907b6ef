// Bounds of container images. AWS's where AWS documents one; others are Mayfly's own.
import { IMAGE_BYTES_MAX } from '#engine/limits.ts'

const MIB = 1024 * 1024

/** A manifest or an index, and a configuration. Source: OCI distribution specification (registries take 4 MiB at least). */
export const DOCUMENT_BYTES_MAX = 4 * MIB

/** Layers of one image, as Docker's own bound. */
export const LAYERS_MAX = 127

/** A layer as it is sent: what it holds may be no larger either. */
export const LAYER_BYTES_MAX = IMAGE_BYTES_MAX

/** A layer that grows by more than this is taken for a bomb, once it is larger than LAYER_RATIO_FLOOR_BYTES. */
export const LAYER_RATIO_MAX = 100
export const LAYER_RATIO_FLOOR_BYTES = 64 * MIB

/** Folders in a path, bytes of a name, and bytes of a whole path: what Linux takes. */
export const NAME_BYTES_MAX = 255
export const PATH_BYTES_MAX = 4095

/** Links that are followed on the way to one folder, as in Linux. */
export const LINK_HOPS_MAX = 40

/** Variables, entry point and command of an image or a function together: they go to each instance in one frame. */
export const PROGRAM_BYTES_MAX = 64 * 1024

/** Source: Lambda API reference, ImageConfig. */
export const PROGRAM_WORDS_MAX = 1500
export const WORKING_DIRECTORY_CHARS_MAX = 1000

/** Source: Amazon ECR API reference, CreateRepository. */
export const REPOSITORY_CHARS_MAX = 256

/** What was sent and belongs to no image yet stays for so long: an image may be sent in several attempts. */
export const UPLOAD_LIFE_MS = 24 * 60 * 60 * 1000

/** Bytes of a layer that go to the thread that unpacks it at once: what Blobs gives at most. */
export const UNPACK_PIECE_BYTES = MIB

/** The heap of such a thread: the names of IMAGE_ENTRIES_MAX files, unless they are very long. */
export const UNPACK_THREAD_MB = 512

/** It gives way to requests: how nice it is, as Linux counts. */
export const UNPACK_THREAD_NICE = 10
