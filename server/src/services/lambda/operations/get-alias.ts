// GetAlias: what an alias points to.
import type { RequestContext } from '#protocol/operation.ts'
import type { Reader } from '#storage/transact.ts'
import { aliasAnswer, aliasArn, aliases, type AliasRecord, checkAliasInput } from '../alias-record.ts'
import { requireFunction } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { resourceNotFound } from '../errors.ts'
import { type FunctionRef, parseFunctionName } from '../function-name.ts'
import type { FunctionRecord } from '../function-record.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function getAlias(
  { ports }: LambdaDeps,
  input: LambdaInput<'GetAlias'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetAlias'>> {
  checkAliasInput(input)
  const ref = parseFunctionName(input.FunctionName ?? '', undefined, context)
  const { owner, alias } = await requireAlias(ports.store, ref, input.Name ?? '')
  return aliasAnswer(owner, alias)
}

/** The alias and its function, or AWS's ResourceNotFoundException. */
export async function requireAlias(
  reader: Reader,
  ref: FunctionRef,
  name: string,
): Promise<{ readonly owner: FunctionRecord; readonly alias: AliasRecord }> {
  const owner = await requireFunction(reader, ref)
  const found = await aliases.get(reader, [owner.id, name])
  if (!found) throw resourceNotFound(`Cannot find alias arn: ${aliasArn(ref, name)}`)
  return { owner, alias: found.value }
}
