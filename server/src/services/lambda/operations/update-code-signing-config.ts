// UpdateCodeSigningConfig: changes what the input names. It counts from the next deploy of each function that uses it.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import {
  checkCodeSigningInput,
  codeSigningConfigAnswer,
  codeSigningConfigKey,
  type CodeSigningConfigRecord,
  codeSigningConfigs,
  requireCodeSigningConfig,
} from '../code-signing.ts'
import type { LambdaDeps } from '../deps.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function updateCodeSigningConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'UpdateCodeSigningConfig'>,
  context: RequestContext,
): Promise<LambdaOutput<'UpdateCodeSigningConfig'>> {
  checkCodeSigningInput(input)
  const changed = await transact(ports.store, async (transaction) => {
    const before = await requireCodeSigningConfig(transaction, input.CodeSigningConfigArn, context)
    const after: CodeSigningConfigRecord = {
      ...before,
      description: input.Description ?? before.description,
      profiles: input.AllowedPublishers?.SigningProfileVersionArns ?? before.profiles,
      untrusted: input.CodeSigningPolicies?.UntrustedArtifactOnDeployment ?? before.untrusted,
      lastModifiedMs: ports.clock.nowMs(),
    }
    await codeSigningConfigs.set(transaction, codeSigningConfigKey(after), after)
    return after
  })
  return { CodeSigningConfig: codeSigningConfigAnswer(changed) }
}
