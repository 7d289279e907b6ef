// Tags of topics.
import { invalidParameter, tagLimitExceeded } from './errors.ts'
import { TAG_KEY_CHARS_MAX, TAG_VALUE_CHARS_MAX, TAGS_MAX } from './limits.ts'

interface GivenTag {
  readonly Key: string | undefined
  readonly Value: string | undefined
}

/** Throws InvalidParameter. */
export function readTags(given: readonly GivenTag[]): Record<string, string> {
  const tags: Record<string, string> = {}
  for (const { Key = '', Value = '' } of given) {
    if (Key.length === 0 || Key.length > TAG_KEY_CHARS_MAX || Value.length > TAG_VALUE_CHARS_MAX)
      throw invalidParameter('Tags')
    if (/^aws:/i.test(Key))
      throw invalidParameter('Tags Reason: aws: prefixed tag key names are not allowed for external use')
    if (Object.hasOwn(tags, Key)) throw invalidParameter('Duplicated keys are not allowed.')
    tags[Key] = Value
  }
  return tags
}

/** Throws TagLimitExceeded. */
export function withTags(
  before: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  const tags = { ...before, ...added }
  if (Object.keys(tags).length > TAGS_MAX) throw tagLimitExceeded()
  return tags
}
