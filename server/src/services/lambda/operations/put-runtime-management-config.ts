// PutRuntimeManagementConfig: when the runtime of a version is updated.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { Constraints } from '../constraints.ts'
import { requireVersion } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { invalidParameter } from '../errors.ts'
import { functionArn, parseFunctionName } from '../function-name.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { runtimeManagement } from '../runtime-management.ts'
import { runtimeVersionArn } from '../runtimes.ts'

const ARN_FORM = /^arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d::runtime:.+$/
const ARN_FORM_SHOWN = String.raw`arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}::runtime:.+`

export async function putRuntimeManagementConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'PutRuntimeManagementConfig'>,
  context: RequestContext,
): Promise<LambdaOutput<'PutRuntimeManagementConfig'>> {
  new Constraints()
    .oneOf('updateRuntimeOn', input.UpdateRuntimeOn, ['Auto', 'Manual', 'FunctionUpdate'])
    .length('runtimeVersionArn', input.RuntimeVersionArn, { min: 26, max: 2048 })
    .pattern('runtimeVersionArn', input.RuntimeVersionArn, ARN_FORM, ARN_FORM_SHOWN)
    .check()
  const ref = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context)
  const { UpdateRuntimeOn: updateOn, RuntimeVersionArn: arn } = input
  if (updateOn !== 'Manual' && arn !== undefined)
    throw invalidParameter(`RuntimeVersionArn can be given for UpdateRuntimeOn Manual only, not for ${updateOn}.`)
  if (updateOn === 'Manual' && arn === undefined)
    throw invalidParameter('RuntimeVersionArn is required for UpdateRuntimeOn Manual.')
  const version = await transact(ports.store, async (transaction) => {
    const { owner, record } = await requireVersion(transaction, ref)
    if (arn !== undefined && arn !== runtimeVersionArn(record.runtime, ref.region))
      throw invalidParameter(`Runtime version ${arn} does not exist for ${record.runtime}.`)
    const kept = { updateOn, ...(arn !== undefined && { runtimeVersionArn: arn }) }
    await runtimeManagement.set(transaction, [owner.id, record.version], kept)
    return record.version
  })
  return {
    UpdateRuntimeOn: updateOn,
    FunctionArn: `${functionArn(ref)}:${version}`,
    ...(arn !== undefined && { RuntimeVersionArn: arn }),
  }
}
