// UntagResource: takes tags off a function or a mapping; keys that it does not have are fine.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import type { LambdaInput } from '../model.ts'
import { taggedResource } from '../tagged-resource.ts'

export async function untagResource(
  { ports }: LambdaDeps,
  input: LambdaInput<'UntagResource'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const keys = input.TagKeys?.length === 0 ? undefined : input.TagKeys
  new Constraints().required('tagKeys', keys).check()
  const resource = taggedResource(input.Resource ?? '', context, ports.engine)
  await transact(ports.store, (transaction) =>
    resource.change(transaction, (before) =>
      Object.fromEntries(Object.entries(before).filter(([key]) => keys?.includes(key) !== true)),
    ),
  )
  context.setStatus(204)
  return {}
}
