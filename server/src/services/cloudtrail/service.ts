// Every operation of CloudTrail: who handles it, and what it needs permission for. Actions and resources are those of the
// service authorization reference.
import { bindService, type OperationTable, type RequestContext, type Service } from '#protocol/operation.ts'
import type { CloudTrailDeps, CloudTrailModel } from './model.ts'
import { addTags } from './operations/add-tags.ts'
import { createTrail } from './operations/create-trail.ts'
import { deleteTrail } from './operations/delete-trail.ts'
import { describeTrails } from './operations/describe-trails.ts'
import { getEventSelectors } from './operations/get-event-selectors.ts'
import { getTrail } from './operations/get-trail.ts'
import { getTrailStatus } from './operations/get-trail-status.ts'
import { listPublicKeys } from './operations/list-public-keys.ts'
import { listTags } from './operations/list-tags.ts'
import { listTrails } from './operations/list-trails.ts'
import { putEventSelectors } from './operations/put-event-selectors.ts'
import { removeTags } from './operations/remove-tags.ts'
import { startLogging } from './operations/start-logging.ts'
import { stopLogging } from './operations/stop-logging.ts'
import { updateTrail } from './operations/update-trail.ts'
import { lookupEvents } from './operations/lookup-events.ts'

type Text = string | undefined

function onAnything(): string {
  return '*'
}

/** By name or ARN; insights and selectors call it by another name than the rest. */
function onTrail(
  { Name, TrailName }: { readonly Name?: Text; readonly TrailName?: Text },
  { account, region }: RequestContext,
): string {
  const named = Name ?? TrailName ?? '*'
  return named.startsWith('arn:') ? named : `arn:aws:cloudtrail:${region}:${account}:trail/${named}`
}

function onTagged({ ResourceId }: { readonly ResourceId: Text }): string {
  return ResourceId ?? '*'
}

export const cloudTrailOperations: OperationTable<CloudTrailDeps, CloudTrailModel> = {
  AddTags: { handle: addTags, action: 'cloudtrail:AddTags', resource: onTagged },
  CancelQuery: { handle: 'notImplemented', action: 'cloudtrail:CancelQuery', resource: onAnything },
  CreateChannel: { handle: 'notImplemented', action: 'cloudtrail:CreateChannel', resource: onAnything },
  CreateDashboard: { handle: 'notImplemented', action: 'cloudtrail:CreateDashboard', resource: onAnything },
  CreateEventDataStore: { handle: 'notImplemented', action: 'cloudtrail:CreateEventDataStore', resource: onAnything },
  CreateTrail: { handle: createTrail, action: 'cloudtrail:CreateTrail', resource: onTrail },
  DeleteChannel: { handle: 'notImplemented', action: 'cloudtrail:DeleteChannel', resource: onAnything },
  DeleteDashboard: { handle: 'notImplemented', action: 'cloudtrail:DeleteDashboard', resource: onAnything },
  DeleteEventDataStore: { handle: 'notImplemented', action: 'cloudtrail:DeleteEventDataStore', resource: onAnything },
  DeleteResourcePolicy: { handle: 'notImplemented', action: 'cloudtrail:DeleteResourcePolicy', resource: onAnything },
  DeleteTrail: { handle: deleteTrail, action: 'cloudtrail:DeleteTrail', resource: onTrail },
  DeregisterOrganizationDelegatedAdmin: {
    handle: 'notImplemented',
    action: 'cloudtrail:DeregisterOrganizationDelegatedAdmin',
    resource: onAnything,
  },
  DescribeQuery: { handle: 'notImplemented', action: 'cloudtrail:DescribeQuery', resource: onAnything },
  DescribeTrails: { handle: describeTrails, action: 'cloudtrail:DescribeTrails', resource: onAnything },
  DisableFederation: { handle: 'notImplemented', action: 'cloudtrail:DisableFederation', resource: onAnything },
  EnableFederation: { handle: 'notImplemented', action: 'cloudtrail:EnableFederation', resource: onAnything },
  GenerateQuery: { handle: 'notImplemented', action: 'cloudtrail:GenerateQuery', resource: onAnything },
  GetChannel: { handle: 'notImplemented', action: 'cloudtrail:GetChannel', resource: onAnything },
  GetDashboard: { handle: 'notImplemented', action: 'cloudtrail:GetDashboard', resource: onAnything },
  GetEventConfiguration: { handle: 'notImplemented', action: 'cloudtrail:GetEventConfiguration', resource: onAnything },
  GetEventDataStore: { handle: 'notImplemented', action: 'cloudtrail:GetEventDataStore', resource: onAnything },
  GetEventSelectors: { handle: getEventSelectors, action: 'cloudtrail:GetEventSelectors', resource: onTrail },
  GetImport: { handle: 'notImplemented', action: 'cloudtrail:GetImport', resource: onAnything },
  GetInsightSelectors: { handle: 'notImplemented', action: 'cloudtrail:GetInsightSelectors', resource: onTrail },
  GetQueryResults: { handle: 'notImplemented', action: 'cloudtrail:GetQueryResults', resource: onAnything },
  GetResourcePolicy: { handle: 'notImplemented', action: 'cloudtrail:GetResourcePolicy', resource: onAnything },
  GetTrail: { handle: getTrail, action: 'cloudtrail:GetTrail', resource: onTrail },
  GetTrailStatus: { handle: getTrailStatus, action: 'cloudtrail:GetTrailStatus', resource: onTrail },
  ListChannels: { handle: 'notImplemented', action: 'cloudtrail:ListChannels', resource: onAnything },
  ListDashboards: { handle: 'notImplemented', action: 'cloudtrail:ListDashboards', resource: onAnything },
  ListEventDataStores: { handle: 'notImplemented', action: 'cloudtrail:ListEventDataStores', resource: onAnything },
  ListImportFailures: { handle: 'notImplemented', action: 'cloudtrail:ListImportFailures', resource: onAnything },
  ListImports: { handle: 'notImplemented', action: 'cloudtrail:ListImports', resource: onAnything },
  ListInsightsData: { handle: 'notImplemented', action: 'cloudtrail:ListInsightsData', resource: onAnything },
  ListInsightsMetricData: {
    handle: 'notImplemented',
    action: 'cloudtrail:ListInsightsMetricData',
    resource: onAnything,
  },
  ListPublicKeys: { handle: listPublicKeys, action: 'cloudtrail:ListPublicKeys', resource: onAnything },
  ListQueries: { handle: 'notImplemented', action: 'cloudtrail:ListQueries', resource: onAnything },
  ListTags: { handle: listTags, action: 'cloudtrail:ListTags', resource: onAnything },
  ListTrails: { handle: listTrails, action: 'cloudtrail:ListTrails', resource: onAnything },
  LookupEvents: { handle: lookupEvents, action: 'cloudtrail:LookupEvents', resource: onAnything },
  PutEventConfiguration: { handle: 'notImplemented', action: 'cloudtrail:PutEventConfiguration', resource: onAnything },
  PutEventSelectors: { handle: putEventSelectors, action: 'cloudtrail:PutEventSelectors', resource: onTrail },
  PutInsightSelectors: { handle: 'notImplemented', action: 'cloudtrail:PutInsightSelectors', resource: onTrail },
  PutResourcePolicy: { handle: 'notImplemented', action: 'cloudtrail:PutResourcePolicy', resource: onAnything },
  RegisterOrganizationDelegatedAdmin: {
    handle: 'notImplemented',
    action: 'cloudtrail:RegisterOrganizationDelegatedAdmin',
    resource: onAnything,
  },
  RemoveTags: { handle: removeTags, action: 'cloudtrail:RemoveTags', resource: onTagged },
  RestoreEventDataStore: { handle: 'notImplemented', action: 'cloudtrail:RestoreEventDataStore', resource: onAnything },
  SearchSampleQueries: { handle: 'notImplemented', action: 'cloudtrail:SearchSampleQueries', resource: onAnything },
  StartDashboardRefresh: { handle: 'notImplemented', action: 'cloudtrail:StartDashboardRefresh', resource: onAnything },
  StartEventDataStoreIngestion: {
    handle: 'notImplemented',
    action: 'cloudtrail:StartEventDataStoreIngestion',
    resource: onAnything,
  },
  StartImport: { handle: 'notImplemented', action: 'cloudtrail:StartImport', resource: onAnything },
  StartLogging: { handle: startLogging, action: 'cloudtrail:StartLogging', resource: onTrail },
  StartQuery: { handle: 'notImplemented', action: 'cloudtrail:StartQuery', resource: onAnything },
  StopEventDataStoreIngestion: {
    handle: 'notImplemented',
    action: 'cloudtrail:StopEventDataStoreIngestion',
    resource: onAnything,
  },
  StopImport: { handle: 'notImplemented', action: 'cloudtrail:StopImport', resource: onAnything },
  StopLogging: { handle: stopLogging, action: 'cloudtrail:StopLogging', resource: onTrail },
  UpdateChannel: { handle: 'notImplemented', action: 'cloudtrail:UpdateChannel', resource: onAnything },
  UpdateDashboard: { handle: 'notImplemented', action: 'cloudtrail:UpdateDashboard', resource: onAnything },
  UpdateEventDataStore: { handle: 'notImplemented', action: 'cloudtrail:UpdateEventDataStore', resource: onAnything },
  UpdateTrail: { handle: updateTrail, action: 'cloudtrail:UpdateTrail', resource: onTrail },
}

export function createCloudTrailService(deps: CloudTrailDeps): Service {
  return bindService<CloudTrailDeps, CloudTrailModel>('cloudtrail', cloudTrailOperations, deps)
}
