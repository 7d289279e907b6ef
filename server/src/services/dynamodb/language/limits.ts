// Bounds of values and expressions, as documented: "Amazon DynamoDB Developer Guide", "Quotas in Amazon DynamoDB".

export const NUMBER_DIGITS_MAX = 38
/** Of 0.DIGITS * 10^exponent: 9.9...E+125. */
export const NUMBER_EXPONENT_MAX = 126
/** 1E-130. */
export const NUMBER_EXPONENT_MIN = -129

/** Nesting of lists and maps in a value. */
export const NESTING_LEVELS_MAX = 32
export const ATTRIBUTE_NAME_BYTES_MAX = 64 * 1024 - 1
export const ITEM_BYTES_MAX = 400 * 1024
export const HASH_KEY_BYTES_MAX = 2048
export const RANGE_KEY_BYTES_MAX = 1024

export const EXPRESSION_BYTES_MAX = 4096
/** Operators and functions of one expression. */
export const OPERATORS_MAX = 300
/** Values on the right side of IN. */
export const IN_OPERANDS_MAX = 100
/** Names and values behind placeholders of one request. */
export const PLACEHOLDER_BYTES_MAX = 255
export const SUBSTITUTION_BYTES_MAX = 2 * 1024 * 1024
/** Elements of a document path. */
export const PATH_ELEMENTS_MAX = 32
/** Parentheses and NOTs around each other. Not documented; more than OPERATORS_MAX cannot all be needed. */
export const EXPRESSION_DEPTH_MAX = OPERATORS_MAX + 1

/** Parsed expressions that are kept, over all tables. */
export const PARSED_EXPRESSIONS_MAX = 2000
/** Of all their texts, of each kind of expression. */
export const PARSED_CHARS_MAX = 512 * 1024
/** Highest list index in a document path. Not documented; lists are far shorter. */
export const LIST_INDEX_MAX = 2 ** 31 - 1
