// UpdateFunctionConfiguration: changes the settings of $LATEST; what the input leaves out stays.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { configurationAnswer } from '../configuration-answer.ts'
import type { LambdaDeps } from '../deps.ts'
import { checkDeadLetterQueue } from '../destinations.ts'
import { changedDurableSettings } from '../durable/durable-config.ts'
import { requireRole } from '../execution-role.ts'
import { openedSettings, sealEnvironment, showEnvironment, unsealEnvironment } from '../environment-encryption.ts'
import { parseFunctionName } from '../function-name.ts'
import { type FunctionRecord, functionKey, functions } from '../function-record.ts'
import { functionToChange, renewed } from '../function-writes.ts'
import { checkTotalSize, usedLayers } from '../layer-use.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { packageTypeOf } from '../package-type.ts'
import { applySettings, checkConstraints } from '../settings.ts'
import { refuseBesideTenants } from '../tenancy.ts'

export async function updateFunctionConfiguration(
  { ports, deployed }: LambdaDeps,
  input: LambdaInput<'UpdateFunctionConfiguration'>,
  context: RequestContext,
): Promise<LambdaOutput<'UpdateFunctionConfiguration'>> {
  checkConstraints(input)
  const ref = parseFunctionName(input.FunctionName ?? '', undefined, context)
  if (input.Role !== undefined) await requireRole(ports.roles, input.Role, context)
  const { before, after } = await transact(ports.store, async (transaction) => {
    const owner = await functionToChange(transaction, ref, input.RevisionId)
    const used = input.Layers && (await usedLayers(transaction, input.Layers, context))
    // Under another key, or none: it must be read first.
    const rekeyed = input.KMSKeyArn !== undefined && input.Environment === undefined
    const known = openedSettings(ports, ref, owner.latest)
    const before = rekeyed ? await unsealEnvironment(ports.keys, ref, known, context) : known
    const settings = await sealEnvironment(
      ports,
      ref,
      applySettings(input, before, used, packageTypeOf(owner.latest)),
      context,
    )
    if (settings.snapStart === 'PublishedVersions') refuseBesideTenants(owner.latest, 'SnapStart')
    const durable = changedDurableSettings(input.DurableConfig, owner.latest)
    checkTotalSize(owner.latest.code, settings.layers ?? [])
    if (input.DeadLetterConfig) await checkDeadLetterQueue(ports, settings, ref.account)
    const changed: FunctionRecord = {
      ...owner,
      latest: { ...owner.latest, ...settings, ...durable, ...renewed(ports.clock.nowMs()) },
    }
    await functions.set(transaction, functionKey(ref), changed)
    return { before: owner, after: changed }
  })
  deployed.retire(before, before.latest)
  deployed.warmUp(ref)
  return showEnvironment(ports, ref, after.latest, configurationAnswer(ports, ref, after.latest, undefined), context)
}
