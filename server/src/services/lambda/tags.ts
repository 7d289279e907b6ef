// The checks of resource tags that CreateFunction and TagResource share.
import { invalidParameter } from './errors.ts'
import { TAG_KEY_CHARS_MAX, TAG_VALUE_CHARS_MAX, TAGS_MAX } from './limits.ts'

/** Throws InvalidParameterValueException for tags that AWS refuses; `tags` are all that the function will have. */
export function checkTags(tags: Readonly<Record<string, string>> | undefined): void {
  const entries = Object.entries(tags ?? {})
  if (entries.length > TAGS_MAX) throw invalidParameter('Number of tags exceeds resource tag limit.')
  for (const [key, value] of entries) {
    if (key === '' || key.length > TAG_KEY_CHARS_MAX)
      throw invalidParameter(`The tag key must have between 1 and ${TAG_KEY_CHARS_MAX} characters.`)
    if (value.length > TAG_VALUE_CHARS_MAX)
      throw invalidParameter(`The tag value must have at most ${TAG_VALUE_CHARS_MAX} characters.`)
    if (key.toLowerCase().startsWith('aws:')) throw invalidParameter('Tag keys beginning with aws: are reserved.')
  }
}
