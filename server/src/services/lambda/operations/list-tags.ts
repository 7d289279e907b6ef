// ListTags: the tags of a function or a mapping.
import type { RequestContext } from '#protocol/operation.ts'
import type { LambdaDeps } from '../deps.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { taggedResource } from '../tagged-resource.ts'

export async function listTags(
  { ports }: LambdaDeps,
  input: LambdaInput<'ListTags'>,
  context: RequestContext,
): Promise<LambdaOutput<'ListTags'>> {
  return { Tags: await taggedResource(input.Resource ?? '', context, ports.engine).tags(ports.store) }
}
