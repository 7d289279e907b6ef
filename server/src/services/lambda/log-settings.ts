// How a function logs: as text, or as JSON with a least level for its own events and for the platform's. Source: developer
// guide, "Configuring advanced logging controls".
import type { Constraints } from './constraints.ts'
import { invalidParameter } from './errors.ts'
import type { LambdaInput, LambdaOutput } from './model.ts'
import { jsonSystemLog, SYSTEM_LEVELS, type SystemLevel, type SystemLog } from './system-log.ts'
import { TEXT_SYSTEM_LOG } from './text-system-log.ts'

/** From the most to the least detail. */
const APPLICATION_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const
type ApplicationLevel = (typeof APPLICATION_LEVELS)[number]

export type LogSettings =
  | { readonly format: 'Text' }
  | { readonly format: 'JSON'; readonly application: ApplicationLevel; readonly system: SystemLevel }

const TEXT: LogSettings = { format: 'Text' }
const LOG_GROUP_FORM = /^[.\-_/#A-Za-z0-9]+$/

type Given = LambdaInput<'UpdateFunctionConfiguration'>['LoggingConfig']

export function checkLogSettings(checks: Constraints, given: Given): Constraints {
  return checks
    .oneOf('loggingConfig.logFormat', given?.LogFormat, ['JSON', 'Text'])
    .oneOf('loggingConfig.applicationLogLevel', given?.ApplicationLogLevel, APPLICATION_LEVELS)
    .oneOf('loggingConfig.systemLogLevel', given?.SystemLogLevel, SYSTEM_LEVELS)
    .length('loggingConfig.logGroup', given?.LogGroup, { min: 1, max: 512 })
    .pattern('loggingConfig.logGroup', given?.LogGroup, LOG_GROUP_FORM, String.raw`[\.\-_/#A-Za-z0-9]+`)
}

/** The settings after applying what was given. Throws InvalidParameterValueException for levels of text. */
export function applyLogSettings(given: Given, before: LogSettings | undefined = TEXT): LogSettings {
  if (given === undefined) return before
  const { LogFormat: format = before.format, ApplicationLogLevel: application, SystemLogLevel: system } = given
  if (format === 'Text') {
    if (application !== undefined || system !== undefined)
      throw invalidParameter('ApplicationLogLevel and SystemLogLevel can be set with LogFormat JSON only.')
    return TEXT
  }
  const levels = before.format === 'JSON' ? before : { application: 'INFO' as const, system: 'INFO' as const }
  return { format: 'JSON', application: application ?? levels.application, system: system ?? levels.system }
}

/** The form in which a function's configuration shows them. */
export function logSettingsAnswer(
  settings: LogSettings | undefined,
  group: string,
): NonNullable<LambdaOutput<'GetFunctionConfiguration'>['LoggingConfig']> {
  if (settings?.format !== 'JSON') return { LogFormat: 'Text', LogGroup: group }
  const { application, system } = settings
  return { LogFormat: 'JSON', ApplicationLogLevel: application, SystemLogLevel: system, LogGroup: group }
}

/** What tells the runtime of them. */
export function logVariables(settings: LogSettings | undefined): Readonly<Record<string, string>> {
  if (settings?.format !== 'JSON') return {}
  return { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: settings.application }
}

export function systemLogOf(settings: LogSettings | undefined): SystemLog {
  return settings?.format === 'JSON' ? jsonSystemLog(settings.system) : TEXT_SYSTEM_LOG
}

/**
 * Whether a line that the function printed is kept. Only an event in JSON that tells its time and its level can be below the
 * least one; everything else counts as INFO would, as on AWS, and is kept.
 */
export function isKept(settings: LogSettings | undefined, line: string | Buffer): boolean {
  if (settings?.format !== 'JSON' || settings.application === 'TRACE') return true
  const text = line.toString()
  if (!text.startsWith('{')) return true
  try {
    const { level, timestamp } = JSON.parse(text) as { readonly level?: unknown; readonly timestamp?: unknown }
    if (typeof level !== 'string' || typeof timestamp !== 'string' || Number.isNaN(Date.parse(timestamp))) return true
    const rank = APPLICATION_LEVELS.findIndex((name) => name === level.toUpperCase().replace('WARNING', 'WARN'))
    return rank < 0 || rank >= APPLICATION_LEVELS.indexOf(settings.application)
  } catch {
    return true
  }
}
