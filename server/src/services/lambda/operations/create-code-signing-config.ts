// CreateCodeSigningConfig: a list of publishers, and what happens to packages that none of them signed.
import { randomHex } from '#base/ids.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import {
  checkCodeSigningInput,
  codeSigningConfigAnswer,
  codeSigningConfigKey,
  type CodeSigningConfigRecord,
  codeSigningConfigs,
} from '../code-signing.ts'
import type { LambdaDeps } from '../deps.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { checkTags } from '../tags.ts'

/** Characters of an id after `csc-`. */
const ID_CHARS = 17

export async function createCodeSigningConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'CreateCodeSigningConfig'>,
  context: RequestContext,
): Promise<LambdaOutput<'CreateCodeSigningConfig'>> {
  checkCodeSigningInput(input)
  checkTags(input.Tags)
  const config: CodeSigningConfigRecord = {
    account: context.account,
    region: context.region,
    id: `csc-${randomHex(ID_CHARS).slice(0, ID_CHARS)}`,
    description: input.Description ?? '',
    profiles: input.AllowedPublishers.SigningProfileVersionArns,
    untrusted: input.CodeSigningPolicies?.UntrustedArtifactOnDeployment ?? 'Warn',
    lastModifiedMs: ports.clock.nowMs(),
    tags: input.Tags ?? {},
  }
  await transact(ports.store, (transaction) =>
    codeSigningConfigs.set(transaction, codeSigningConfigKey(config), config),
  )
  context.setStatus(201)
  return { CodeSigningConfig: codeSigningConfigAnswer(config) }
}
