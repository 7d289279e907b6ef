// ListTags: the tags of a function.
import type { RequestContext } from '#protocol/operation.ts'
import { requireFunction } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { parseTaggedArn } from '../tagged-arn.ts'

export async function listTags(
  { ports }: LambdaDeps,
  input: LambdaInput<'ListTags'>,
  context: RequestContext,
): Promise<LambdaOutput<'ListTags'>> {
  const owner = await requireFunction(ports.store, parseTaggedArn(input.Resource ?? '', context))
  return { Tags: owner.tags }
}
