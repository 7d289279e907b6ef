// Bounds of PartiQL: API reference of ExecuteStatement, BatchExecuteStatement and ExecuteTransaction.

export const STATEMENT_CHARS_MAX = 8192
export const BATCH_STATEMENTS_MAX = 25
/** Parentheses, NOTs, lists and maps around each other. Values may nest 32 levels, expressions hardly as many. */
export const STATEMENT_DEPTH_MAX = 100
/** Values of IN for the partition key: each is a query of its own. */
export const PARTITIONS_MAX = 50
export const NEXT_TOKEN_CHARS_MAX = 32768
