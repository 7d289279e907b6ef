// Limits of EventBridge (quotas page, API reference, November 2026) and of Mayfly's own.

export const BUS_NAME_CHARS_MAX = 256
export const BUSES_MAX = 100
export const RULE_NAME_CHARS_MAX = 64
export const RULES_PER_BUS_MAX = 300
export const TARGETS_PER_RULE_MAX = 5
/** In one PutTargets or RemoveTargets. */
export const TARGETS_PER_CALL_MAX = 100
export const DESCRIPTION_CHARS_MAX = 512
export const PATTERN_CHARS_MAX = 4096
export const SCHEDULE_CHARS_MAX = 256
export const ARN_CHARS_MAX = 1600
export const TARGET_INPUT_CHARS_MAX = 8192
export const INPUT_PATH_CHARS_MAX = 256
export const INPUT_PATHS_MAX = 100
export const BUS_POLICY_BYTES_MAX = 10_240
export const TAGS_MAX = 50
export const LIST_PAGE_MAX = 100
/** Entries in one PutEvents, and the bytes of all of them together. */
export const ENTRIES_MAX = 10
export const ENTRIES_BYTES_MAX = 1024 * 1024
/** Objects and arrays in each other in the detail of an event. */
export const DETAIL_DEPTH_MAX = 1000
/** What the Time of an entry counts, whatever it is. */
export const TIME_BYTES = 14

export const RETRIES_MAX = 185
export const EVENT_AGE_MIN_S = 60
export const EVENT_AGE_MAX_S = 86_400
/** Waits before repeated attempts double from the first to the last: the 185 retries fill the 24 hours. */
export const RETRY_DELAY_BASE_MS = 1000
export const RETRY_DELAY_MAX_MS = 480_000

export const ARCHIVES_MAX = 100
export const ARCHIVE_NAME_CHARS_MAX = 48
export const REPLAY_NAME_CHARS_MAX = 64
/** Replays under way of one account in one region. */
export const REPLAYS_MAX = 10
/** Archived events that are read at once, each of up to a megabyte: what one step of a replay hands on. */
export const ARCHIVE_PAGE = 20
/** How long a finished replay can be described. */
export const REPLAY_KEPT_MS = 90 * 86_400_000

/** Bytes and number of events that one commit of a match may hold; the store takes 32 MiB and 2500 items. */
export const MATCH_BYTES_MAX = 4 * 1024 * 1024
export const MATCH_RECORDS_MAX = 1000
/** Buses whose rules are kept compiled, and rules that are kept for deliveries. */
export const BUS_VIEWS_MAX = 200
export const RULE_CACHE_MAX = 5000
/** Of what went wrong, what the attribute ERROR_MESSAGE of a dead letter holds. */
export const ERROR_MESSAGE_CHARS_MAX = 1024

/** Slots of schedules that one commit fires. */
export const SLOTS_PER_COMMIT = 100
/** Slots that passed while nobody was there are made up for this long: EventBridge tries no event for longer. */
export const SLOT_AGE_MAX_MS = 86_400_000
/** The longest wait of the scheduler, so that a jump of the clock is noticed. */
export const SCHEDULER_NAP_MAX_MS = 60_000
/** How often archived events and replays past their time are removed. */
export const SWEEP_INTERVAL_MS = 60_000
/** Records that the scheduler and the sweep read at once. */
export const SCAN_PAGE = 500
