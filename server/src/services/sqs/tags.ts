// The tags of a queue.
import { invalidParameter } from './errors.ts'
import { QUEUE_TAGS_MAX, TAG_KEY_CHARS_MAX, TAG_VALUE_CHARS_MAX } from './limits.ts'

type Tags = Readonly<Record<string, string>>

const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** The tags with more of them. Throws InvalidParameterValue for tags that cannot be, or are too many. */
export function withTags(before: Tags, more: Tags): Tags {
  for (const [key, value] of Object.entries(more)) {
    if (key.length < 1 || key.length > TAG_KEY_CHARS_MAX || !TEXT.test(key) || /^aws:/i.test(key))
      throw invalidParameter(`Tag key ${key} is invalid.`)
    if (value.length > TAG_VALUE_CHARS_MAX || !TEXT.test(value))
      throw invalidParameter(`Tag value ${value} is invalid.`)
  }
  const after = { ...before, ...more }
  if (Object.keys(after).length > QUEUE_TAGS_MAX)
    throw invalidParameter(`Too many tags added for queue. Maximum is ${QUEUE_TAGS_MAX}.`)
  return after
}
