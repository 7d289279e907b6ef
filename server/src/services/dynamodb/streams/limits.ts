// Bounds of DynamoDB Streams: API reference of GetRecords, GetShardIterator, DescribeStream and ListStreams.

export const RECORDS_MAX = 1000
/** Of the records of one GetRecords answer; the record that crosses it still belongs to the page. */
export const RECORDS_BYTES_MAX = 1024 * 1024
export const ITERATOR_LIFE_MS = 15 * 60 * 1000
export const STREAMS_PAGE_MAX = 100
export const SHARDS_PAGE_MAX = 100
export const STREAM_RETENTION_MS = 24 * 60 * 60 * 1000
/** How often records that are over are looked for. */
export const TRIM_EVERY_MS = 60 * 1000
/**
 * Log entries that one read of the store asks for: first a few, then as many as should make READ_BYTES_WANTED by the size of
 * those before, since a record may have two images of 400 KB.
 */
export const READ_ENTRIES_FIRST = 16
export const READ_ENTRIES_MAX = 500
export const READ_BYTES_WANTED = 1024 * 1024
