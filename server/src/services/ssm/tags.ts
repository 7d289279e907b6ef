// Tags of parameters, by the operations that Systems Manager has for all its resources.
import type { RequestContext } from '#protocol/operation.ts'
import type { Reader } from '#storage/transact.ts'
import { ssmError } from './errors.ts'
import { TAGS_MAX } from './limits.ts'
import { find, type ParameterRecord, readSelector } from './parameter.ts'

interface Tagged {
  readonly ResourceType: string | undefined
  readonly ResourceId: string | undefined
}

/** Throws InvalidResourceType, InvalidResourceId. */
export async function requireTagged(
  reader: Reader,
  context: RequestContext,
  { ResourceType, ResourceId }: Tagged,
): Promise<ParameterRecord> {
  if (ResourceType !== 'Parameter')
    throw ssmError('InvalidResourceType', `${ResourceType} is not a resource type that has tags here.`)
  const found = await find(reader, context, readSelector(ResourceId ?? ''))
  if (found === undefined)
    throw ssmError(
      'InvalidResourceId',
      'The resource ID is not valid. Verify that you entered the correct ID and try again.',
    )
  return found.parameter
}

type TagInput = { readonly Key: string | undefined; readonly Value: string | undefined }

/** Throws TooManyTagsError. */
export function withTags(
  old: ParameterRecord['tags'],
  given: readonly TagInput[] | undefined,
): ParameterRecord['tags'] {
  const added = (given ?? []).map(({ Key = '', Value = '' }) => ({ key: Key, value: Value }))
  const keys = new Set(added.map(({ key }) => key))
  const tags = [...old.filter(({ key }) => !keys.has(key)), ...added]
  if (tags.length > TAGS_MAX)
    throw ssmError('TooManyTagsError', `The Targets parameter includes too many tags. A resource can have ${TAGS_MAX}.`)
  return tags
}
