// The document that all operations on event source mappings answer with, filled as AWS fills it: queues and streams have
// different members.
import type { LambdaOutput } from '../model.ts'
import { type MappingRecord, mappingArn, type StreamMapping } from './mapping-record.ts'

export type MappingAnswer = LambdaOutput<'GetEventSourceMapping'>

/** `lastResult`: how the last batch ended; undefined when none was processed. */
export function mappingAnswer(record: MappingRecord, lastResult: string | undefined): MappingAnswer {
  const { settings } = record
  return {
    UUID: record.uuid,
    EventSourceMappingArn: mappingArn(record),
    EventSourceArn: record.sourceArn,
    FunctionArn: settings.functionArn,
    State: record.state,
    LastModified: new Date(record.lastModifiedMs),
    BatchSize: settings.batchSize,
    MaximumBatchingWindowInSeconds: settings.windowS,
    FunctionResponseTypes: settings.reportsItemFailures ? ['ReportBatchItemFailures'] : [],
    ...(settings.filters.length > 0 && {
      FilterCriteria: { Filters: settings.filters.map((Pattern) => ({ Pattern })) },
    }),
    ...(settings.kmsKeyArn !== undefined && { KMSKeyArn: settings.kmsKeyArn }),
    // Checked against AWS's list when they were given.
    ...(settings.metrics && { MetricsConfig: { Metrics: settings.metrics as MetricName[] } }),
    ...(lastResult !== undefined && { LastProcessingResult: lastResult }),
    ...(record.kind === 'queue' ? queueMembers(record.settings) : streamMembers(record)),
  }
}

type MetricName = NonNullable<NonNullable<MappingAnswer['MetricsConfig']>['Metrics']>[number]

function queueMembers(settings: Extract<MappingRecord, { kind: 'queue' }>['settings']): MappingAnswer {
  const { concurrencyMax, provisionedPollers } = settings
  return {
    StateTransitionReason: 'USER_INITIATED',
    ...(concurrencyMax !== undefined && { ScalingConfig: { MaximumConcurrency: concurrencyMax } }),
    ...(provisionedPollers && {
      ProvisionedPollerConfig: { MinimumPollers: provisionedPollers.min, MaximumPollers: provisionedPollers.max },
    }),
  }
}

function streamMembers({ startingPosition, settings }: StreamMapping): MappingAnswer {
  return {
    StateTransitionReason: 'User action',
    StartingPosition: startingPosition.kind,
    ...(startingPosition.kind === 'AT_TIMESTAMP' && { StartingPositionTimestamp: new Date(startingPosition.timeMs) }),
    ParallelizationFactor: settings.parallelizationFactor,
    BisectBatchOnFunctionError: settings.bisects,
    MaximumRecordAgeInSeconds: settings.recordAgeMaxS,
    MaximumRetryAttempts: settings.retriesMax,
    TumblingWindowInSeconds: settings.tumblingWindowS,
    DestinationConfig: {
      OnFailure: settings.onFailureArn === undefined ? {} : { Destination: settings.onFailureArn },
    },
  }
}
