// The tags of a resource as values of condition keys: `aws:ResourceTag/stage`.
import type { RequestContext, ResourceConditions } from './operation.ts'

interface Tag {
  readonly key: string
  readonly value: string
}

type Tags = Readonly<Record<string, string>> | readonly Tag[]

/** Tags under `aws:ResourceTag/`, and under the names that the service itself gives them. */
export function resourceTags(
  tagsOf: (resource: string, context: RequestContext) => Promise<Tags | undefined>,
  ownPrefixes: readonly string[] = [],
): ResourceConditions {
  const prefixes = ['aws:resourcetag/', ...ownPrefixes]
  return {
    prefixes,
    async read(resource, context) {
      const tags = (await tagsOf(resource, context)) ?? []
      const pairs = isList(tags) ? tags.map(({ key, value }) => [key, value] as const) : Object.entries(tags)
      return Object.fromEntries(
        pairs.flatMap(([key, value]) => prefixes.map((prefix) => [`${prefix}${key.toLowerCase()}`, value] as const)),
      )
    },
  }
}

function isList(tags: Tags): tags is readonly Tag[] {
  return Array.isArray(tags)
}
