// UntagResource: takes tags off a function; keys that it does not have are fine.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { functionKey, functions } from '../function-record.ts'
import { functionToChange } from '../function-writes.ts'
import type { LambdaInput } from '../model.ts'
import { parseTaggedArn } from '../tagged-arn.ts'

export async function untagResource(
  { ports }: LambdaDeps,
  input: LambdaInput<'UntagResource'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const keys = input.TagKeys?.length === 0 ? undefined : input.TagKeys
  new Constraints().required('tagKeys', keys).check()
  const ref = parseTaggedArn(input.Resource ?? '', context)
  await transact(ports.store, async (transaction) => {
    const owner = await functionToChange(transaction, ref, undefined)
    const tags = Object.fromEntries(Object.entries(owner.tags).filter(([key]) => keys?.includes(key) !== true))
    await functions.set(transaction, functionKey(ref), { ...owner, tags })
  })
  context.setStatus(204)
  return {}
}
