// GetProvisionedConcurrencyConfig: what is ordered for a version or an alias, and how much of it is there.
import type { RequestContext } from '#protocol/operation.ts'
import type { LambdaDeps } from '../deps.ts'
import { provisionedNotFound } from '../errors.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { NOT_LATEST, provisionedAnswer, provisionedOwner } from '../provisioned-answer.ts'
import { provisioned, provisionedKey } from '../provisioned-record.ts'

export async function getProvisionedConcurrencyConfig(
  { ports, provisioning }: LambdaDeps,
  input: LambdaInput<'GetProvisionedConcurrencyConfig'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetProvisionedConcurrencyConfig'>> {
  const { owner, qualifier } = await provisionedOwner(ports.store, input, context, NOT_LATEST)
  const found = await provisioned.get(ports.store, provisionedKey(owner, qualifier))
  if (!found) throw provisionedNotFound()
  const { account, region, id } = owner
  const config = { ...found.value, account, region, functionId: id, qualifier }
  return provisionedAnswer(config, await provisioning.stateOf(config))
}
