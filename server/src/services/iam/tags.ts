// Tags of IAM's entities: at most fifty, keys the same in any case.
import type { Tag } from '#identity/directory/records.ts'
import { Constraints } from './constraints.ts'
import { invalidInput, quotaExceeded } from './errors.ts'
import { TAGS_MAX } from './limits.ts'

type TagInput = { readonly Key: string | undefined; readonly Value: string | undefined }

const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u
const SHOWN_TEXT = String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]`

/** The tags of an input, checked. */
export function readTags(tags: readonly TagInput[] | undefined): readonly Tag[] {
  const read = (tags ?? []).map(({ Key = '', Value = '' }) => ({ key: Key, value: Value }))
  if (read.length > TAGS_MAX) throw quotaExceeded('TagsPerResource', TAGS_MAX)
  checkTexts(read)
  if (new Set(read.map(({ key }) => key.toLowerCase())).size < read.length)
    throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  return read
}

function checkTexts(tags: readonly Tag[]): void {
  const constraints = new Constraints()
  for (const [index, { key, value }] of tags.entries()) {
    const at = `tags.${index + 1}.member`
    constraints
      .length(`${at}.key`, key, { min: 1, max: 128 })
      .pattern(`${at}.key`, key, TEXT, `${SHOWN_TEXT}+`)
      .length(`${at}.value`, value, { max: 256 })
      .pattern(`${at}.value`, value, TEXT, `${SHOWN_TEXT}*`)
  }
  constraints.check()
  for (const { key } of tags)
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
