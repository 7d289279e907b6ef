// UpdateAlias: points an alias elsewhere. What is left out stays; an empty map of weights ends a routing.
import { newRequestId } from '#base/ids.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import {
  aliasAnswer,
  type AliasRecord,
  type AliasRouting,
  checkAliasInput,
  aliases,
  routingOf,
} from '../alias-record.ts'
import { requireVersions } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { revisionMismatch } from '../errors.ts'
import { parseFunctionName } from '../function-name.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { requireAlias } from './get-alias.ts'

export async function updateAlias(
  { ports }: LambdaDeps,
  input: LambdaInput<'UpdateAlias'>,
  context: RequestContext,
): Promise<LambdaOutput<'UpdateAlias'>> {
  checkAliasInput(input)
  const ref = parseFunctionName(input.FunctionName ?? '', undefined, context)
  const changed = await transact(ports.store, async (transaction) => {
    const { owner, alias: before } = await requireAlias(transaction, ref, input.Name ?? '')
    if (input.RevisionId !== undefined && input.RevisionId !== before.revisionId)
      throw revisionMismatch('GetFunction/GetAlias')
    const version = input.FunctionVersion ?? before.version
    const alias: AliasRecord = {
      ...before,
      version,
      routing: routingAfter(input, before.routing, version),
      description: input.Description ?? before.description,
      revisionId: newRequestId(),
    }
    await requireVersions(transaction, owner, alias)
    await aliases.set(transaction, [owner.id, alias.name], alias)
    return { owner, alias }
  })
  return aliasAnswer(changed.owner, changed.alias)
}

/** A routing that stays is checked again: the alias may now point to its second version, or to $LATEST. */
function routingAfter(
  input: LambdaInput<'UpdateAlias'>,
  before: AliasRouting | undefined,
  version: string,
): AliasRouting | undefined {
  const asked = input.RoutingConfig?.AdditionalVersionWeights
  return routingOf(asked ?? (before && { [before.version]: before.weight }), version)
}
