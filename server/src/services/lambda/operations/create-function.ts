// CreateFunction: checks everything, takes the code in, and makes the function in one commit. It can be invoked when the
// answer arrives, so the answer says Active where AWS says Pending.
import { newRequestId } from '#base/ids.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { checkFunctionQuota } from '../account-quotas.ts'
import { checkSigned, codeSigningConfigArn, requireCodeSigningConfigOfFunction } from '../code-signing.ts'
import { configurationAnswer, weakIsolation } from '../configuration-answer.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { checkDeadLetterQueue } from '../destinations.ts'
import { newDurableSettings } from '../durable/durable-config.ts'
import { sealEnvironment, showEnvironment } from '../environment-encryption.ts'
import { notSupportedYet, resourceConflict } from '../errors.ts'
import { functionArn, parseNewFunctionName } from '../function-name.ts'
import { requireRole } from '../execution-role.ts'
import { type FunctionRecord, functionKey, functions, type VersionRecord } from '../function-record.ts'
import { publish, renewed, takeCode } from '../function-writes.ts'
import { requireImage } from '../images/resolve-image.ts'
import { checkTotalSize, usedLayers } from '../layer-use.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { checkNetworkTags } from '../network-tags.ts'
import { checkNewFunction } from '../package-type.ts'
import { applySettings, checkConstraints, defaultSettings } from '../settings.ts'
import { checkTags } from '../tags.ts'
import { checkTenancy, refuseBesideTenants } from '../tenancy.ts'

export async function createFunction(
  { ports, deployed, provisioning }: LambdaDeps,
  input: LambdaInput<'CreateFunction'>,
  context: RequestContext,
): Promise<LambdaOutput<'CreateFunction'>> {
  checkConstraints({ ...input, RevisionId: undefined })
  checkTenancy(new Constraints(), input.TenancyConfig)
    .oneOf('packageType', input.PackageType, ['Image', 'Zip'])
    .oneOf('architectures', input.Architectures?.[0], ['x86_64', 'arm64'])
    .check()
  const ref = parseNewFunctionName(input.FunctionName ?? '', context)
  refuseUnsupported(input)
  const packageType = checkNewFunction(input)
  const plain = applySettings(
    { ...input, RevisionId: undefined },
    defaultSettings({ name: ref.name, role: input.Role ?? '' }),
    await usedLayers(ports.store, input.Layers ?? [], context),
    packageType,
  )
  const durable = newDurableSettings(input.DurableConfig)
  const tenancy = input.TenancyConfig && { tenancy: 'PER_TENANT' as const }
  if (tenancy && plain.snapStart === 'PublishedVersions') refuseBesideTenants(tenancy, 'SnapStart')
  checkTags(input.Tags)
  checkNetworkTags(input.Tags ?? {}, ports.engine)
  const settings = await sealEnvironment(ports, ref, plain, context)
  await requireRole(ports.roles, settings.role, context)
  await checkDeadLetterQueue(ports, settings, ref.account)
  if (await functions.get(ports.store, functionKey(ref))) throw alreadyExists(ref.name)
  const signing = input.CodeSigningConfigArn
    ? await requireCodeSigningConfigOfFunction(ports.store, input.CodeSigningConfigArn, context)
    : undefined
  if (signing) checkSigned(signing, functionArn(ref))
  const uri = packageType === 'Image' ? (input.Code?.ImageUri ?? '') : undefined
  const code =
    uri === undefined
      ? await takeCode(ports, ref, input.Code ?? {}, 'CreateFunction', true)
      : await requireImage(ports.store, uri, context)
  checkTotalSize(code, settings.layers ?? [])
  const latest: VersionRecord = {
    ...settings,
    version: '$LATEST',
    architecture: input.Architectures?.[0] ?? (code.kind === 'image' ? code.architecture : hostArchitecture()),
    ...tenancy,
    ...durable,
    code,
    ...renewed(ports.clock.nowMs()),
  }
  const record: FunctionRecord = {
    id: newRequestId(),
    account: ref.account,
    region: ref.region,
    name: ref.name,
    latest,
    lastVersion: 0,
    publishedDeploymentId: undefined,
    tags: input.Tags ?? {},
    ...(signing && { codeSigningConfigArn: codeSigningConfigArn(signing) }),
  }
  const made = await transact(ports.store, async (transaction) => {
    if (await functions.get(transaction, functionKey(ref))) throw alreadyExists(ref.name)
    await checkFunctionQuota(ports, transaction, ref.account)
    // Neither may be deleted meanwhile.
    if (uri !== undefined) await requireImage(transaction, uri, context)
    if (signing) await requireCodeSigningConfigOfFunction(transaction, input.CodeSigningConfigArn, context)
    if (input.Publish === true) return (await publish(transaction, record, undefined)).version
    await functions.set(transaction, functionKey(ref), record)
    return latest
  })
  deployed.forget()
  provisioning.published(ref, made)
  deployed.warmUp(ref)
  const answer = configurationAnswer(ports, ref, made, input.Publish === true ? made.version : undefined)
  return { ...(await showEnvironment(ports, ref, made, answer, context)), ...weakIsolation(ports.engine) }
}

function alreadyExists(name: string): Error {
  return resourceConflict(`Function already exist: ${name}`)
}

/** AWS's default is x86_64; here it is what the machine is, because that is what the code will meet. */
function hostArchitecture(): string {
  return process.arch === 'arm64' ? 'arm64' : 'x86_64'
}

function refuseUnsupported(input: LambdaInput<'CreateFunction'>): void {
  if (input.PublishTo) throw notSupportedYet('PublishTo')
}
