// Inputs that ask for what Mayfly's S3 does not do yet. They are refused: an object that its owner believes locked, and
// is not, is worse than an error.
import { notImplementedHeader } from './errors.ts'

/** Input member -> header, for wishes that cannot be fulfilled. */
const REFUSED_HEADERS: Readonly<Record<string, string>> = {
  AnnotationDirective: 'x-amz-annotation-directive',
  ObjectLockEventHold: 'x-amz-object-lock-event-hold',
  ObjectLockEventHoldDurationDays: 'x-amz-object-lock-event-hold-duration-days',
  ObjectLockEventHoldDurationYears: 'x-amz-object-lock-event-hold-duration-years',
  WriteOffsetBytes: 'x-amz-write-offset-bytes',
  IfMatchInitiatedTime: 'x-amz-if-match-initiated-time',
  ChecksumSHA512: 'x-amz-checksum-sha512',
  ChecksumMD5: 'x-amz-checksum-md5',
  ChecksumXXHASH64: 'x-amz-checksum-xxhash64',
  ChecksumXXHASH3: 'x-amz-checksum-xxhash3',
  ChecksumXXHASH128: 'x-amz-checksum-xxhash128',
}

const REFUSED_ENTRIES = Object.entries(REFUSED_HEADERS)

/** `COPY` is what happens anyway: there are no annotations to copy. */
const HARMLESS_VALUES: Readonly<Record<string, string>> = { AnnotationDirective: 'COPY' }

/** Throws NotImplemented naming the header. */
export function refuseUnsupported(input: object): void {
  const members = input as Readonly<Record<string, unknown>>
  for (const [member, header] of REFUSED_ENTRIES) {
    const value = members[member]
    if (value !== undefined && HARMLESS_VALUES[member] !== value) throw notImplementedHeader(header)
  }
}
