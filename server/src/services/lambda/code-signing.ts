// Code signing configurations: which publishers may sign packages, and what happens to a package that none of them signed.
// Key layout:
//   lambda.code-signing-configs [account, region, id]
// A function names its configuration in its own record. There is no signer here and so no signed package: a function whose
// configuration says Enforce takes no new code, one that says Warn does. Source: developer guide, "Using code signing to
// verify code integrity with Lambda".
import { AwsError } from '#protocol/errors.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import type { Reader } from '#storage/transact.ts'
import { Constraints } from './constraints.ts'
import { resourceNotFound } from './errors.ts'
import type { FunctionRecord } from './function-record.ts'
import { DESCRIPTION_CHARS_MAX, SIGNING_PROFILES_MAX } from './limits.ts'
import type { LambdaInput, LambdaOutput } from './model.ts'

/** What happens to a package that no allowed publisher signed. */
export type UntrustedPolicy = 'Warn' | 'Enforce'

export interface CodeSigningConfigRecord {
  readonly account: string
  readonly region: string
  /** `csc-` and 17 characters. */
  readonly id: string
  readonly description: string
  readonly profiles: readonly string[]
  readonly untrusted: UntrustedPolicy
  readonly lastModifiedMs: number
  readonly tags: Readonly<Record<string, string>>
}

export const codeSigningConfigs = new Collection<CodeSigningConfigRecord>({
  name: 'lambda.code-signing-configs',
  codec: jsonCodec(1),
})

const ARN_FORM =
  /^arn:(?:aws[a-zA-Z-]*)?:lambda:([a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):(\d{12}):code-signing-config:(csc-[a-z0-9]{17})$/
const ARN_FORM_SHOWN = String.raw`arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:code-signing-config:csc-[a-z0-9]{17}`
const ARN_CHARS_MAX = 200
const PROFILE_FORM =
  /^arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9-])+:([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d)?:(\d{12})?:(.*)$/
const PROFILE_FORM_SHOWN = String.raw`arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)`

type Shown = NonNullable<LambdaOutput<'GetCodeSigningConfig'>['CodeSigningConfig']>

export function codeSigningConfigKey(config: Pick<CodeSigningConfigRecord, 'account' | 'region' | 'id'>): Key {
  return [config.account, config.region, config.id]
}

export function codeSigningConfigArn({ account, region, id }: CodeSigningConfigRecord): string {
  return `arn:aws:lambda:${region}:${account}:code-signing-config:${id}`
}

/** The form in which operations show a configuration. */
export function codeSigningConfigAnswer(config: CodeSigningConfigRecord): Shown {
  return {
    CodeSigningConfigId: config.id,
    CodeSigningConfigArn: codeSigningConfigArn(config),
    Description: config.description,
    AllowedPublishers: { SigningProfileVersionArns: [...config.profiles] },
    CodeSigningPolicies: { UntrustedArtifactOnDeployment: config.untrusted },
    LastModified: new Date(config.lastModifiedMs).toISOString().replace('Z', '+0000'),
  }
}

/** The checks that Create and Update share. Throws a ValidationException that names all faults. */
export function checkCodeSigningInput(
  input: Pick<LambdaInput<'UpdateCodeSigningConfig'>, 'Description' | 'AllowedPublishers' | 'CodeSigningPolicies'>,
): void {
  const checks = new Constraints()
    .length('description', input.Description, { max: DESCRIPTION_CHARS_MAX })
    .oneOf(
      'codeSigningPolicies.untrustedArtifactOnDeployment',
      input.CodeSigningPolicies?.UntrustedArtifactOnDeployment,
      ['Warn', 'Enforce'],
    )
  const profiles = input.AllowedPublishers?.SigningProfileVersionArns
  if (profiles)
    checks
      .range('allowedPublishers.signingProfileVersionArns', profiles.length, { min: 1, max: SIGNING_PROFILES_MAX })
      .each('allowedPublishers.signingProfileVersionArns', profiles, PROFILE_FORM, PROFILE_FORM_SHOWN)
  checks.check()
}

/** The configuration that an ARN names, by the key that the store knows. Throws a ValidationException. */
export function parseCodeSigningConfigArn(arn: string | undefined): Key {
  new Constraints()
    .length('codeSigningConfigArn', arn, { max: ARN_CHARS_MAX })
    .pattern('codeSigningConfigArn', arn, ARN_FORM, ARN_FORM_SHOWN)
    .check()
  const [, region = '', account = '', id = ''] = ARN_FORM.exec(arn ?? '') ?? []
  return [account, region, id]
}

/** The configuration, or the ResourceNotFoundException of the operations on configurations. */
export async function requireCodeSigningConfig(
  reader: Reader,
  arn: string | undefined,
  context: Pick<RequestContext, 'account' | 'region'>,
): Promise<CodeSigningConfigRecord> {
  const found = await findConfig(reader, arn, context)
  if (!found) throw resourceNotFound(`The Lambda code signing configuration ${arn} can not be found.`)
  return found
}

/** The same for operations on functions, which have an error of their own. */
export async function requireCodeSigningConfigOfFunction(
  reader: Reader,
  arn: string | undefined,
  context: Pick<RequestContext, 'account' | 'region'>,
): Promise<CodeSigningConfigRecord> {
  const found = await findConfig(reader, arn, context)
  if (found) return found
  throw new AwsError(
    'CodeSigningConfigNotFoundException',
    404,
    `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${arn}.`,
    { fields: { Type: 'User' } },
  )
}

async function findConfig(
  reader: Reader,
  arn: string | undefined,
  context: Pick<RequestContext, 'account' | 'region'>,
): Promise<CodeSigningConfigRecord | undefined> {
  const key = parseCodeSigningConfigArn(arn)
  // One of another account or region is not there for this caller.
  if (key[0] !== context.account || key[1] !== context.region) return undefined
  return (await codeSigningConfigs.get(reader, key))?.value
}

/** Throws AWS's CodeVerificationFailedException where the configuration lets no unsigned package through. */
export function checkSigned(config: Pick<CodeSigningConfigRecord, 'untrusted'>, functionArn: string): void {
  if (config.untrusted === 'Warn') return
  throw new AwsError(
    'CodeVerificationFailedException',
    400,
    `Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is not configured to accept. Check the provided signature for ${functionArn}.`,
    { fields: { Type: 'User' } },
  )
}

/** The same for new code of a function that is there. */
export async function checkCodeMayChange(reader: Reader, owner: FunctionRecord, functionArn: string): Promise<void> {
  if (owner.codeSigningConfigArn === undefined) return
  const found = await codeSigningConfigs.get(reader, parseCodeSigningConfigArn(owner.codeSigningConfigArn))
  if (found) checkSigned(found.value, functionArn)
}
