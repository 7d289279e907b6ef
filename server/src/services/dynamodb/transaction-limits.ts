// Bounds of transactions: "Amazon DynamoDB Transactions: How it works", "Quotas in Amazon DynamoDB".

export const TRANSACTION_ITEMS_MAX = 100
/** Of all items of a transaction together. */
export const TRANSACTION_BYTES_MAX = 4 * 1024 * 1024
/** A request with the same token does nothing again for so long. */
export const TOKEN_LIFE_MS = 10 * 60 * 1000
export const TOKEN_CHARS_MAX = 36
/** One request of so many, on average, sweeps tokens that are over, and so many at once. */
export const TOKEN_SWEEP_EVERY = 50
export const TOKEN_SWEEP_MAX = 200
