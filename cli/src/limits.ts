// Bounds of the command.

const MIB = 1024 * 1024

/** Longest wait for an answer of the server, apart from invocations. */
export const REQUEST_TIMEOUT_MS = 60_000
/** A function may run for 900 s, and wait for room before. */
export const INVOKE_TIMEOUT_MS = 960_000
/** A layer of an image may be large, and an image is unpacked before the server answers. */
export const IMAGE_TIMEOUT_MS = 3_600_000
/** Manifest or index of an image. */
export const IMAGE_DOCUMENT_BYTES_MAX = 4 * MIB
/** Largest answer that is taken. */
export const RESPONSE_BYTES_MAX = 64 * MIB
/** How long a deploy waits until the function is active. */
export const ACTIVE_WAIT_MS = 60_000
export const ACTIVE_POLL_MS = 100
/** AWS takes zips up to here in a request (Lambda quotas). */
export const ZIP_BYTES_MAX = 50 * MIB
export const UNZIPPED_BYTES_MAX = 250 * MIB
/** Files that a package may hold: more would need another form of zip. */
export const PACKAGE_FILES_MAX = 65_535
/** How long pip may take for the packages of a function, and what it may say. */
export const PIP_TIMEOUT_MS = 600_000
export const PIP_OUTPUT_BYTES_MAX = 4 * MIB
/** Source files that are looked at to find the handler. */
export const HANDLER_CANDIDATES_MAX = 200
/** Between two looks for new log lines. */
export const LOG_POLL_MS = 250
/** Between two looks for new records of the audit trail. */
export const AUDIT_POLL_MS = 1_000
/** Log events of a group that one look takes. */
export const LOG_ROUND_EVENTS_MAX = 100_000
/** Log events that are remembered, so that none is shown twice. */
export const LOG_SEEN_MAX = 2 * LOG_ROUND_EVENTS_MAX
/** Log groups that are followed at once. */
export const LOG_GROUPS_MAX = 500
/** Log lines of one invocation that are kept until its report. */
export const GROUP_LINES_MAX = 1_000
export const OPEN_GROUPS_MAX = 1_000
/** Editors write a file in several steps: a save is over when nothing came for this long. */
export const SAVE_SETTLE_MS = 10
/** Folders that are watched for one function. */
export const WATCHED_FOLDERS_MAX = 2_000
/** Payload read from a file or standard input: what Lambda takes. */
export const PAYLOAD_BYTES_MAX = 6 * MIB
/** Python files that are compiled before a deploy, and how long that may take. */
export const PYTHON_CHECK_FILES_MAX = 1_000
export const PYTHON_CHECK_TIMEOUT_MS = 20_000
