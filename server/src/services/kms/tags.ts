// Tags of keys.
import type { KeyRecord } from '#identity/vault/key-record.ts'
import { kmsError } from './errors.ts'
import { TAGS_MAX } from './limits.ts'

type TagInput = { readonly TagKey: string | undefined; readonly TagValue: string | undefined }

/** The key's tags with the new ones in. Throws TagException, LimitExceededException. */
export function withTags(old: KeyRecord['tags'], given: readonly TagInput[] | undefined): KeyRecord['tags'] {
  const added = (given ?? []).map(({ TagKey = '', TagValue = '' }) => ({ key: TagKey, value: TagValue }))
  if (added.some(({ key, value }) => key === '' || key.length > 128 || value.length > 256 || /^aws:/i.test(key)))
    throw kmsError('TagException', 'A tag has a key or value that is not valid.')
  const keys = new Set(added.map(({ key }) => key))
  if (keys.size < added.length) throw kmsError('TagException', 'A tag key is given twice.')
  const tags = [...old.filter(({ key }) => !keys.has(key)), ...added]
  if (tags.length > TAGS_MAX) throw kmsError('LimitExceededException', `A key can have ${TAGS_MAX} tags.`)
  return tags
}

export function showTags(tags: KeyRecord['tags']) {
  return tags.map(({ key, value }) => ({ TagKey: key, TagValue: value }))
}
