// GetRuntimeManagementConfig: what PutRuntimeManagementConfig put; Auto where it put nothing.
import type { RequestContext } from '#protocol/operation.ts'
import { requireVersion } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { functionArn, parseFunctionName } from '../function-name.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { runtimeManagement } from '../runtime-management.ts'

export async function getRuntimeManagementConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'GetRuntimeManagementConfig'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetRuntimeManagementConfig'>> {
  const ref = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context)
  const { owner, record } = await requireVersion(ports.store, ref)
  const found = (await runtimeManagement.get(ports.store, [owner.id, record.version]))?.value
  return {
    UpdateRuntimeOn: found?.updateOn ?? 'Auto',
    FunctionArn: `${functionArn(ref)}:${record.version}`,
    ...(found?.runtimeVersionArn !== undefined && { RuntimeVersionArn: found.runtimeVersionArn }),
  }
}
