// The tags of log groups, which two generations of operations read and change.
import { Constraints } from './constraints.ts'
import { noSuchGroup, tooManyTags } from './errors.ts'
import { TAGS_MAX } from './limits.ts'
import type { LogsDeps } from './model.ts'
import { groupRef, type Place } from './names.ts'

export type Tags = Readonly<Record<string, string>>

export async function readTags({ logs }: LogsDeps, place: Place, name: string): Promise<Tags> {
  await logs.flush()
  const group = await logs.getGroup(groupRef(place, name))
  if (!group) throw noSuchGroup()
  return group.tags
}

/** Adds tags, or replaces the values of those that are there. */
export async function addTags({ logs }: LogsDeps, place: Place, name: string, tags: Tags): Promise<void> {
  const outcome = await logs.updateGroup(groupRef(place, name), (group) => {
    const all = { ...group.tags, ...tags }
    if (Object.keys(all).length > TAGS_MAX) throw tooManyTags()
    return { tags: all }
  })
  if (outcome === 'missing') throw noSuchGroup()
}

/** Tags that are not there are none of AWS's business, nor ours. */
export async function removeTags(
  { logs }: LogsDeps,
  place: Place,
  name: string,
  keys: readonly string[],
): Promise<void> {
  const constraints = new Constraints().count('tagKeys', keys, { min: 0, max: TAGS_MAX })
  for (const [index, key] of keys.entries()) constraints.tagKey(`tagKeys.${index + 1}.member`, key)
  constraints.check()
  const outcome = await logs.updateGroup(groupRef(place, name), ({ tags }) => ({
    tags: Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key))),
  }))
  if (outcome === 'missing') throw noSuchGroup()
}
