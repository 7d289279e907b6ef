// What is kept about an object besides its bytes: user metadata (x-amz-meta-*) and the system headers that come back on
// every read. Source: S3 user guide, "Working with object metadata".
import { s3Error, notImplementedHeader } from './errors.ts'
import { USER_METADATA_BYTES_MAX } from './limits.ts'
import { parseTagHeader, type Tag } from './tags.ts'

export const DEFAULT_CONTENT_TYPE = 'binary/octet-stream'

/** The system metadata that a client sets. Absent members were not set. */
export interface SystemMetadata {
  readonly contentType?: string
  readonly cacheControl?: string
  readonly contentDisposition?: string
  readonly contentEncoding?: string
  readonly contentLanguage?: string
  readonly expiresMs?: number
  readonly websiteRedirectLocation?: string
}

export interface ObjectMetadata {
  readonly system: SystemMetadata
  readonly user: Readonly<Record<string, string>>
  readonly storageClass: StorageClass
  readonly tags?: readonly Tag[]
}

/** Classes mostly differ in price only; GLACIER and DEEP_ARCHIVE need a restore before reading (restore.ts). */
const STORAGE_CLASSES = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
] as const
/** Of other kinds of buckets and file systems. */
const FOREIGN_CLASSES: ReadonlySet<string> = new Set([
  'OUTPOSTS',
  'SNOW',
  'EXPRESS_ONEZONE',
  'FSX_OPENZFS',
  'FSX_ONTAP',
])

export type StorageClass = (typeof STORAGE_CLASSES)[number]

/** The inputs of PutObject, CopyObject and CreateMultipartUpload that describe the object. */
export interface MetadataInput {
  readonly CacheControl?: string | undefined
  readonly ContentDisposition?: string | undefined
  readonly ContentEncoding?: string | undefined
  readonly ContentLanguage?: string | undefined
  readonly ContentType?: string | undefined
  readonly Expires?: Date | undefined
  readonly WebsiteRedirectLocation?: string | undefined
  readonly StorageClass?: string | undefined
  readonly Metadata?: Readonly<Record<string, string>> | undefined
  readonly Tagging?: string | undefined
}

/** Throws MetadataTooLarge, InvalidStorageClass, NotImplemented (classes of other kinds of storage), and for tags. */
export function readMetadata(input: MetadataInput): ObjectMetadata {
  return {
    system: readSystem(input),
    user: readUser(input.Metadata ?? {}),
    storageClass: readStorageClass(input.StorageClass),
    ...(input.Tagging !== undefined && { tags: parseTagHeader(input.Tagging) }),
  }
}

function readSystem(input: MetadataInput): SystemMetadata {
  const contentEncoding = withoutFraming(input.ContentEncoding ?? '')
  return {
    ...(input.ContentType && { contentType: input.ContentType }),
    ...(input.CacheControl !== undefined && { cacheControl: input.CacheControl }),
    ...(input.ContentDisposition !== undefined && { contentDisposition: input.ContentDisposition }),
    ...(contentEncoding !== '' && { contentEncoding }),
    ...(input.ContentLanguage !== undefined && { contentLanguage: input.ContentLanguage }),
    ...(input.Expires && { expiresMs: input.Expires.getTime() }),
    ...(input.WebsiteRedirectLocation !== undefined && { websiteRedirectLocation: input.WebsiteRedirectLocation }),
  }
}

/** `aws-chunked` says how the request was framed, not what the object is. */
function withoutFraming(contentEncoding: string): string {
  if (!contentEncoding.includes('aws-chunked')) return contentEncoding
  return contentEncoding
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== 'aws-chunked')
    .join(',')
}

function readUser(metadata: Readonly<Record<string, string>>): Record<string, string> {
  const user: Record<string, string> = {}
  let bytes = 0
  for (const [name, sent] of Object.entries(metadata)) {
    const value = decodeHeaderText(sent)
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value)
    // defineProperty: a header may be called x-amz-meta-__proto__.
    Object.defineProperty(user, name.toLowerCase(), { value, enumerable: true, writable: true, configurable: true })
  }
  if (bytes > USER_METADATA_BYTES_MAX)
    throw s3Error('MetadataTooLarge', {
      fields: { Size: String(bytes), MaxSizeAllowed: String(USER_METADATA_BYTES_MAX) },
    })
  return user
}

function readStorageClass(wanted: string | undefined): StorageClass {
  if (wanted === undefined) return 'STANDARD'
  const known = STORAGE_CLASSES.find((name) => name === wanted)
  if (known) return known
  if (FOREIGN_CLASSES.has(wanted)) throw notImplementedHeader('x-amz-storage-class')
  throw s3Error('InvalidStorageClass', { fields: { StorageClassRequested: wanted } })
}

/** The members of GetObject's and HeadObject's output that come from metadata. */
export function metadataOutput({ system, user, storageClass, tags }: ObjectMetadata): {
  readonly ContentType: string
  readonly CacheControl: string | undefined
  readonly ContentDisposition: string | undefined
  readonly ContentEncoding: string | undefined
  readonly ContentLanguage: string | undefined
  readonly Expires: Date | undefined
  readonly WebsiteRedirectLocation: string | undefined
  readonly Metadata: Record<string, string>
  readonly StorageClass: Exclude<StorageClass, 'STANDARD'> | undefined
  readonly TagCount: number | undefined
} {
  return {
    ContentType: system.contentType ?? DEFAULT_CONTENT_TYPE,
    CacheControl: system.cacheControl,
    ContentDisposition: system.contentDisposition,
    ContentEncoding: system.contentEncoding,
    ContentLanguage: system.contentLanguage,
    Expires: system.expiresMs === undefined ? undefined : new Date(system.expiresMs),
    WebsiteRedirectLocation: system.websiteRedirectLocation,
    Metadata: Object.fromEntries(Object.entries(user).map(([name, value]) => [name, encodeHeaderText(value)])),
    // S3 names the class only when it is not the usual one.
    StorageClass: storageClass === 'STANDARD' ? undefined : storageClass,
    TagCount: tags === undefined || tags.length === 0 ? undefined : tags.length,
  }
}

/**
 * The text of a metadata header. Clients send text beyond ASCII as raw UTF-8 (seen here as latin1) or as RFC 2047 words;
 * both are stored as plain text.
 */
function decodeHeaderText(value: string): string {
  const words = value.replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_word, encoding: string, text: string) =>
    encoding.toLowerCase() === 'b' ? Buffer.from(text, 'base64').toString('utf8') : decodeQuoted(text),
  )
  if (words !== value || isAscii(value)) return words
  const bytes = Buffer.from(value, 'latin1')
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? text : value
}

function decodeQuoted(text: string): string {
  const latin1 = text
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_match, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  return Buffer.from(latin1, 'latin1').toString('utf8')
}

/** Text beyond ASCII goes out as one RFC 2047 word, as S3 answers it. */
function encodeHeaderText(value: string): string {
  return isAscii(value) ? value : `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`
}

function isAscii(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- ASCII includes the control characters
  return /^[\x00-\x7f]*$/.test(text)
}
