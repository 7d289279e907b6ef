// DeleteCodeSigningConfig: only what no function uses can go.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import {
  codeSigningConfigArn,
  codeSigningConfigKey,
  codeSigningConfigs,
  requireCodeSigningConfig,
} from '../code-signing.ts'
import type { LambdaDeps } from '../deps.ts'
import { resourceConflict } from '../errors.ts'
import { functions } from '../function-record.ts'
import type { LambdaInput } from '../model.ts'

export async function deleteCodeSigningConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'DeleteCodeSigningConfig'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  await transact(ports.store, async (transaction) => {
    const config = await requireCodeSigningConfig(transaction, input.CodeSigningConfigArn, context)
    const arn = codeSigningConfigArn(config)
    const prefix = [config.account, config.region, arn]
    const [user] = await functions.listIndex(transaction, 'codeSigning', { prefix }, { limit: 1 })
    if (user)
      throw resourceConflict(
        `Cannot delete the code signing configuration ${arn} because the function ${user.value.name} uses it. Remove it from all functions first.`,
      )
    await codeSigningConfigs.delete(transaction, codeSigningConfigKey(config))
  })
  context.setStatus(204)
  return {}
}
