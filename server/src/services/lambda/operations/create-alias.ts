// CreateAlias: a name for a version, or for two of them with weights.
import { newRequestId } from '#base/ids.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { aliasAnswer, aliasArn, aliases, type AliasRecord, checkAliasInput, routingOf } from '../alias-record.ts'
import { requireFunction, requireVersions } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { resourceConflict } from '../errors.ts'
import { parseFunctionName } from '../function-name.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function createAlias(
  { ports }: LambdaDeps,
  input: LambdaInput<'CreateAlias'>,
  context: RequestContext,
): Promise<LambdaOutput<'CreateAlias'>> {
  checkAliasInput(input)
  const ref = parseFunctionName(input.FunctionName ?? '', undefined, context)
  const version = input.FunctionVersion ?? ''
  const alias: AliasRecord = {
    name: input.Name ?? '',
    version,
    routing: routingOf(input.RoutingConfig?.AdditionalVersionWeights, version),
    description: input.Description ?? '',
    revisionId: newRequestId(),
  }
  const owner = await transact(ports.store, async (transaction) => {
    const owner = await requireFunction(transaction, ref)
    await requireVersions(transaction, owner, alias)
    const key = [owner.id, alias.name]
    if (await aliases.get(transaction, key))
      throw resourceConflict(`Alias already exists: ${aliasArn(ref, alias.name)}`)
    await aliases.set(transaction, key, alias)
    return owner
  })
  context.setStatus(201)
  return aliasAnswer(owner, alias)
}
