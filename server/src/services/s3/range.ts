// The Range header of GetObject and HeadObject, and the stricter one of UploadPartCopy.
import { invalidArgument, s3Error } from './errors.ts'

/** Bytes `start` to `end` (exclusive). */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * The bytes that a Range header asks of a body of `size`; undefined when the whole body is to be sent: S3 ignores a header
 * that it cannot read and one with several ranges (RFC 9110 allows it). Throws InvalidRange when nothing is left.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header?.trim() ?? '')
  if (!match) return undefined
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return undefined
  if (first === '') {
    const wanted = Number(last)
    if (wanted === 0 || size === 0) throw invalidRange(header, size)
    return { start: Math.max(0, size - wanted), end: size }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return undefined
  if (start >= size) throw invalidRange(header, size)
  return { start, end: last === '' ? size : Math.min(size, Number(last) + 1) }
}

/** `bytes 0-9/100`, the Content-Range of a range. */
export function contentRange({ start, end }: ByteRange, size: number): string {
  return `bytes ${start}-${end - 1}/${size}`
}

/**
 * The x-amz-copy-source-range of UploadPartCopy: exactly `bytes=first-last`, inside the source. Throws InvalidArgument for
 * anything else (API reference, UploadPartCopy, "Amazon S3 returns an InvalidArgument").
 */
export function parseCopyRange(header: string | undefined, size: number): ByteRange {
  if (header === undefined) return { start: 0, end: size }
  const match = /^bytes=(\d+)-(\d+)$/.exec(header)
  const start = Number(match?.[1])
  const end = Number(match?.[2]) + 1
  if (!match || end <= start)
    throw invalidArgument(
      'x-amz-copy-source-range',
      header,
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
    )
  if (end > size)
    throw invalidArgument(
      'x-amz-copy-source-range',
      header,
      `Range specified is not valid for source object of size: ${size}`,
    )
  return { start, end }
}

function invalidRange(header: string | undefined, size: number): Error {
  return s3Error('InvalidRange', {
    fields: { RangeRequested: header ?? '', ActualObjectSize: String(size) },
    headers: { 'content-range': `bytes */${size}` },
  })
}
