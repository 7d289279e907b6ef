// Tags of IAM's entities: at most fifty, keys the same in any case.
import type { Tag } from '#identity/directory/records.ts'
import { invalidInput, quotaExceeded, validationError } from './errors.ts'
import { TAGS_MAX } from './limits.ts'

type TagInput = { readonly Key: string | undefined; readonly Value: string | undefined }

const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** The tags of an input, checked. */
export function readTags(tags: readonly TagInput[] | undefined): readonly Tag[] {
  const read = (tags ?? []).map(({ Key = '', Value = '' }) => ({ key: Key, value: Value }))
  for (const { key, value } of read) checkTag(key, value)
  if (new Set(read.map(({ key }) => key.toLowerCase())).size < read.length)
    throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  if (read.length > TAGS_MAX) throw quotaExceeded('TagsPerResource', TAGS_MAX)
  return read
}

function checkTag(key: string, value: string): void {
  if (key === '' || key.length > 128 || value.length > 256 || !TEXT.test(key) || !TEXT.test(value))
    throw validationError(
      `1 validation error detected: Value '${key}' at 'tags' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+`,
    )
  if (key.toLowerCase().startsWith('aws:')) throw invalidInput(`Tag keys with the prefix aws: are reserved: ${key}`)
}

/** With the new ones in place of those of the same key. */
export function mergeTags(old: readonly Tag[], added: readonly Tag[]): readonly Tag[] {
  const keys = new Set(added.map(({ key }) => key.toLowerCase()))
  const merged = [...old.filter(({ key }) => !keys.has(key.toLowerCase())), ...added]
  if (merged.length > TAGS_MAX) throw quotaExceeded('TagsPerResource', TAGS_MAX)
  return merged
}

export function withoutTags(old: readonly Tag[], keys: readonly string[] | undefined): readonly Tag[] {
  const gone = new Set((keys ?? []).map((key) => key.toLowerCase()))
  return old.filter(({ key }) => !gone.has(key.toLowerCase()))
}

export function showTags(tags: readonly Tag[]): { readonly Key: string; readonly Value: string }[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }))
}
