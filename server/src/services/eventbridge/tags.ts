// Tags of buses and rules.
import { Constraints } from './constraints.ts'
import { validation } from './errors.ts'
import { TAGS_MAX } from './limits.ts'

export type Tags = Readonly<Record<string, string>>

interface TagInput {
  readonly Key: string | undefined
  readonly Value: string | undefined
}

/** The old tags with those of a request. Throws ValidationException. */
export function withTags(old: Tags, given: readonly TagInput[] | undefined): Tags {
  const constraints = new Constraints()
  for (const [index, { Key, Value }] of (given ?? []).entries())
    constraints
      .length(`tags.${index + 1}.member.key`, Key, { min: 1, max: 128 })
      .length(`tags.${index + 1}.member.value`, Value, { min: 0, max: 256 })
  constraints.check()
  if ((given ?? []).some(({ Key = '' }) => /^aws:/i.test(Key)))
    throw validation('System tags cannot be added or updated by requester.')
  const tags = { ...old, ...Object.fromEntries((given ?? []).map(({ Key = '', Value = '' }) => [Key, Value])) }
  if (Object.keys(tags).length > TAGS_MAX) throw validation(`A resource can have at most ${TAGS_MAX} tags.`)
  return tags
}

export function withoutTags(old: Tags, keys: readonly string[]): Tags {
  const gone = new Set(keys)
  return Object.fromEntries(Object.entries(old).filter(([key]) => !gone.has(key)))
}

export function shownTags(tags: Tags): readonly { readonly Key: string; readonly Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}
