// UpdateFunctionCode: new code for $LATEST. Running invocations finish on the old code; the next one runs the new.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { configurationAnswer } from '../configuration-answer.ts'
import { checkCodeMayChange } from '../code-signing.ts'
import { Constraints } from '../constraints.ts'
import { requireFunction } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { notSupportedYet } from '../errors.ts'
import { showEnvironment } from '../environment-encryption.ts'
import { functionArn, parseFunctionName } from '../function-name.ts'
import { type FunctionRecord, functionKey, functions } from '../function-record.ts'
import { functionToChange, publish, renewed, takeCode } from '../function-writes.ts'
import { requireImage } from '../images/resolve-image.ts'
import { checkTotalSize } from '../layer-use.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { checkCodeChange } from '../package-type.ts'

export async function updateFunctionCode(
  { ports, deployed, provisioning }: LambdaDeps,
  input: LambdaInput<'UpdateFunctionCode'>,
  context: RequestContext,
): Promise<LambdaOutput<'UpdateFunctionCode'>> {
  new Constraints().oneOf('architectures', input.Architectures?.[0], ['x86_64', 'arm64']).check()
  if (input.PublishTo) throw notSupportedYet('PublishTo')
  const ref = parseFunctionName(input.FunctionName ?? '', undefined, context)
  const before = await requireFunction(ports.store, ref)
  await checkCodeMayChange(ports.store, before, functionArn(ref))
  const uri = checkCodeChange(before.latest, input) === 'Image' ? (input.ImageUri ?? '') : undefined
  const code =
    uri === undefined
      ? await takeCode(ports, ref, input, 'UpdateFunctionCode', input.DryRun !== true)
      : await requireImage(ports.store, uri, context)
  checkTotalSize(code, before.latest.layers ?? [])
  const changed = (owner: FunctionRecord): FunctionRecord => ({
    ...owner,
    latest: {
      ...owner.latest,
      code,
      architecture: input.Architectures?.[0] ?? owner.latest.architecture,
      ...renewed(ports.clock.nowMs()),
    },
  })
  if (input.DryRun === true) return configurationAnswer(ports, ref, changed(before).latest, undefined)
  const { replaced, record } = await transact(ports.store, async (transaction) => {
    const owner = await functionToChange(transaction, ref, input.RevisionId)
    // Neither the image nor what the function is made of may have changed meanwhile.
    checkCodeChange(owner.latest, input)
    if (uri !== undefined) await requireImage(transaction, uri, context)
    const next = changed(owner)
    await functions.set(transaction, functionKey(ref), next)
    const made = input.Publish === true ? (await publish(transaction, next, undefined)).version : next.latest
    return { replaced: owner, record: made }
  })
  deployed.retire(replaced, replaced.latest)
  provisioning.published(ref, record)
  deployed.warmUp(ref)
  const answer = configurationAnswer(ports, ref, record, input.Publish === true ? record.version : undefined)
  return showEnvironment(ports, ref, record, answer, context)
}
