// TagResource: adds tags to a function or a mapping, or changes them.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import type { LambdaDeps } from '../deps.ts'
import type { LambdaInput } from '../model.ts'
import { taggedResource } from '../tagged-resource.ts'
import { checkTags } from '../tags.ts'

export async function tagResource(
  { ports }: LambdaDeps,
  input: LambdaInput<'TagResource'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const resource = taggedResource(input.Resource ?? '', context, ports.engine)
  await transact(ports.store, (transaction) =>
    resource.change(transaction, (before) => {
      const tags = { ...before, ...input.Tags }
      checkTags(tags)
      return tags
    }),
  )
  context.setStatus(204)
  return {}
}
