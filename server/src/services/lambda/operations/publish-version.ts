// PublishVersion: freezes code and configuration of $LATEST under the next number.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { configurationAnswer } from '../configuration-answer.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { invalidParameter, notSupportedYet } from '../errors.ts'
import { showEnvironment } from '../environment-encryption.ts'
import { parseFunctionName } from '../function-name.ts'
import { functionToChange, publish } from '../function-writes.ts'
import { DESCRIPTION_CHARS_MAX } from '../limits.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { shownDigestOf } from '../package-type.ts'

export async function publishVersion(
  { ports, deployed, provisioning }: LambdaDeps,
  input: LambdaInput<'PublishVersion'>,
  context: RequestContext,
): Promise<LambdaOutput<'PublishVersion'>> {
  new Constraints().length('description', input.Description, { max: DESCRIPTION_CHARS_MAX }).check()
  if (input.PublishTo) throw notSupportedYet('PublishTo')
  const ref = parseFunctionName(input.FunctionName ?? '', undefined, context)
  const version = await transact(ports.store, async (transaction) => {
    const owner = await functionToChange(transaction, ref, input.RevisionId)
    const current = shownDigestOf(owner.latest.code)
    if (input.CodeSha256 !== undefined && input.CodeSha256 !== current)
      throw invalidParameter(
        `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${current}). Please try again with the CodeSHA256 in $LATEST.`,
      )
    return (await publish(transaction, owner, input.Description)).version
  })
  deployed.forget()
  provisioning.published(ref, version)
  context.setStatus(201)
  return showEnvironment(ports, ref, version, configurationAnswer(ports, ref, version, version.version), context)
}
