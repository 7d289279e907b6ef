// Tags of trails. Source: API reference, "AddTags".
import { trailError } from './errors.ts'
import { TAGS_MAX } from './limits.ts'

interface TagInput {
  readonly Key: string | undefined
  readonly Value?: string | undefined
}

/** The tags together. Throws InvalidTagParameterException, TagsLimitExceededException. */
export function withTags(
  before: Readonly<Record<string, string>>,
  added: readonly TagInput[],
): Readonly<Record<string, string>> {
  const tags = new Map(Object.entries(before))
  const seen = new Set<string>()
  for (const { Key: key = '', Value: value = '' } of added) {
    if (key === '' || key.length > 128 || value.length > 256 || key.toLowerCase().startsWith('aws:') || seen.has(key))
      throw trailError('InvalidTagParameterException', `The tag ${key} is not valid, or named twice.`)
    seen.add(key)
    tags.set(key, value)
  }
  if (tags.size > TAGS_MAX) throw trailError('TagsLimitExceededException', `A trail has at most ${TAGS_MAX} tags.`)
  return Object.fromEntries(tags)
}

export function tagsView(tags: Readonly<Record<string, string>>) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}
