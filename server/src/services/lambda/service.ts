// Every operation of Lambda: who handles it, and what it needs permission for. Actions and resources are those of the
// service authorization reference. What is not built answers with an explicit error.
import {
  bindService,
  type ConditionValues,
  type FurtherPermission,
  type OperationTable,
  type RequestContext,
  type Service,
} from '#protocol/operation.ts'
import type { LambdaDeps } from './deps.ts'
import { readCallbackId } from './durable/callback-id.ts'
import { functionUrlSite } from './function-url-site.ts'
import { functionPolicies } from './resource-policy.ts'
import { resourceTags } from '#protocol/resource-tags.ts'
import { tagsOfResource } from './tagged-resource.ts'
import { resourceOfName } from './function-name.ts'
import type { LambdaModel } from './model.ts'
import { addLayerVersionPermission } from './operations/add-layer-version-permission.ts'
import { deleteLayerVersion } from './operations/delete-layer-version.ts'
import { getLayerVersion } from './operations/get-layer-version.ts'
import { getLayerVersionByArn } from './operations/get-layer-version-by-arn.ts'
import { getLayerVersionPolicy } from './operations/get-layer-version-policy.ts'
import { listLayerVersions } from './operations/list-layer-versions.ts'
import { listLayers } from './operations/list-layers.ts'
import { publishLayerVersion } from './operations/publish-layer-version.ts'
import { removeLayerVersionPermission } from './operations/remove-layer-version-permission.ts'
import { createFunctionUrlConfig } from './operations/create-function-url-config.ts'
import { getFunctionUrlConfig } from './operations/get-function-url-config.ts'
import { updateFunctionUrlConfig } from './operations/update-function-url-config.ts'
import { deleteFunctionUrlConfig } from './operations/delete-function-url-config.ts'
import { listFunctionUrlConfigs } from './operations/list-function-url-configs.ts'
import { checkpointDurableExecution } from './operations/checkpoint-durable-execution.ts'
import { getDurableExecution } from './operations/get-durable-execution.ts'
import { getDurableExecutionHistory } from './operations/get-durable-execution-history.ts'
import { getDurableExecutionState } from './operations/get-durable-execution-state.ts'
import { listDurableExecutionsByFunction } from './operations/list-durable-executions-by-function.ts'
import { sendDurableExecutionCallbackFailure } from './operations/send-durable-execution-callback-failure.ts'
import { sendDurableExecutionCallbackHeartbeat } from './operations/send-durable-execution-callback-heartbeat.ts'
import { sendDurableExecutionCallbackSuccess } from './operations/send-durable-execution-callback-success.ts'
import { stopDurableExecution } from './operations/stop-durable-execution.ts'
import { addPermission } from './operations/add-permission.ts'
import { createAlias } from './operations/create-alias.ts'
import { createEventSourceMapping } from './operations/create-event-source-mapping.ts'
import { createFunction } from './operations/create-function.ts'
import { deleteAlias } from './operations/delete-alias.ts'
import { deleteEventSourceMapping } from './operations/delete-event-source-mapping.ts'
import { deleteFunctionConcurrency } from './operations/delete-function-concurrency.ts'
import { getFunctionConcurrency } from './operations/get-function-concurrency.ts'
import { putFunctionConcurrency } from './operations/put-function-concurrency.ts'
import { deleteFunction } from './operations/delete-function.ts'
import { getAlias } from './operations/get-alias.ts'
import { updateAlias } from './operations/update-alias.ts'
import { listAliases } from './operations/list-aliases.ts'
import { getAccountSettings } from './operations/get-account-settings.ts'
import { getEventSourceMapping } from './operations/get-event-source-mapping.ts'
import { getFunction } from './operations/get-function.ts'
import { getFunctionCodeSigningConfig } from './operations/get-function-code-signing-config.ts'
import { getFunctionConfiguration } from './operations/get-function-configuration.ts'
import { getPolicy } from './operations/get-policy.ts'
import { invoke } from './operations/invoke.ts'
import { invokeWithResponseStream } from './operations/invoke-with-response-stream.ts'
import { listEventSourceMappings } from './operations/list-event-source-mappings.ts'
import { listFunctions } from './operations/list-functions.ts'
import { listTags } from './operations/list-tags.ts'
import { listVersionsByFunction } from './operations/list-versions-by-function.ts'
import { publishVersion } from './operations/publish-version.ts'
import { removePermission } from './operations/remove-permission.ts'
import { putFunctionEventInvokeConfig } from './operations/put-function-event-invoke-config.ts'
import { updateFunctionEventInvokeConfig } from './operations/update-function-event-invoke-config.ts'
import { getFunctionEventInvokeConfig } from './operations/get-function-event-invoke-config.ts'
import { deleteFunctionEventInvokeConfig } from './operations/delete-function-event-invoke-config.ts'
import { listFunctionEventInvokeConfigs } from './operations/list-function-event-invoke-configs.ts'
import { putFunctionRecursionConfig } from './operations/put-function-recursion-config.ts'
import { getFunctionRecursionConfig } from './operations/get-function-recursion-config.ts'
import { deleteProvisionedConcurrencyConfig } from './operations/delete-provisioned-concurrency-config.ts'
import { getProvisionedConcurrencyConfig } from './operations/get-provisioned-concurrency-config.ts'
import { listProvisionedConcurrencyConfigs } from './operations/list-provisioned-concurrency-configs.ts'
import { putProvisionedConcurrencyConfig } from './operations/put-provisioned-concurrency-config.ts'
import { tagResource } from './operations/tag-resource.ts'
import { untagResource } from './operations/untag-resource.ts'
import { updateEventSourceMapping } from './operations/update-event-source-mapping.ts'
import { updateFunctionCode } from './operations/update-function-code.ts'
import { createCodeSigningConfig } from './operations/create-code-signing-config.ts'
import { deleteCodeSigningConfig } from './operations/delete-code-signing-config.ts'
import { getCodeSigningConfig } from './operations/get-code-signing-config.ts'
import { updateCodeSigningConfig } from './operations/update-code-signing-config.ts'
import { listCodeSigningConfigs } from './operations/list-code-signing-configs.ts'
import { listFunctionsByCodeSigningConfig } from './operations/list-functions-by-code-signing-config.ts'
import { putFunctionCodeSigningConfig } from './operations/put-function-code-signing-config.ts'
import { deleteFunctionCodeSigningConfig } from './operations/delete-function-code-signing-config.ts'
import { putRuntimeManagementConfig } from './operations/put-runtime-management-config.ts'
import { getRuntimeManagementConfig } from './operations/get-runtime-management-config.ts'
import { invokeAsync } from './operations/invoke-async.ts'
import { putResourcePolicy } from './operations/put-resource-policy.ts'
import { getResourcePolicy } from './operations/get-resource-policy.ts'
import { deleteResourcePolicy } from './operations/delete-resource-policy.ts'
import { updateFunctionConfiguration } from './operations/update-function-configuration.ts'

interface NamesFunction {
  readonly FunctionName: string | undefined
  readonly Qualifier?: string | undefined
}

function onFunction(input: NamesFunction, context: RequestContext): string {
  return resourceOfName(input.FunctionName ?? '', undefined, context)
}

function onVersion(input: NamesFunction, context: RequestContext): string {
  return resourceOfName(input.FunctionName ?? '', input.Qualifier, context)
}

interface NamesLayer {
  readonly LayerName: string | undefined
  readonly VersionNumber?: number | undefined
}

function onLayer(input: NamesLayer, context: RequestContext): string {
  const name = input.LayerName ?? '*'
  return name.startsWith('arn:') ? name : `arn:aws:lambda:${context.region}:${context.account}:layer:${name}`
}

function onLayerVersion(input: NamesLayer, context: RequestContext): string {
  return `${onLayer(input, context)}:${input.VersionNumber ?? '*'}`
}

function onMapping(input: { readonly UUID: string | undefined }, context: RequestContext): string {
  return `arn:aws:lambda:${context.region}:${context.account}:event-source-mapping:${input.UUID ?? '*'}`
}

/** The execution that made the callback. */
function onCallback({ CallbackId: id }: { readonly CallbackId: string | undefined }): string {
  return readCallbackId(id ?? '')?.executionArn ?? '*'
}

function onCapacityProvider(
  input: { readonly CapacityProviderName: string | undefined },
  context: RequestContext,
): string {
  const name = input.CapacityProviderName ?? '*'
  return name.startsWith('arn:')
    ? name
    : `arn:aws:lambda:${context.region}:${context.account}:capacity-provider:${name}`
}

/** Whoever gives a function a role can do through it what the role may: so giving it is a permission of its own. */
function passesRole({ Role }: { readonly Role?: string | undefined }): readonly FurtherPermission[] {
  return Role === undefined ? [] : [{ action: 'iam:PassRole', resource: Role }]
}

function passedToLambda(): ConditionValues {
  return { 'iam:PassedToService': 'lambda.amazonaws.com' }
}

export const lambdaOperations: OperationTable<LambdaDeps, LambdaModel> = {
  AddLayerVersionPermission: {
    handle: addLayerVersionPermission,
    action: 'lambda:AddLayerVersionPermission',
    resource: onLayerVersion,
  },
  AddPermission: { handle: addPermission, action: 'lambda:AddPermission', resource: onVersion },
  CheckpointDurableExecution: {
    handle: checkpointDurableExecution,
    action: 'lambda:CheckpointDurableExecution',
    resource: (input) => input.DurableExecutionArn ?? '*',
  },
  CreateAlias: { handle: createAlias, action: 'lambda:CreateAlias', resource: onFunction },
  CreateCapacityProvider: {
    handle: 'notImplemented',
    action: 'lambda:CreateCapacityProvider',
    resource: onCapacityProvider,
  },
  CreateCodeSigningConfig: {
    handle: createCodeSigningConfig,
    action: 'lambda:CreateCodeSigningConfig',
    resource: () => '*',
  },
  CreateEventSourceMapping: {
    handle: createEventSourceMapping,
    action: 'lambda:CreateEventSourceMapping',
    resource: () => '*',
  },
  CreateFunction: {
    handle: createFunction,
    action: 'lambda:CreateFunction',
    resource: onFunction,
    also: passesRole,
    conditions: passedToLambda,
  },
  CreateFunctionUrlConfig: {
    handle: createFunctionUrlConfig,
    action: 'lambda:CreateFunctionUrlConfig',
    resource: onVersion,
  },
  DeleteAlias: { handle: deleteAlias, action: 'lambda:DeleteAlias', resource: onFunction },
  DeleteCapacityProvider: {
    handle: 'notImplemented',
    action: 'lambda:DeleteCapacityProvider',
    resource: onCapacityProvider,
  },
  DeleteCodeSigningConfig: {
    handle: deleteCodeSigningConfig,
    action: 'lambda:DeleteCodeSigningConfig',
    resource: (input) => input.CodeSigningConfigArn ?? '*',
  },
  DeleteEventSourceMapping: {
    handle: deleteEventSourceMapping,
    action: 'lambda:DeleteEventSourceMapping',
    resource: onMapping,
  },
  DeleteFunction: { handle: deleteFunction, action: 'lambda:DeleteFunction', resource: onVersion },
  DeleteFunctionCodeSigningConfig: {
    handle: deleteFunctionCodeSigningConfig,
    action: 'lambda:DeleteFunctionCodeSigningConfig',
    resource: onFunction,
  },
  DeleteFunctionConcurrency: {
    handle: deleteFunctionConcurrency,
    action: 'lambda:DeleteFunctionConcurrency',
    resource: onFunction,
  },
  DeleteFunctionEventInvokeConfig: {
    handle: deleteFunctionEventInvokeConfig,
    action: 'lambda:DeleteFunctionEventInvokeConfig',
    resource: onVersion,
  },
  DeleteFunctionUrlConfig: {
    handle: deleteFunctionUrlConfig,
    action: 'lambda:DeleteFunctionUrlConfig',
    resource: onVersion,
  },
  DeleteLayerVersion: { handle: deleteLayerVersion, action: 'lambda:DeleteLayerVersion', resource: onLayerVersion },
  DeleteProvisionedConcurrencyConfig: {
    handle: deleteProvisionedConcurrencyConfig,
    action: 'lambda:DeleteProvisionedConcurrencyConfig',
    resource: onVersion,
  },
  DeleteResourcePolicy: {
    handle: deleteResourcePolicy,
    action: 'lambda:DeleteResourcePolicy',
    resource: (input) => input.ResourceArn ?? '*',
  },
  GetAccountSettings: { handle: getAccountSettings, action: 'lambda:GetAccountSettings', resource: () => '*' },
  GetAlias: { handle: getAlias, action: 'lambda:GetAlias', resource: onFunction },
  GetCapacityProvider: { handle: 'notImplemented', action: 'lambda:GetCapacityProvider', resource: onCapacityProvider },
  GetCodeSigningConfig: {
    handle: getCodeSigningConfig,
    action: 'lambda:GetCodeSigningConfig',
    resource: (input) => input.CodeSigningConfigArn ?? '*',
  },
  GetDurableExecution: {
    handle: getDurableExecution,
    action: 'lambda:GetDurableExecution',
    resource: (input) => input.DurableExecutionArn ?? '*',
  },
  GetDurableExecutionHistory: {
    handle: getDurableExecutionHistory,
    action: 'lambda:GetDurableExecutionHistory',
    resource: (input) => input.DurableExecutionArn ?? '*',
  },
  GetDurableExecutionState: {
    handle: getDurableExecutionState,
    action: 'lambda:GetDurableExecutionState',
    resource: (input) => input.DurableExecutionArn ?? '*',
  },
  GetEventSourceMapping: { handle: getEventSourceMapping, action: 'lambda:GetEventSourceMapping', resource: onMapping },
  GetFunction: { handle: getFunction, action: 'lambda:GetFunction', resource: onVersion },
  GetFunctionCodeSigningConfig: {
    handle: getFunctionCodeSigningConfig,
    action: 'lambda:GetFunctionCodeSigningConfig',
    resource: onFunction,
  },
  GetFunctionConcurrency: {
    handle: getFunctionConcurrency,
    action: 'lambda:GetFunctionConcurrency',
    resource: onFunction,
  },
  GetFunctionConfiguration: {
    handle: getFunctionConfiguration,
    action: 'lambda:GetFunctionConfiguration',
    resource: onVersion,
  },
  GetFunctionEventInvokeConfig: {
    handle: getFunctionEventInvokeConfig,
    action: 'lambda:GetFunctionEventInvokeConfig',
    resource: onVersion,
  },
  GetFunctionRecursionConfig: {
    handle: getFunctionRecursionConfig,
    action: 'lambda:GetFunctionRecursionConfig',
    resource: onFunction,
  },
  GetFunctionScalingConfig: {
    handle: 'notImplemented',
    action: 'lambda:GetFunctionScalingConfig',
    resource: onVersion,
  },
  GetFunctionUrlConfig: { handle: getFunctionUrlConfig, action: 'lambda:GetFunctionUrlConfig', resource: onVersion },
  GetLayerVersion: { handle: getLayerVersion, action: 'lambda:GetLayerVersion', resource: onLayerVersion },
  GetLayerVersionByArn: {
    handle: getLayerVersionByArn,
    action: 'lambda:GetLayerVersion',
    resource: (input) => input.Arn ?? '*',
  },
  GetLayerVersionPolicy: {
    handle: getLayerVersionPolicy,
    action: 'lambda:GetLayerVersionPolicy',
    resource: onLayerVersion,
  },
  GetPolicy: { handle: getPolicy, action: 'lambda:GetPolicy', resource: onVersion },
  GetProvisionedConcurrencyConfig: {
    handle: getProvisionedConcurrencyConfig,
    action: 'lambda:GetProvisionedConcurrencyConfig',
    resource: onVersion,
  },
  GetResourcePolicy: {
    handle: getResourcePolicy,
    action: 'lambda:GetResourcePolicy',
    resource: (input) => input.ResourceArn ?? '*',
  },
  GetRuntimeManagementConfig: {
    handle: getRuntimeManagementConfig,
    action: 'lambda:GetRuntimeManagementConfig',
    resource: onVersion,
  },
  Invoke: { handle: invoke, action: 'lambda:InvokeFunction', resource: onVersion },
  InvokeAsync: { handle: invokeAsync, action: 'lambda:InvokeAsync', resource: onFunction },
  InvokeWithResponseStream: { handle: invokeWithResponseStream, action: 'lambda:InvokeFunction', resource: onVersion },
  ListAliases: { handle: listAliases, action: 'lambda:ListAliases', resource: onFunction },
  ListCapacityProviders: { handle: 'notImplemented', action: 'lambda:ListCapacityProviders', resource: () => '*' },
  ListCodeSigningConfigs: {
    handle: listCodeSigningConfigs,
    action: 'lambda:ListCodeSigningConfigs',
    resource: () => '*',
  },
  ListDurableExecutionsByFunction: {
    handle: listDurableExecutionsByFunction,
    action: 'lambda:ListDurableExecutionsByFunction',
    resource: onVersion,
  },
  ListEventSourceMappings: {
    handle: listEventSourceMappings,
    action: 'lambda:ListEventSourceMappings',
    resource: () => '*',
  },
  ListFunctionEventInvokeConfigs: {
    handle: listFunctionEventInvokeConfigs,
    action: 'lambda:ListFunctionEventInvokeConfigs',
    resource: onFunction,
  },
  ListFunctionUrlConfigs: {
    handle: listFunctionUrlConfigs,
    action: 'lambda:ListFunctionUrlConfigs',
    resource: onFunction,
  },
  ListFunctionVersionsByCapacityProvider: {
    handle: 'notImplemented',
    action: 'lambda:ListFunctionVersionsByCapacityProvider',
    resource: onCapacityProvider,
  },
  ListFunctions: { handle: listFunctions, action: 'lambda:ListFunctions', resource: () => '*' },
  ListFunctionsByCodeSigningConfig: {
    handle: listFunctionsByCodeSigningConfig,
    action: 'lambda:ListFunctionsByCodeSigningConfig',
    resource: (input) => input.CodeSigningConfigArn ?? '*',
  },
  ListLayerVersions: { handle: listLayerVersions, action: 'lambda:ListLayerVersions', resource: onLayer },
  ListLayers: { handle: listLayers, action: 'lambda:ListLayers', resource: () => '*' },
  ListProvisionedConcurrencyConfigs: {
    handle: listProvisionedConcurrencyConfigs,
    action: 'lambda:ListProvisionedConcurrencyConfigs',
    resource: onFunction,
  },
  ListTags: { handle: listTags, action: 'lambda:ListTags', resource: (input) => input.Resource ?? '*' },
  ListVersionsByFunction: {
    handle: listVersionsByFunction,
    action: 'lambda:ListVersionsByFunction',
    resource: onFunction,
  },
  PublishLayerVersion: { handle: publishLayerVersion, action: 'lambda:PublishLayerVersion', resource: onLayer },
  PublishVersion: { handle: publishVersion, action: 'lambda:PublishVersion', resource: onFunction },
  PutFunctionCodeSigningConfig: {
    handle: putFunctionCodeSigningConfig,
    action: 'lambda:PutFunctionCodeSigningConfig',
    resource: onFunction,
  },
  PutFunctionConcurrency: {
    handle: putFunctionConcurrency,
    action: 'lambda:PutFunctionConcurrency',
    resource: onFunction,
  },
  PutFunctionEventInvokeConfig: {
    handle: putFunctionEventInvokeConfig,
    action: 'lambda:PutFunctionEventInvokeConfig',
    resource: onVersion,
  },
  PutFunctionRecursionConfig: {
    handle: putFunctionRecursionConfig,
    action: 'lambda:PutFunctionRecursionConfig',
    resource: onFunction,
  },
  PutFunctionScalingConfig: {
    handle: 'notImplemented',
    action: 'lambda:PutFunctionScalingConfig',
    resource: onVersion,
  },
  PutProvisionedConcurrencyConfig: {
    handle: putProvisionedConcurrencyConfig,
    action: 'lambda:PutProvisionedConcurrencyConfig',
    resource: onVersion,
  },
  PutResourcePolicy: {
    handle: putResourcePolicy,
    action: 'lambda:PutResourcePolicy',
    resource: (input) => input.ResourceArn ?? '*',
  },
  PutRuntimeManagementConfig: {
    handle: putRuntimeManagementConfig,
    action: 'lambda:PutRuntimeManagementConfig',
    resource: onVersion,
  },
  RemoveLayerVersionPermission: {
    handle: removeLayerVersionPermission,
    action: 'lambda:RemoveLayerVersionPermission',
    resource: onLayerVersion,
  },
  RemovePermission: { handle: removePermission, action: 'lambda:RemovePermission', resource: onVersion },
  SendDurableExecutionCallbackFailure: {
    handle: sendDurableExecutionCallbackFailure,
    action: 'lambda:SendDurableExecutionCallbackFailure',
    resource: onCallback,
  },
  SendDurableExecutionCallbackHeartbeat: {
    handle: sendDurableExecutionCallbackHeartbeat,
    action: 'lambda:SendDurableExecutionCallbackHeartbeat',
    resource: onCallback,
  },
  SendDurableExecutionCallbackSuccess: {
    handle: sendDurableExecutionCallbackSuccess,
    action: 'lambda:SendDurableExecutionCallbackSuccess',
    resource: onCallback,
  },
  StopDurableExecution: {
    handle: stopDurableExecution,
    action: 'lambda:StopDurableExecution',
    resource: (input) => input.DurableExecutionArn ?? '*',
  },
  TagResource: { handle: tagResource, action: 'lambda:TagResource', resource: (input) => input.Resource ?? '*' },
  UntagResource: { handle: untagResource, action: 'lambda:UntagResource', resource: (input) => input.Resource ?? '*' },
  UpdateAlias: { handle: updateAlias, action: 'lambda:UpdateAlias', resource: onFunction },
  UpdateCapacityProvider: {
    handle: 'notImplemented',
    action: 'lambda:UpdateCapacityProvider',
    resource: onCapacityProvider,
  },
  UpdateCodeSigningConfig: {
    handle: updateCodeSigningConfig,
    action: 'lambda:UpdateCodeSigningConfig',
    resource: (input) => input.CodeSigningConfigArn ?? '*',
  },
  UpdateEventSourceMapping: {
    handle: updateEventSourceMapping,
    action: 'lambda:UpdateEventSourceMapping',
    resource: onMapping,
  },
  UpdateFunctionCode: { handle: updateFunctionCode, action: 'lambda:UpdateFunctionCode', resource: onFunction },
  UpdateFunctionConfiguration: {
    handle: updateFunctionConfiguration,
    action: 'lambda:UpdateFunctionConfiguration',
    resource: onFunction,
    also: passesRole,
    conditions: passedToLambda,
  },
  UpdateFunctionEventInvokeConfig: {
    handle: updateFunctionEventInvokeConfig,
    action: 'lambda:UpdateFunctionEventInvokeConfig',
    resource: onVersion,
  },
  UpdateFunctionUrlConfig: {
    handle: updateFunctionUrlConfig,
    action: 'lambda:UpdateFunctionUrlConfig',
    resource: onVersion,
  },
}

/** The Lambda service as the gateway dispatches to it. */
export function createLambdaService(deps: LambdaDeps): Service {
  return {
    ...bindService('lambda', lambdaOperations, deps),
    resourcePolicies: (resource) => functionPolicies(deps.ports.store, resource),
    resourceConditions: resourceTags((resource, context) =>
      tagsOfResource(deps.ports.store, resource, context, deps.ports.engine),
    ),
    site: (name) => functionUrlSite(deps, name),
  }
}
