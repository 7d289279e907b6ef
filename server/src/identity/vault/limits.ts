// Bounds of the vault. AWS's own name their source.

/** KMS GenerateDataKey: NumberOfBytes, 1 to 1024. */
export const DATA_KEY_BYTES_MAX = 1024
/** What is encrypted directly: KMS takes 4,096 bytes; Secrets Manager's 64 KiB values are encrypted here as well. */
export const PLAINTEXT_BYTES_MAX = 128 * 1024
/** Longest key id, alias or ARN that is looked up (KMS: KeyId, 2048). */
export const KEY_NAME_CHARS_MAX = 2048
/** Unwrapped key versions kept in memory. */
export const KEY_MATERIAL_CACHED_MAX = 10_000
/** Length of the master key. */
export const MASTER_KEY_BYTES = 32
/** argon2id for passphrases: RFC 9106, second recommended option (64 MiB, three passes), one lane. */
export const PASSPHRASE_MEMORY_KIB = 64 * 1024
export const PASSPHRASE_PASSES = 3
export const PASSPHRASE_CHARS_MIN = 12
