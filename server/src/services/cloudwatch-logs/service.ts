// Every operation of CloudWatch Logs: who handles it, and what it needs permission for. Actions and resources are those
// of the service authorization reference. What is not built answers with an explicit error.
import { bindService, type OperationTable, type RequestContext, type Service } from '#protocol/operation.ts'
import { resourceTags } from '#protocol/resource-tags.ts'
import type { LogsDeps, LogsModel } from './model.ts'
import { resourceArn, streamArn } from './names.ts'
import { createLogGroup } from './operations/create-log-group.ts'
import { createLogStream } from './operations/create-log-stream.ts'
import { deleteLogGroup } from './operations/delete-log-group.ts'
import { deleteLogStream } from './operations/delete-log-stream.ts'
import { deleteRetentionPolicy } from './operations/delete-retention-policy.ts'
import { describeLogGroups } from './operations/describe-log-groups.ts'
import { describeLogStreams } from './operations/describe-log-streams.ts'
import { filterLogEvents } from './operations/filter-log-events.ts'
import { getLogEvents } from './operations/get-log-events.ts'
import { listTagsForResource } from './operations/list-tags-for-resource.ts'
import { listTagsLogGroup } from './operations/list-tags-log-group.ts'
import { putLogEvents } from './operations/put-log-events.ts'
import { putLogGroupDeletionProtection } from './operations/put-log-group-deletion-protection.ts'
import { putRetentionPolicy } from './operations/put-retention-policy.ts'
import { startLiveTail } from './operations/start-live-tail.ts'
import { tagLogGroup } from './operations/tag-log-group.ts'
import { tagResource } from './operations/tag-resource.ts'
import { testMetricFilter } from './operations/test-metric-filter.ts'
import { untagLogGroup } from './operations/untag-log-group.ts'
import { untagResource } from './operations/untag-resource.ts'
import { unbuiltOfLogs } from './unbuilt.ts'

type Text = string | undefined

/** The name in an ARN of a group, with or without :*. Never throws: a broken identifier is the operation's to refuse. */
function nameIn(identifier: string): string {
  return /:log-group:([^:]+)/.exec(identifier)?.[1] ?? identifier
}

// What is done with a group is checked on an ARN that ends as if a stream followed: so policies on `log-group:name:*`
// cover it, as on AWS.
function onGroup({ logGroupName }: { readonly logGroupName?: Text }, context: RequestContext): string {
  return streamArn(context, logGroupName ?? '', '')
}

function onIdentifier({ logGroupIdentifier }: { readonly logGroupIdentifier?: Text }, context: RequestContext): string {
  return streamArn(context, nameIn(logGroupIdentifier ?? ''), '')
}

interface NamesGroup {
  readonly logGroupName?: Text
  readonly logGroupIdentifier?: Text
}

function onEither(input: NamesGroup, context: RequestContext): string {
  return input.logGroupName === undefined ? onIdentifier(input, context) : onGroup(input, context)
}

function onStream(
  input: { readonly logGroupName?: Text; readonly logStreamName?: Text },
  context: RequestContext,
): string {
  return streamArn(context, input.logGroupName ?? '', input.logStreamName ?? '')
}

function onStreamOfEither(input: NamesGroup & { readonly logStreamName?: Text }, context: RequestContext): string {
  return onEither(input, context) + (input.logStreamName ?? '')
}

function onAllGroups(_input: unknown, context: RequestContext): string {
  return streamArn(context, '', '')
}

function onAnything(): string {
  return '*'
}

/** A named resource of another kind. Some may be given by their ARN as well. */
function on<I>(kind: string, nameOf: (input: I) => Text): (input: I, context: RequestContext) => string {
  return (input, context) => {
    const name = nameOf(input) ?? '*'
    return name.startsWith('arn:') ? name : resourceArn(context, `${kind}:${name}`)
  }
}

export const cloudWatchLogsOperations: OperationTable<LogsDeps, LogsModel> = {
  AssociateKmsKey: { handle: 'notImplemented', action: 'logs:AssociateKmsKey', resource: onGroup },
  AssociateSourceToS3TableIntegration: {
    handle: 'notImplemented',
    action: 'logs:AssociateSourceToS3TableIntegration',
    resource: onAnything,
  },
  CancelExportTask: { handle: 'notImplemented', action: 'logs:CancelExportTask', resource: onAnything },
  CancelImportTask: { handle: 'notImplemented', action: 'logs:CancelImportTask', resource: onAnything },
  CreateDelivery: {
    handle: 'notImplemented',
    action: 'logs:CreateDelivery',
    resource: on('delivery-source', (input) => input.deliverySourceName),
  },
  CreateExportTask: { handle: 'notImplemented', action: 'logs:CreateExportTask', resource: onGroup },
  CreateImportTask: { handle: 'notImplemented', action: 'logs:CreateImportTask', resource: onAnything },
  CreateLogAnomalyDetector: { handle: 'notImplemented', action: 'logs:CreateLogAnomalyDetector', resource: onAnything },
  CreateLogGroup: { handle: createLogGroup, action: 'logs:CreateLogGroup', resource: onGroup },
  CreateLogStream: { handle: createLogStream, action: 'logs:CreateLogStream', resource: onStream },
  CreateLookupTable: {
    handle: 'notImplemented',
    action: 'logs:CreateLookupTable',
    resource: on('lookup-table', (input) => input.lookupTableName),
  },
  CreateScheduledQuery: { handle: 'notImplemented', action: 'logs:CreateScheduledQuery', resource: onAnything },
  DeleteAccountPolicy: { handle: 'notImplemented', action: 'logs:DeleteAccountPolicy', resource: onAnything },
  DeleteDataProtectionPolicy: {
    handle: 'notImplemented',
    action: 'logs:DeleteDataProtectionPolicy',
    resource: onIdentifier,
  },
  DeleteDelivery: {
    handle: 'notImplemented',
    action: 'logs:DeleteDelivery',
    resource: on('delivery', (input) => input.id),
  },
  DeleteDeliveryDestination: {
    handle: 'notImplemented',
    action: 'logs:DeleteDeliveryDestination',
    resource: on('delivery-destination', (input) => input.name),
  },
  DeleteDeliveryDestinationPolicy: {
    handle: 'notImplemented',
    action: 'logs:DeleteDeliveryDestinationPolicy',
    resource: on('delivery-destination', (input) => input.deliveryDestinationName),
  },
  DeleteDeliverySource: {
    handle: 'notImplemented',
    action: 'logs:DeleteDeliverySource',
    resource: on('delivery-source', (input) => input.name),
  },
  DeleteDestination: {
    handle: 'notImplemented',
    action: 'logs:DeleteDestination',
    resource: on('destination', (input) => input.destinationName),
  },
  DeleteIndexPolicy: { handle: 'notImplemented', action: 'logs:DeleteIndexPolicy', resource: onIdentifier },
  DeleteIntegration: { handle: 'notImplemented', action: 'logs:DeleteIntegration', resource: onAnything },
  DeleteLogAnomalyDetector: {
    handle: 'notImplemented',
    action: 'logs:DeleteLogAnomalyDetector',
    resource: (input) => input.anomalyDetectorArn ?? '*',
  },
  DeleteLogGroup: { handle: deleteLogGroup, action: 'logs:DeleteLogGroup', resource: onGroup },
  DeleteLogStream: { handle: deleteLogStream, action: 'logs:DeleteLogStream', resource: onStream },
  DeleteLookupTable: {
    handle: 'notImplemented',
    action: 'logs:DeleteLookupTable',
    resource: (input) => input.lookupTableArn ?? '*',
  },
  DeleteMetricFilter: { handle: 'notImplemented', action: 'logs:DeleteMetricFilter', resource: onGroup },
  DeleteQueryDefinition: { handle: 'notImplemented', action: 'logs:DeleteQueryDefinition', resource: onAnything },
  DeleteResourcePolicy: { handle: 'notImplemented', action: 'logs:DeleteResourcePolicy', resource: onAnything },
  DeleteRetentionPolicy: { handle: deleteRetentionPolicy, action: 'logs:DeleteRetentionPolicy', resource: onGroup },
  DeleteScheduledQuery: {
    handle: 'notImplemented',
    action: 'logs:DeleteScheduledQuery',
    resource: on('scheduled-query', (input) => input.identifier),
  },
  DeleteSubscriptionFilter: { handle: 'notImplemented', action: 'logs:DeleteSubscriptionFilter', resource: onGroup },
  DeleteSyslogConfiguration: {
    handle: 'notImplemented',
    action: 'logs:DeleteSyslogConfiguration',
    resource: onIdentifier,
  },
  DeleteTransformer: { handle: 'notImplemented', action: 'logs:DeleteTransformer', resource: onIdentifier },
  DescribeAccountPolicies: { handle: 'notImplemented', action: 'logs:DescribeAccountPolicies', resource: onAnything },
  DescribeConfigurationTemplates: {
    handle: 'notImplemented',
    action: 'logs:DescribeConfigurationTemplates',
    resource: onAnything,
  },
  DescribeDeliveries: { handle: 'notImplemented', action: 'logs:DescribeDeliveries', resource: onAnything },
  DescribeDeliveryDestinations: {
    handle: 'notImplemented',
    action: 'logs:DescribeDeliveryDestinations',
    resource: onAnything,
  },
  DescribeDeliverySources: { handle: 'notImplemented', action: 'logs:DescribeDeliverySources', resource: onAnything },
  DescribeDestinations: { handle: 'notImplemented', action: 'logs:DescribeDestinations', resource: onAnything },
  DescribeExportTasks: { handle: 'notImplemented', action: 'logs:DescribeExportTasks', resource: onAnything },
  DescribeFieldIndexes: { handle: 'notImplemented', action: 'logs:DescribeFieldIndexes', resource: onAnything },
  DescribeImportTaskBatches: {
    handle: 'notImplemented',
    action: 'logs:DescribeImportTaskBatches',
    resource: onAnything,
  },
  DescribeImportTasks: { handle: 'notImplemented', action: 'logs:DescribeImportTasks', resource: onAnything },
  DescribeIndexPolicies: { handle: 'notImplemented', action: 'logs:DescribeIndexPolicies', resource: onAnything },
  DescribeLogGroups: { handle: describeLogGroups, action: 'logs:DescribeLogGroups', resource: onAllGroups },
  DescribeLogStreams: { handle: describeLogStreams, action: 'logs:DescribeLogStreams', resource: onEither },
  DescribeLookupTables: { handle: 'notImplemented', action: 'logs:DescribeLookupTables', resource: onAnything },
  DescribeMetricFilters: { handle: 'notImplemented', action: 'logs:DescribeMetricFilters', resource: onGroup },
  DescribeQueries: { handle: 'notImplemented', action: 'logs:DescribeQueries', resource: onGroup },
  DescribeQueryDefinitions: { handle: 'notImplemented', action: 'logs:DescribeQueryDefinitions', resource: onAnything },
  DescribeResourcePolicies: { handle: 'notImplemented', action: 'logs:DescribeResourcePolicies', resource: onAnything },
  DescribeSubscriptionFilters: {
    handle: 'notImplemented',
    action: 'logs:DescribeSubscriptionFilters',
    resource: onGroup,
  },
  DisassociateKmsKey: { handle: 'notImplemented', action: 'logs:DisassociateKmsKey', resource: onGroup },
  DisassociateSourceFromS3TableIntegration: {
    handle: 'notImplemented',
    action: 'logs:DisassociateSourceFromS3TableIntegration',
    resource: onAnything,
  },
  FilterLogEvents: { handle: filterLogEvents, action: 'logs:FilterLogEvents', resource: onEither },
  GetDataProtectionPolicy: { handle: 'notImplemented', action: 'logs:GetDataProtectionPolicy', resource: onIdentifier },
  GetDelivery: { handle: 'notImplemented', action: 'logs:GetDelivery', resource: on('delivery', (input) => input.id) },
  GetDeliveryDestination: {
    handle: 'notImplemented',
    action: 'logs:GetDeliveryDestination',
    resource: on('delivery-destination', (input) => input.name),
  },
  GetDeliveryDestinationPolicy: {
    handle: 'notImplemented',
    action: 'logs:GetDeliveryDestinationPolicy',
    resource: on('delivery-destination', (input) => input.deliveryDestinationName),
  },
  GetDeliverySource: {
    handle: 'notImplemented',
    action: 'logs:GetDeliverySource',
    resource: on('delivery-source', (input) => input.name),
  },
  GetIntegration: { handle: 'notImplemented', action: 'logs:GetIntegration', resource: onAnything },
  GetLogAnomalyDetector: {
    handle: 'notImplemented',
    action: 'logs:GetLogAnomalyDetector',
    resource: (input) => input.anomalyDetectorArn ?? '*',
  },
  GetLogEvents: { handle: getLogEvents, action: 'logs:GetLogEvents', resource: onStreamOfEither },
  GetLogFields: { handle: 'notImplemented', action: 'logs:GetLogFields', resource: onAnything },
  GetLogGroupFields: { handle: 'notImplemented', action: 'logs:GetLogGroupFields', resource: onEither },
  GetLogObject: { handle: 'notImplemented', action: 'logs:GetLogObject', resource: onAnything },
  GetLogRecord: { handle: 'notImplemented', action: 'logs:GetLogRecord', resource: onAnything },
  GetLookupTable: {
    handle: 'notImplemented',
    action: 'logs:GetLookupTable',
    resource: (input) => input.lookupTableArn ?? '*',
  },
  GetQueryResults: { handle: 'notImplemented', action: 'logs:GetQueryResults', resource: onAnything },
  GetScheduledQuery: {
    handle: 'notImplemented',
    action: 'logs:GetScheduledQuery',
    resource: on('scheduled-query', (input) => input.identifier),
  },
  GetScheduledQueryHistory: {
    handle: 'notImplemented',
    action: 'logs:GetScheduledQueryHistory',
    resource: on('scheduled-query', (input) => input.identifier),
  },
  GetStorageTierPolicy: { handle: 'notImplemented', action: 'logs:GetStorageTierPolicy', resource: onAnything },
  GetTransformer: { handle: 'notImplemented', action: 'logs:GetTransformer', resource: onIdentifier },
  ListAggregateLogGroupSummaries: {
    handle: 'notImplemented',
    action: 'logs:ListAggregateLogGroupSummaries',
    resource: onAnything,
  },
  ListAnomalies: {
    handle: 'notImplemented',
    action: 'logs:ListAnomalies',
    resource: (input) => input.anomalyDetectorArn ?? '*',
  },
  ListIntegrations: { handle: 'notImplemented', action: 'logs:ListIntegrations', resource: onAnything },
  ListLogAnomalyDetectors: { handle: 'notImplemented', action: 'logs:ListLogAnomalyDetectors', resource: onAnything },
  ListLogGroups: { handle: 'notImplemented', action: 'logs:ListLogGroups', resource: onAnything },
  ListLogGroupsForQuery: { handle: 'notImplemented', action: 'logs:ListLogGroupsForQuery', resource: onAnything },
  ListScheduledQueries: { handle: 'notImplemented', action: 'logs:ListScheduledQueries', resource: onAnything },
  ListSourcesForS3TableIntegration: {
    handle: 'notImplemented',
    action: 'logs:ListSourcesForS3TableIntegration',
    resource: onAnything,
  },
  ListSyslogConfigurations: {
    handle: 'notImplemented',
    action: 'logs:ListSyslogConfigurations',
    resource: onIdentifier,
  },
  ListTagsForResource: {
    handle: listTagsForResource,
    action: 'logs:ListTagsForResource',
    resource: (input) => input.resourceArn ?? '*',
  },
  ListTagsLogGroup: { handle: listTagsLogGroup, action: 'logs:ListTagsLogGroup', resource: onGroup },
  PutAccountPolicy: { handle: 'notImplemented', action: 'logs:PutAccountPolicy', resource: onAnything },
  PutBearerTokenAuthentication: {
    handle: 'notImplemented',
    action: 'logs:PutBearerTokenAuthentication',
    resource: onIdentifier,
  },
  PutDataProtectionPolicy: { handle: 'notImplemented', action: 'logs:PutDataProtectionPolicy', resource: onIdentifier },
  PutDeliveryDestination: {
    handle: 'notImplemented',
    action: 'logs:PutDeliveryDestination',
    resource: on('delivery-destination', (input) => input.name),
  },
  PutDeliveryDestinationPolicy: {
    handle: 'notImplemented',
    action: 'logs:PutDeliveryDestinationPolicy',
    resource: on('delivery-destination', (input) => input.deliveryDestinationName),
  },
  PutDeliverySource: {
    handle: 'notImplemented',
    action: 'logs:PutDeliverySource',
    resource: (input) => input.resourceArn ?? '*',
  },
  PutDestination: {
    handle: 'notImplemented',
    action: 'logs:PutDestination',
    resource: on('destination', (input) => input.destinationName),
  },
  PutDestinationPolicy: {
    handle: 'notImplemented',
    action: 'logs:PutDestinationPolicy',
    resource: on('destination', (input) => input.destinationName),
  },
  PutIndexPolicy: { handle: 'notImplemented', action: 'logs:PutIndexPolicy', resource: onIdentifier },
  PutIntegration: { handle: 'notImplemented', action: 'logs:PutIntegration', resource: onAnything },
  PutLogEvents: { handle: putLogEvents, action: 'logs:PutLogEvents', resource: onStream },
  PutLogGroupDeletionProtection: {
    handle: putLogGroupDeletionProtection,
    action: 'logs:PutLogGroupDeletionProtection',
    resource: onIdentifier,
  },
  PutMetricFilter: { handle: 'notImplemented', action: 'logs:PutMetricFilter', resource: onGroup },
  PutQueryDefinition: { handle: 'notImplemented', action: 'logs:PutQueryDefinition', resource: onAnything },
  PutResourcePolicy: { handle: 'notImplemented', action: 'logs:PutResourcePolicy', resource: onAnything },
  PutRetentionPolicy: { handle: putRetentionPolicy, action: 'logs:PutRetentionPolicy', resource: onGroup },
  PutStorageTierPolicy: { handle: 'notImplemented', action: 'logs:PutStorageTierPolicy', resource: onAnything },
  PutSubscriptionFilter: { handle: 'notImplemented', action: 'logs:PutSubscriptionFilter', resource: onGroup },
  PutSyslogConfiguration: { handle: 'notImplemented', action: 'logs:PutSyslogConfiguration', resource: onIdentifier },
  PutTransformer: { handle: 'notImplemented', action: 'logs:PutTransformer', resource: onIdentifier },
  StartLiveTail: {
    handle: startLiveTail,
    action: 'logs:StartLiveTail',
    resource: (input, context) => onIdentifier({ logGroupIdentifier: input.logGroupIdentifiers?.[0] }, context),
  },
  StartQuery: { handle: 'notImplemented', action: 'logs:StartQuery', resource: onGroup },
  StopQuery: { handle: 'notImplemented', action: 'logs:StopQuery', resource: onAnything },
  TagLogGroup: { handle: tagLogGroup, action: 'logs:TagLogGroup', resource: onGroup },
  TagResource: { handle: tagResource, action: 'logs:TagResource', resource: (input) => input.resourceArn ?? '*' },
  TestMetricFilter: { handle: testMetricFilter, action: 'logs:TestMetricFilter', resource: onAnything },
  TestTransformer: { handle: 'notImplemented', action: 'logs:TestTransformer', resource: onAnything },
  UntagLogGroup: { handle: untagLogGroup, action: 'logs:UntagLogGroup', resource: onGroup },
  UntagResource: { handle: untagResource, action: 'logs:UntagResource', resource: (input) => input.resourceArn ?? '*' },
  UpdateAnomaly: {
    handle: 'notImplemented',
    action: 'logs:UpdateAnomaly',
    resource: (input) => input.anomalyDetectorArn ?? '*',
  },
  UpdateDeliveryConfiguration: {
    handle: 'notImplemented',
    action: 'logs:UpdateDeliveryConfiguration',
    resource: on('delivery', (input) => input.id),
  },
  UpdateLogAnomalyDetector: {
    handle: 'notImplemented',
    action: 'logs:UpdateLogAnomalyDetector',
    resource: (input) => input.anomalyDetectorArn ?? '*',
  },
  UpdateLookupTable: {
    handle: 'notImplemented',
    action: 'logs:UpdateLookupTable',
    resource: (input) => input.lookupTableArn ?? '*',
  },
  UpdateScheduledQuery: {
    handle: 'notImplemented',
    action: 'logs:UpdateScheduledQuery',
    resource: on('scheduled-query', (input) => input.identifier),
  },
}

/** `deps` are kept by the caller, who also closes the log store. */
export function createCloudWatchLogsService(deps: LogsDeps): Service {
  return {
    ...bindService('cloudwatch-logs', cloudWatchLogsOperations, deps, unbuiltOfLogs),
    resourceConditions: resourceTags(async (resource) => {
      const [, region, account, group] = /^arn:[a-z-]+:logs:([^:]+):(\d{12}):log-group:([^:*]+)/.exec(resource) ?? []
      if (region === undefined || account === undefined || group === undefined) return undefined
      return (await deps.logs.getGroup({ account, region, group }))?.tags
    }),
  }
}
