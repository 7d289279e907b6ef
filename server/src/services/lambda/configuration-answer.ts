// The FunctionConfiguration document that most operations answer with, filled as AWS fills it.
import type { Engine } from '#engine/engine.ts'
import { durableConfigAnswer } from './durable/durable-config.ts'
import { variablesOf } from './environment.ts'
import { type FunctionRef, functionArn } from './function-name.ts'
import type { ProgramOverrides, VersionRecord } from './function-record.ts'
import { STATE_REASON_CHARS_MAX } from './limits.ts'
import { logSettingsAnswer } from './log-settings.ts'
import type { LambdaOutput } from './model.ts'
import { codeBytesOf, packageTypeOf, shownDigestOf } from './package-type.ts'
import { runtimeVersionArn } from './runtimes.ts'
import type { LambdaPorts } from './ports.ts'
import { hasSnapshot } from './snapshot-record.ts'

export type ConfigurationAnswer = LambdaOutput<'GetFunctionConfiguration'>

/** `qualifier`: what the ARN names, where a version or an alias was asked for or a version was made. */
export function configurationAnswer(
  ports: Pick<LambdaPorts, 'boxes'>,
  ref: Pick<FunctionRef, 'account' | 'region' | 'name'>,
  record: VersionRecord,
  qualifier: string | undefined,
): ConfigurationAnswer {
  const arn = functionArn(ref)
  const variables = variablesOf(ports, ref, record)
  const packageType = packageTypeOf(record)
  return {
    FunctionName: ref.name,
    FunctionArn: qualifier === undefined ? arn : `${arn}:${qualifier}`,
    ...(packageType === 'Zip' && {
      Runtime: record.runtime as NonNullable<ConfigurationAnswer['Runtime']>,
      Handler: record.handler,
    }),
    Role: record.role,
    CodeSize: codeBytesOf(record.code),
    Description: record.description,
    Timeout: record.timeoutS,
    MemorySize: record.memoryMb,
    LastModified: lastModified(record.lastModifiedMs),
    CodeSha256: shownDigestOf(record.code),
    Version: record.version,
    ...(variables && { Environment: { Variables: variables } }),
    ...(record.kmsKey !== undefined && { KMSKeyArn: record.kmsKey }),
    ...(record.deadLetterArn !== undefined && { DeadLetterConfig: { TargetArn: record.deadLetterArn } }),
    TracingConfig: { Mode: record.tracing as 'Active' | 'PassThrough' },
    RevisionId: record.revisionId,
    // A function is ready when its creation is acknowledged, so it is never Pending.
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: packageType,
    ...(record.overrides && { ImageConfigResponse: { ImageConfig: imageConfigOf(record.overrides) } }),
    Architectures: [record.architecture as 'x86_64' | 'arm64'],
    ...((record.layers?.length ?? 0) > 0 && {
      Layers: record.layers?.map(({ arn, code }) => ({ Arn: arn, CodeSize: code.zipBytes })) ?? [],
    }),
    EphemeralStorage: { Size: record.ephemeralMb },
    SnapStart: { ApplyOn: record.snapStart ?? 'None', OptimizationStatus: hasSnapshot(record) ? 'On' : 'Off' },
    ...(packageType === 'Zip' && {
      RuntimeVersionConfig: { RuntimeVersionArn: runtimeVersionArn(record.runtime, ref.region) },
    }),
    LoggingConfig: logSettingsAnswer(record.logSettings, record.logGroup),
    ...durableConfigAnswer(record),
    ...(record.tenancy !== undefined && { TenancyConfig: { TenantIsolationMode: record.tenancy } }),
  }
}

function imageConfigOf({ entryPoint, command, workingDirectory }: ProgramOverrides) {
  return {
    ...(entryPoint && { EntryPoint: [...entryPoint] }),
    ...(command && { Command: [...command] }),
    ...(workingDirectory !== undefined && { WorkingDirectory: workingDirectory }),
  }
}

/** Where functions run with less than full isolation, their configuration says so: AWS has a reason beside the state. */
export function weakIsolation(engine: Engine): Pick<ConfigurationAnswer, 'StateReason'> {
  const { tier, weaknesses } = engine.status()
  if (tier === 'A') return {}
  const what = weaknesses.map((weakness) => weakness.what).join('; ')
  return { StateReason: `Isolation tier ${tier} on this machine: ${what}`.slice(0, STATE_REASON_CHARS_MAX) }
}

/** AWS's own form: `2026-11-21T09:30:00.123+0000`. */
function lastModified(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('Z', '+0000')
}
