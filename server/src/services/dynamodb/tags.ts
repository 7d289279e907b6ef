// Tags of tables, and whether they may be.
import { invalid, invalidParameter } from './errors.ts'
import { TAGS_MAX } from './limits.ts'

interface Tag {
  readonly Key: string | undefined
  readonly Value: string | undefined
}

type Tags = Readonly<Record<string, string>>

const KEY_CHARS_MAX = 128
const VALUE_CHARS_MAX = 256

/** Throws ValidationException. */
export function checkTags(tags: readonly Tag[] | undefined): void {
  const seen = new Set<string>()
  for (const { Key = '', Value = '' } of tags ?? []) {
    if (Key === '' || Key.length > KEY_CHARS_MAX)
      throw invalid(
        `One or more parameter values were invalid: Tag keys must have between 1 and ${KEY_CHARS_MAX} characters`,
      )
    if (Value.length > VALUE_CHARS_MAX)
      throw invalid(
        `One or more parameter values were invalid: Tag values must have at most ${VALUE_CHARS_MAX} characters`,
      )
    if (Key.toLowerCase().startsWith('aws:')) throw invalidParameter("Tag keys must not begin with 'aws:'")
    if (seen.has(Key)) throw invalidParameter(`Duplicate tag key: ${Key}`)
    seen.add(Key)
  }
  refuseTooMany(seen.size)
}

export function tagsOf(tags: readonly Tag[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))
}

/** Throws ValidationException. */
export function refuseTooMany(count: number): void {
  if (count > TAGS_MAX) throw invalidParameter(`Too many tags: a resource may have ${TAGS_MAX}`)
}
