// Tags of objects. Source: S3 user guide, "Categorizing your objects using tags", and the API page of PutObjectTagging.
import { AwsError } from '#protocol/errors.ts'
import { invalidArgument, s3Error } from './errors.ts'
import { TAG_KEY_CHARS_MAX, TAG_VALUE_CHARS_MAX, TAGS_MAX } from './limits.ts'

export interface Tag {
  readonly key: string
  readonly value: string
}

const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** The tags of an x-amz-tagging header (`a=b&c=d`, form-encoded). Throws InvalidArgument, InvalidTag, BadRequest. */
export function parseTagHeader(header: string): readonly Tag[] {
  if (header === '') return []
  const tags = header.split('&').map((pair) => {
    const equals = pair.indexOf('=')
    const key = equals < 0 ? pair : pair.slice(0, equals)
    return { key: decode(key, header), value: equals < 0 ? '' : decode(pair.slice(equals + 1), header) }
  })
  if (new Set(tags.map((tag) => tag.key)).size < tags.length) throw badHeader(header)
  checkTags(tags)
  return tags
}

/** Throws InvalidTag, or BadRequest for too many. */
export function checkTags(tags: readonly Tag[]): void {
  if (tags.length > TAGS_MAX) throw new AwsError('BadRequest', 400, `Object tags cannot be greater than ${TAGS_MAX}`)
  const seen = new Set<string>()
  for (const tag of tags) checkTag(tag, seen)
}

/** The tag, if it is one and its key was not `seen` before. Throws InvalidTag. */
export function checkTag(tag: Tag, seen: Set<string>): Tag {
  const { key, value } = tag
  if (key === '' || key.length > TAG_KEY_CHARS_MAX || !ALLOWED.test(key))
    throw s3Error('InvalidTag', { message: 'The TagKey you have provided is invalid', fields: { TagKey: key } })
  if (value.length > TAG_VALUE_CHARS_MAX || !ALLOWED.test(value))
    throw s3Error('InvalidTag', { message: 'The TagValue you have provided is invalid', fields: { TagValue: value } })
  if (key.toLowerCase().startsWith('aws:'))
    throw s3Error('InvalidTag', { message: 'System tags cannot be added/updated by requester' })
  if (seen.has(key)) throw s3Error('InvalidTag', { message: 'Cannot provide multiple Tags with the same key' })
  seen.add(key)
  return tag
}

function decode(text: string, header: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw badHeader(header)
  }
}

function badHeader(header: string): AwsError {
  return invalidArgument(
    'x-amz-tagging',
    header,
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
  )
}
