// What CreateEventSourceMapping and UpdateEventSourceMapping share: the checks of a mapping's settings, their defaults,
// and what each kind of source allows. Source: API pages of both operations; messages as the service words them.
import { Constraints } from '../constraints.ts'
import { invalidParameter, notSupportedYet } from '../errors.ts'
import type { LambdaInput } from '../model.ts'
import { compileFilters } from './filters.ts'
import {
  BATCH_RECORDS_MAX,
  CONCURRENCY_MAX,
  CONCURRENCY_MIN,
  DEFAULT_QUEUE_BATCH,
  DEFAULT_STREAM_BATCH,
  DESTINATION_CHARS_MAX,
  FILTER_CHARS_MAX,
  FILTERS_MAX,
  PARALLELIZATION_MAX,
  RECORD_AGE_S_MAX,
  RECORD_AGE_S_MIN,
  RETRIES_MAX,
  TUMBLING_WINDOW_S_MAX,
  UNWINDOWED_BATCH_RECORDS_MAX,
  WINDOW_S_MAX,
} from './limits.ts'
import type { CommonSettings, QueueSettings, StartingPosition, StreamSettings } from './mapping-record.ts'
import type { SourceArn, SourceService } from './source-arn.ts'

/** The members that both operations have. */
export type MappingInput = Omit<LambdaInput<'UpdateEventSourceMapping'>, 'UUID' | 'FunctionName' | 'Enabled'>

const METRICS = ['EventCount', 'ErrorCount', 'KafkaMetrics']
const ARN_FORM = /^arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9-])+:([a-z]{2}(-gov)?(-[a-z]+)+-\d)?:(\d{12})?:(.*)$/s
const ARN_FORM_SHOWN = String.raw`arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*)`
const KMS_FORM = /^(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)?$/
const KMS_FORM_SHOWN = '(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()'

/** The checks that AWS makes from its model. Throws a ValidationException that names all faults. */
export function checkMappingConstraints(input: MappingInput): void {
  new Constraints()
    .range('batchSize', input.BatchSize, { min: 1, max: BATCH_RECORDS_MAX })
    .range('maximumBatchingWindowInSeconds', input.MaximumBatchingWindowInSeconds, { min: 0, max: WINDOW_S_MAX })
    .range('parallelizationFactor', input.ParallelizationFactor, { min: 1, max: PARALLELIZATION_MAX })
    .range('maximumRecordAgeInSeconds', input.MaximumRecordAgeInSeconds, { min: -1, max: RECORD_AGE_S_MAX })
    .range('maximumRetryAttempts', input.MaximumRetryAttempts, { min: -1, max: RETRIES_MAX })
    .range('tumblingWindowInSeconds', input.TumblingWindowInSeconds, { min: 0, max: TUMBLING_WINDOW_S_MAX })
    .range('scalingConfig.maximumConcurrency', input.ScalingConfig?.MaximumConcurrency, {
      min: CONCURRENCY_MIN,
      max: CONCURRENCY_MAX,
    })
    .range('provisionedPollerConfig.minimumPollers', input.ProvisionedPollerConfig?.MinimumPollers, {
      min: 1,
      max: 200,
    })
    .range('provisionedPollerConfig.maximumPollers', input.ProvisionedPollerConfig?.MaximumPollers, {
      min: 1,
      max: 2000,
    })
    .pattern('kMSKeyArn', input.KMSKeyArn, KMS_FORM, KMS_FORM_SHOWN)
    .length('destinationConfig.onFailure.destination', input.DestinationConfig?.OnFailure?.Destination, {
      max: DESTINATION_CHARS_MAX,
    })
    .check()
  for (const type of input.FunctionResponseTypes ?? [])
    new Constraints().oneOf('functionResponseTypes', type, ['ReportBatchItemFailures']).check()
  for (const metric of input.MetricsConfig?.Metrics ?? [])
    new Constraints().oneOf('metricsConfig.metrics', metric, METRICS).check()
  for (const filter of input.FilterCriteria?.Filters ?? [])
    new Constraints().length('filterCriteria.filters.pattern', filter.Pattern, { max: FILTER_CHARS_MAX }).check()
}

export function checkArnForm(at: string, arn: string | undefined): void {
  new Constraints().pattern(at, arn, ARN_FORM, ARN_FORM_SHOWN).check()
}

/** The settings of a queue's mapping after `input` on `before`; without `before`, on the defaults. */
export function queueSettings(
  input: MappingInput,
  functionArn: string,
  fifo: boolean,
  before: QueueSettings | undefined,
): QueueSettings {
  refuseMembers(input, STREAM_MEMBERS)
  const common = commonSettings(input, functionArn, 'sqs', before ?? { ...COMMON, batchSize: DEFAULT_QUEUE_BATCH })
  if (fifo && common.windowS > 0)
    throw invalidParameter('Maximum batch window in seconds is not supported for FIFO queues')
  if (common.batchSize > UNWINDOWED_BATCH_RECORDS_MAX && fifo)
    throw invalidParameter(`Batch size must not exceed ${UNWINDOWED_BATCH_RECORDS_MAX} for FIFO queues`)
  checkBatchWindow(common)
  const { ScalingConfig, ProvisionedPollerConfig } = input
  const settings = {
    ...common,
    concurrencyMax: ScalingConfig === undefined ? before?.concurrencyMax : ScalingConfig.MaximumConcurrency,
    provisionedPollers: pollersOf(ProvisionedPollerConfig, before),
  }
  if (settings.concurrencyMax !== undefined && settings.provisionedPollers)
    throw invalidParameter(
      'Provisioned mode for SQS ESM does not support maximum concurrency feature. Use MaximumPollers as the control mechanism and remove maximum concurrency.',
    )
  return settings
}

/** The settings of a stream's mapping after `input` on `before`; without `before`, on the defaults. */
export function streamSettings(
  input: MappingInput,
  functionArn: string,
  service: SourceService,
  before: StreamSettings | undefined,
): StreamSettings {
  refuseMembers(input, QUEUE_MEMBERS)
  const common = commonSettings(input, functionArn, service, before ?? { ...COMMON, batchSize: DEFAULT_STREAM_BATCH })
  const recordAgeMaxS = input.MaximumRecordAgeInSeconds ?? before?.recordAgeMaxS ?? -1
  if (recordAgeMaxS >= 0 && recordAgeMaxS < RECORD_AGE_S_MIN)
    throw invalidParameter(
      `MaximumRecordAgeInSeconds must be -1 or between ${RECORD_AGE_S_MIN} and ${RECORD_AGE_S_MAX}.`,
    )
  if (input.DestinationConfig?.OnSuccess?.Destination !== undefined)
    throw invalidParameter("Unsupported 'onSuccess' parameter for given event source mapping type.")
  return {
    ...common,
    parallelizationFactor: input.ParallelizationFactor ?? before?.parallelizationFactor ?? 1,
    retriesMax: input.MaximumRetryAttempts ?? before?.retriesMax ?? -1,
    recordAgeMaxS,
    bisects: input.BisectBatchOnFunctionError ?? before?.bisects ?? false,
    tumblingWindowS: input.TumblingWindowInSeconds ?? before?.tumblingWindowS ?? 0,
    // An empty destination takes it away.
    onFailureArn: input.DestinationConfig
      ? (input.DestinationConfig.OnFailure?.Destination ?? '') || undefined
      : before?.onFailureArn,
  }
}

/** Where a stream's mapping begins. */
export function startingPosition(
  input: Pick<LambdaInput<'CreateEventSourceMapping'>, 'StartingPosition' | 'StartingPositionTimestamp'>,
  source: SourceArn,
  sourceArn: string,
): StartingPosition {
  const { StartingPosition: position, StartingPositionTimestamp: timestamp } = input
  if (position === undefined)
    throw invalidParameter(
      "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    )
  if (timestamp !== undefined && position !== 'AT_TIMESTAMP')
    throw invalidParameter('Timestamp only valid with StartingPosition AT_TIMESTAMP')
  if (position !== 'AT_TIMESTAMP') return { kind: position }
  if (source.service === 'dynamodb') throw invalidParameter(`Unsupported starting position for arn type: ${sourceArn}`)
  if (timestamp === undefined) throw invalidParameter('StartingPosition AT_TIMESTAMP needs a StartingPositionTimestamp')
  return { kind: 'AT_TIMESTAMP', timeMs: timestamp.getTime() }
}

const COMMON = {
  windowS: 0,
  filters: [],
  reportsItemFailures: false,
  kmsKeyArn: undefined,
  metrics: undefined,
} as const

function commonSettings(
  input: MappingInput,
  functionArn: string,
  service: SourceService,
  before: Omit<CommonSettings, 'functionArn'>,
): CommonSettings {
  refuseMembers(input, ABSENT_MEMBERS)
  const { FilterCriteria, FunctionResponseTypes, KMSKeyArn, MetricsConfig } = input
  const filters = FilterCriteria ? patternsOf(FilterCriteria.Filters) : before.filters
  compileFilters(filters, service)
  const settings = {
    functionArn,
    batchSize: input.BatchSize ?? before.batchSize,
    windowS: input.MaximumBatchingWindowInSeconds ?? before.windowS,
    filters,
    reportsItemFailures: FunctionResponseTypes ? FunctionResponseTypes.length > 0 : before.reportsItemFailures,
    kmsKeyArn: KMSKeyArn === undefined ? before.kmsKeyArn : KMSKeyArn || undefined,
    metrics: MetricsConfig === undefined ? before.metrics : MetricsConfig.Metrics,
  }
  if (settings.metrics?.includes('KafkaMetrics') === true)
    throw invalidParameter('KafkaMetrics is only supported for Kafka event source mappings.')
  return settings
}

function patternsOf(filters: readonly { readonly Pattern?: string | undefined }[] | undefined): readonly string[] {
  if ((filters?.length ?? 0) > FILTERS_MAX)
    throw invalidParameter(`Maximum number of filters allowed per event source mapping is ${FILTERS_MAX}.`)
  return (filters ?? []).map(({ Pattern }) => {
    if (!Pattern) throw invalidParameter('Invalid filter pattern definition.')
    return Pattern
  })
}

/** Sources without an order hand over at most ten messages at once, unless they may wait for more. */
function checkBatchWindow({ batchSize, windowS }: CommonSettings): void {
  if (batchSize > UNWINDOWED_BATCH_RECORDS_MAX && windowS === 0)
    throw invalidParameter(
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    )
}

function pollersOf(
  config: MappingInput['ProvisionedPollerConfig'],
  before: QueueSettings | undefined,
): QueueSettings['provisionedPollers'] {
  if (config === undefined) return before?.provisionedPollers
  const { MinimumPollers: min, MaximumPollers: max } = config
  if (min === undefined && max === undefined) return undefined
  if (min !== undefined && max !== undefined && min > max)
    throw invalidParameter('MinimumPollers must be less than or equal to MaximumPollers.')
  return { min, max }
}

const STREAM_MEMBERS = [
  'ParallelizationFactor',
  'DestinationConfig',
  'MaximumRecordAgeInSeconds',
  'BisectBatchOnFunctionError',
  'MaximumRetryAttempts',
  'TumblingWindowInSeconds',
] as const
const QUEUE_MEMBERS = ['ScalingConfig', 'ProvisionedPollerConfig'] as const
/** Of sources that are not there. */
const ABSENT_MEMBERS = [
  'SourceAccessConfigurations',
  'AmazonManagedKafkaEventSourceConfig',
  'SelfManagedKafkaEventSourceConfig',
  'DocumentDBEventSourceConfig',
  'LoggingConfig',
] as const

function refuseMembers(input: MappingInput, members: readonly (keyof MappingInput)[]): void {
  for (const member of members) {
    const value = input[member]
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue
    const name = `${member.charAt(0).toLowerCase()}${member.slice(1)}`
    throw invalidParameter(`Unsupported '${name}' parameter for given event source mapping type.`)
  }
}

/** For what AWS polls and Mayfly has not. */
export function refuseAbsentSource(what: string): never {
  throw notSupportedYet(what)
}
