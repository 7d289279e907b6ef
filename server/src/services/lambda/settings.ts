// What CreateFunction and UpdateFunctionConfiguration share: the checks of a function's settings, and their defaults.
import { Constraints } from './constraints.ts'
import { checkDurableConfig } from './durable/durable-config.ts'
import { invalidParameter, notSupportedYet } from './errors.ts'
import {
  DEFAULT_EPHEMERAL_MB,
  DEFAULT_MEMORY_MB,
  DEFAULT_TIMEOUT_S,
  DESCRIPTION_CHARS_MAX,
  ENVIRONMENT_BYTES_MAX,
  EPHEMERAL_MB_MAX,
  EPHEMERAL_MB_MIN,
  HANDLER_CHARS_MAX,
  MEMORY_MB_MAX,
  MEMORY_MB_MIN,
  TIMEOUT_S_MAX,
  TIMEOUT_S_MIN,
} from './limits.ts'
import type { Variables } from './environment.ts'
import { applyLogSettings, checkLogSettings } from './log-settings.ts'
import type { LambdaInput } from './model.ts'
import type { LayerUse, VersionRecord } from './function-record.ts'
import { checkConcurrency } from './instance-concurrency.ts'
import { checkImageConfig, checkSettingsOf, overridesOf, type PackageType } from './package-type.ts'
import { runtimeOf } from './runtimes.ts'

/** The members that both operations have. */
export type SettingsInput = LambdaInput<'UpdateFunctionConfiguration'>

/** What may be set, with the variables readable: `sealEnvironment` makes of it what is stored. */
export type Settings = Pick<
  VersionRecord,
  | 'runtime'
  | 'handler'
  | 'role'
  | 'description'
  | 'timeoutS'
  | 'memoryMb'
  | 'ephemeralMb'
  | 'kmsKey'
  | 'sealed'
  | 'tracing'
  | 'logGroup'
  | 'logSettings'
  | 'layers'
  | 'snapStart'
  | 'deadLetterArn'
  | 'overrides'
> & { readonly environment: Variables | undefined }

const ROLE_FORM = /^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role\/?[a-zA-Z_0-9+=,.@\-_/]+$/
const ROLE_FORM_SHOWN = String.raw`arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`
const KEY_FORM = /^((arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|())$/
const KEY_FORM_SHOWN = String.raw`(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()`
const VARIABLE_FORM = /^[a-zA-Z]([a-zA-Z0-9_])+$/

/** Variables that Lambda itself sets; from "Defined runtime environment variables", those marked reserved. */
const RESERVED_VARIABLES: ReadonlySet<string> = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_DEFAULT_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_LAMBDA_RUNTIME_API',
  'AWS_REGION',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SECRET_KEY',
  'AWS_SESSION_TOKEN',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
])

/** The checks that AWS makes from its model. Throws a ValidationException that names all faults. */
export function checkConstraints(input: SettingsInput): void {
  checkDurableConfig(
    checkImageConfig(checkLogSettings(new Constraints(), input.LoggingConfig), input.ImageConfig),
    input.DurableConfig,
  )
    .length('handler', input.Handler, { max: HANDLER_CHARS_MAX })
    .pattern('handler', input.Handler, /^[^\s]+$/, String.raw`[^\s]+`)
    .length('description', input.Description, { max: DESCRIPTION_CHARS_MAX })
    .pattern('role', input.Role, ROLE_FORM, ROLE_FORM_SHOWN)
    .pattern('kMSKeyArn', input.KMSKeyArn, KEY_FORM, KEY_FORM_SHOWN)
    .range('timeout', input.Timeout, { min: TIMEOUT_S_MIN, max: TIMEOUT_S_MAX })
    .range('memorySize', input.MemorySize, { min: MEMORY_MB_MIN, max: MEMORY_MB_MAX })
    .range('ephemeralStorage.size', input.EphemeralStorage?.Size, { min: EPHEMERAL_MB_MIN, max: EPHEMERAL_MB_MAX })
    .oneOf('tracingConfig.mode', input.TracingConfig?.Mode, ['Active', 'PassThrough'])
    .oneOf('snapStart.applyOn', input.SnapStart?.ApplyOn, ['PublishedVersions', 'None'])
    .check()
}

/**
 * The settings after applying `input` on `before`; `layers` are those that it names, undefined when it names none. Throws InvalidParameterValueException for what AWS refuses beyond its
 * model, and for what Mayfly cannot do yet.
 */
export function applySettings(
  input: SettingsInput,
  before: Settings,
  layers: readonly LayerUse[] | undefined,
  packageType: PackageType,
): Settings {
  refuseUnsupported(input)
  checkSettingsOf(packageType, input)
  const runtime = input.Runtime === undefined ? before.runtime : runtimeOf(input.Runtime).name
  const variables = input.Environment?.Variables
  if (variables) checkEnvironment(variables)
  const environment = input.Environment === undefined ? before.environment : environmentOf(variables)
  checkConcurrency(runtime, environment)
  return {
    runtime,
    handler: input.Handler ?? before.handler,
    role: input.Role ?? before.role,
    description: input.Description ?? before.description,
    timeoutS: input.Timeout ?? before.timeoutS,
    memoryMb: input.MemorySize ?? before.memoryMb,
    ephemeralMb: input.EphemeralStorage?.Size ?? before.ephemeralMb,
    environment,
    // An empty ARN takes the key away.
    kmsKey: input.KMSKeyArn === undefined ? before.kmsKey : input.KMSKeyArn || undefined,
    sealed: input.Environment === undefined ? before.sealed : undefined,
    tracing: input.TracingConfig?.Mode ?? before.tracing,
    logGroup: input.LoggingConfig?.LogGroup ?? before.logGroup,
    logSettings: applyLogSettings(input.LoggingConfig, before.logSettings),
    layers: layers ?? before.layers ?? [],
    overrides: input.ImageConfig ? overridesOf(input.ImageConfig) : before.overrides,
    snapStart: input.SnapStart?.ApplyOn ?? before.snapStart ?? 'None',
    // An empty ARN takes the dead-letter queue away.
    deadLetterArn: input.DeadLetterConfig ? input.DeadLetterConfig.TargetArn || undefined : before.deadLetterArn,
  }
}

/** The settings of a function about which nothing was said but what AWS demands. */
export function defaultSettings(required: { readonly name: string; readonly role: string }): Settings {
  return {
    runtime: '',
    handler: '',
    role: required.role,
    description: '',
    timeoutS: DEFAULT_TIMEOUT_S,
    memoryMb: DEFAULT_MEMORY_MB,
    ephemeralMb: DEFAULT_EPHEMERAL_MB,
    environment: undefined,
    tracing: 'PassThrough',
    logGroup: `/aws/lambda/${required.name}`,
    deadLetterArn: undefined,
  }
}

/** An environment that was emptied is left out of answers, as one that was never given. */
function environmentOf(variables: Record<string, string> | undefined): Settings['environment'] {
  return variables && Object.keys(variables).length > 0 ? variables : undefined
}

function checkEnvironment(variables: Readonly<Record<string, string>>): void {
  const names = Object.keys(variables)
  new Constraints().mapKeys('environment.variables', names, VARIABLE_FORM, '[a-zA-Z]([a-zA-Z0-9_])+').check()
  const reserved = names.filter((name) => RESERVED_VARIABLES.has(name))
  if (reserved.length > 0)
    throw invalidParameter(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    )
  const text = JSON.stringify(variables)
  if (Buffer.byteLength(text) > ENVIRONMENT_BYTES_MAX)
    throw invalidParameter(
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${text}`,
    )
}

function refuseUnsupported(input: SettingsInput): void {
  if ((input.VpcConfig?.SubnetIds?.length ?? 0) > 0 || (input.VpcConfig?.SecurityGroupIds?.length ?? 0) > 0)
    throw notSupportedYet('VpcConfig')
  if ((input.FileSystemConfigs?.length ?? 0) > 0) throw notSupportedYet('FileSystemConfigs')
  if (input.CapacityProviderConfig) throw notSupportedYet('CapacityProviderConfig')
}
