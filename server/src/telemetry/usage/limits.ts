// Bounds of the usage ledger and of budgets.

/** What was recorded is in the store after this. */
export const FOLD_AFTER_MS = 1_000

/** Rows (a function in an hour) of one journal file: they go into one commit. */
export const ROWS_PER_JOURNAL_MAX = 350

/** Lines of a journal that are written together. */
export const LINES_BYTES = 16 * 1024

/** The longest text of a number in JavaScript. */
export const FIGURE_BYTES_MAX = 24

/** Journal files whose commit failed and is tried again; above, the oldest is given up with an error in the log. */
export const JOURNALS_WAITING_MAX = 100

/** Names of journals of former lives that one start takes out of the store; what is left waits for the next. */
export const NAMES_LEFT_MAX = 100

/** How long usage is kept, by the hour and by the day. */
export const HOURS_KEPT = 7 * 24
export const DAYS_KEPT = 400

/** Rows that one question about usage reads. */
export const ROWS_READ_MAX = 100_000

/** Budgets of one server: all are held in memory. */
export const BUDGETS_MAX = 10_000
