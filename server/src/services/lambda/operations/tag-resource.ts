// TagResource: adds tags to a function, or changes them.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import type { LambdaDeps } from '../deps.ts'
import { functionKey, functions } from '../function-record.ts'
import { functionToChange } from '../function-writes.ts'
import type { LambdaInput } from '../model.ts'
import { parseTaggedArn } from '../tagged-arn.ts'
import { checkTags } from '../tags.ts'

export async function tagResource(
  { ports }: LambdaDeps,
  input: LambdaInput<'TagResource'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const ref = parseTaggedArn(input.Resource ?? '', context)
  await transact(ports.store, async (transaction) => {
    const owner = await functionToChange(transaction, ref, undefined)
    const tags = { ...owner.tags, ...input.Tags }
    checkTags(tags)
    await functions.set(transaction, functionKey(ref), { ...owner, tags })
  })
  context.setStatus(204)
  return {}
}
