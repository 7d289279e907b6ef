// Every operation of Systems Manager; Parameter Store is what is built. Actions and resources are those of the service
// authorization reference.
import {
  bindService,
  type ConditionValues,
  type FurtherPermission,
  type OperationTable,
  type RequestContext,
  type Service,
} from '#protocol/operation.ts'
import { resourceTags } from '#protocol/resource-tags.ts'
import type { SsmDeps, SsmModel } from './model.ts'
import { parameterArn, parameterOfArn, readSelector } from './parameter.ts'
import { addTagsToResource } from './operations/add-tags-to-resource.ts'
import { deleteParameter } from './operations/delete-parameter.ts'
import { deleteParameters } from './operations/delete-parameters.ts'
import { describeParameters } from './operations/describe-parameters.ts'
import { getParameter } from './operations/get-parameter.ts'
import { getParameterHistory } from './operations/get-parameter-history.ts'
import { getParameters } from './operations/get-parameters.ts'
import { getParametersByPath } from './operations/get-parameters-by-path.ts'
import { labelParameterVersion } from './operations/label-parameter-version.ts'
import { listTagsForResource } from './operations/list-tags-for-resource.ts'
import { putParameter } from './operations/put-parameter.ts'
import { removeTagsFromResource } from './operations/remove-tags-from-resource.ts'
import { unlabelParameterVersion } from './operations/unlabel-parameter-version.ts'

type Text = string | undefined

function onAnything(): string {
  return '*'
}

function arnOf(asked: Text, { account, region }: RequestContext): string {
  return parameterArn({ account, region, name: readSelector(asked ?? '*').name })
}

function onParameter({ Name }: { readonly Name?: Text }, context: RequestContext): string {
  return arnOf(Name, context)
}

interface NamesSeveral {
  readonly Names?: readonly string[] | undefined
}

function onFirst({ Names }: NamesSeveral, context: RequestContext): string {
  return arnOf(Names?.[0], context)
}

function onOthers({ Names }: NamesSeveral, context: RequestContext): readonly FurtherPermission[] {
  const action = `ssm:${context.operation}`
  return (Names ?? []).slice(1).map((name) => ({ action, resource: arnOf(name, context) }))
}

/** Without the slash at its end: so policies on `parameter/path/*` and on `parameter/path` mean what they say. */
function onPath({ Path }: { readonly Path?: Text }, context: RequestContext): string {
  return arnOf((Path ?? '/*').replace(/(.)\/$/, '$1'), context)
}

function recursion({ Recursive }: { readonly Recursive?: boolean | undefined }): ConditionValues {
  return { 'ssm:Recursive': String(Recursive ?? false) }
}

function onTagged(
  { ResourceType, ResourceId }: { readonly ResourceType?: Text; readonly ResourceId?: Text },
  context: RequestContext,
): string {
  return ResourceType === 'Parameter' ? arnOf(ResourceId, context) : '*'
}

export const ssmOperations: OperationTable<SsmDeps, SsmModel> = {
  AddTagsToResource: { handle: addTagsToResource, action: 'ssm:AddTagsToResource', resource: onTagged },
  AssociateOpsItemRelatedItem: {
    handle: 'notImplemented',
    action: 'ssm:AssociateOpsItemRelatedItem',
    resource: onAnything,
  },
  CancelCommand: { handle: 'notImplemented', action: 'ssm:CancelCommand', resource: onAnything },
  CancelMaintenanceWindowExecution: {
    handle: 'notImplemented',
    action: 'ssm:CancelMaintenanceWindowExecution',
    resource: onAnything,
  },
  CreateActivation: { handle: 'notImplemented', action: 'ssm:CreateActivation', resource: onAnything },
  CreateAssociation: { handle: 'notImplemented', action: 'ssm:CreateAssociation', resource: onAnything },
  CreateAssociationBatch: { handle: 'notImplemented', action: 'ssm:CreateAssociationBatch', resource: onAnything },
  CreateCloudConnector: { handle: 'notImplemented', action: 'ssm:CreateCloudConnector', resource: onAnything },
  CreateDocument: { handle: 'notImplemented', action: 'ssm:CreateDocument', resource: onAnything },
  CreateMaintenanceWindow: { handle: 'notImplemented', action: 'ssm:CreateMaintenanceWindow', resource: onAnything },
  CreateOpsItem: { handle: 'notImplemented', action: 'ssm:CreateOpsItem', resource: onAnything },
  CreateOpsMetadata: { handle: 'notImplemented', action: 'ssm:CreateOpsMetadata', resource: onAnything },
  CreatePatchBaseline: { handle: 'notImplemented', action: 'ssm:CreatePatchBaseline', resource: onAnything },
  CreateResourceDataSync: { handle: 'notImplemented', action: 'ssm:CreateResourceDataSync', resource: onAnything },
  DeleteActivation: { handle: 'notImplemented', action: 'ssm:DeleteActivation', resource: onAnything },
  DeleteAssociation: { handle: 'notImplemented', action: 'ssm:DeleteAssociation', resource: onAnything },
  DeleteCloudConnector: { handle: 'notImplemented', action: 'ssm:DeleteCloudConnector', resource: onAnything },
  DeleteDocument: { handle: 'notImplemented', action: 'ssm:DeleteDocument', resource: onAnything },
  DeleteInventory: { handle: 'notImplemented', action: 'ssm:DeleteInventory', resource: onAnything },
  DeleteMaintenanceWindow: { handle: 'notImplemented', action: 'ssm:DeleteMaintenanceWindow', resource: onAnything },
  DeleteOpsItem: { handle: 'notImplemented', action: 'ssm:DeleteOpsItem', resource: onAnything },
  DeleteOpsMetadata: { handle: 'notImplemented', action: 'ssm:DeleteOpsMetadata', resource: onAnything },
  DeleteParameter: { handle: deleteParameter, action: 'ssm:DeleteParameter', resource: onParameter },
  DeleteParameters: { handle: deleteParameters, action: 'ssm:DeleteParameters', resource: onFirst, also: onOthers },
  DeletePatchBaseline: { handle: 'notImplemented', action: 'ssm:DeletePatchBaseline', resource: onAnything },
  DeleteResourceDataSync: { handle: 'notImplemented', action: 'ssm:DeleteResourceDataSync', resource: onAnything },
  DeleteResourcePolicy: { handle: 'notImplemented', action: 'ssm:DeleteResourcePolicy', resource: onAnything },
  DeregisterDefaultHostManagementConfiguration: {
    handle: 'notImplemented',
    action: 'ssm:DeregisterDefaultHostManagementConfiguration',
    resource: onAnything,
  },
  DeregisterManagedInstance: {
    handle: 'notImplemented',
    action: 'ssm:DeregisterManagedInstance',
    resource: onAnything,
  },
  DeregisterPatchBaselineForPatchGroup: {
    handle: 'notImplemented',
    action: 'ssm:DeregisterPatchBaselineForPatchGroup',
    resource: onAnything,
  },
  DeregisterTargetFromMaintenanceWindow: {
    handle: 'notImplemented',
    action: 'ssm:DeregisterTargetFromMaintenanceWindow',
    resource: onAnything,
  },
  DeregisterTaskFromMaintenanceWindow: {
    handle: 'notImplemented',
    action: 'ssm:DeregisterTaskFromMaintenanceWindow',
    resource: onAnything,
  },
  DescribeActivations: { handle: 'notImplemented', action: 'ssm:DescribeActivations', resource: onAnything },
  DescribeAssociation: { handle: 'notImplemented', action: 'ssm:DescribeAssociation', resource: onAnything },
  DescribeAssociationExecutionTargets: {
    handle: 'notImplemented',
    action: 'ssm:DescribeAssociationExecutionTargets',
    resource: onAnything,
  },
  DescribeAssociationExecutions: {
    handle: 'notImplemented',
    action: 'ssm:DescribeAssociationExecutions',
    resource: onAnything,
  },
  DescribeAutomationExecutions: {
    handle: 'notImplemented',
    action: 'ssm:DescribeAutomationExecutions',
    resource: onAnything,
  },
  DescribeAutomationStepExecutions: {
    handle: 'notImplemented',
    action: 'ssm:DescribeAutomationStepExecutions',
    resource: onAnything,
  },
  DescribeAvailablePatches: { handle: 'notImplemented', action: 'ssm:DescribeAvailablePatches', resource: onAnything },
  DescribeDocument: { handle: 'notImplemented', action: 'ssm:DescribeDocument', resource: onAnything },
  DescribeDocumentPermission: {
    handle: 'notImplemented',
    action: 'ssm:DescribeDocumentPermission',
    resource: onAnything,
  },
  DescribeEffectiveInstanceAssociations: {
    handle: 'notImplemented',
    action: 'ssm:DescribeEffectiveInstanceAssociations',
    resource: onAnything,
  },
  DescribeEffectivePatchesForPatchBaseline: {
    handle: 'notImplemented',
    action: 'ssm:DescribeEffectivePatchesForPatchBaseline',
    resource: onAnything,
  },
  DescribeInstanceAssociationsStatus: {
    handle: 'notImplemented',
    action: 'ssm:DescribeInstanceAssociationsStatus',
    resource: onAnything,
  },
  DescribeInstanceInformation: {
    handle: 'notImplemented',
    action: 'ssm:DescribeInstanceInformation',
    resource: onAnything,
  },
  DescribeInstancePatchStates: {
    handle: 'notImplemented',
    action: 'ssm:DescribeInstancePatchStates',
    resource: onAnything,
  },
  DescribeInstancePatchStatesForPatchGroup: {
    handle: 'notImplemented',
    action: 'ssm:DescribeInstancePatchStatesForPatchGroup',
    resource: onAnything,
  },
  DescribeInstancePatches: { handle: 'notImplemented', action: 'ssm:DescribeInstancePatches', resource: onAnything },
  DescribeInstanceProperties: {
    handle: 'notImplemented',
    action: 'ssm:DescribeInstanceProperties',
    resource: onAnything,
  },
  DescribeInventoryDeletions: {
    handle: 'notImplemented',
    action: 'ssm:DescribeInventoryDeletions',
    resource: onAnything,
  },
  DescribeMaintenanceWindowExecutionTaskInvocations: {
    handle: 'notImplemented',
    action: 'ssm:DescribeMaintenanceWindowExecutionTaskInvocations',
    resource: onAnything,
  },
  DescribeMaintenanceWindowExecutionTasks: {
    handle: 'notImplemented',
    action: 'ssm:DescribeMaintenanceWindowExecutionTasks',
    resource: onAnything,
  },
  DescribeMaintenanceWindowExecutions: {
    handle: 'notImplemented',
    action: 'ssm:DescribeMaintenanceWindowExecutions',
    resource: onAnything,
  },
  DescribeMaintenanceWindowSchedule: {
    handle: 'notImplemented',
    action: 'ssm:DescribeMaintenanceWindowSchedule',
    resource: onAnything,
  },
  DescribeMaintenanceWindowTargets: {
    handle: 'notImplemented',
    action: 'ssm:DescribeMaintenanceWindowTargets',
    resource: onAnything,
  },
  DescribeMaintenanceWindowTasks: {
    handle: 'notImplemented',
    action: 'ssm:DescribeMaintenanceWindowTasks',
    resource: onAnything,
  },
  DescribeMaintenanceWindows: {
    handle: 'notImplemented',
    action: 'ssm:DescribeMaintenanceWindows',
    resource: onAnything,
  },
  DescribeMaintenanceWindowsForTarget: {
    handle: 'notImplemented',
    action: 'ssm:DescribeMaintenanceWindowsForTarget',
    resource: onAnything,
  },
  DescribeOpsItems: { handle: 'notImplemented', action: 'ssm:DescribeOpsItems', resource: onAnything },
  DescribeParameters: { handle: describeParameters, action: 'ssm:DescribeParameters', resource: onAnything },
  DescribePatchBaselines: { handle: 'notImplemented', action: 'ssm:DescribePatchBaselines', resource: onAnything },
  DescribePatchGroupState: { handle: 'notImplemented', action: 'ssm:DescribePatchGroupState', resource: onAnything },
  DescribePatchGroups: { handle: 'notImplemented', action: 'ssm:DescribePatchGroups', resource: onAnything },
  DescribePatchProperties: { handle: 'notImplemented', action: 'ssm:DescribePatchProperties', resource: onAnything },
  DescribeSessions: { handle: 'notImplemented', action: 'ssm:DescribeSessions', resource: onAnything },
  DisassociateOpsItemRelatedItem: {
    handle: 'notImplemented',
    action: 'ssm:DisassociateOpsItemRelatedItem',
    resource: onAnything,
  },
  GetAccessToken: { handle: 'notImplemented', action: 'ssm:GetAccessToken', resource: onAnything },
  GetAutomationExecution: { handle: 'notImplemented', action: 'ssm:GetAutomationExecution', resource: onAnything },
  GetCalendarState: { handle: 'notImplemented', action: 'ssm:GetCalendarState', resource: onAnything },
  GetCloudConnector: { handle: 'notImplemented', action: 'ssm:GetCloudConnector', resource: onAnything },
  GetCommandInvocation: { handle: 'notImplemented', action: 'ssm:GetCommandInvocation', resource: onAnything },
  GetConnectionStatus: { handle: 'notImplemented', action: 'ssm:GetConnectionStatus', resource: onAnything },
  GetDefaultPatchBaseline: { handle: 'notImplemented', action: 'ssm:GetDefaultPatchBaseline', resource: onAnything },
  GetDeployablePatchSnapshotForInstance: {
    handle: 'notImplemented',
    action: 'ssm:GetDeployablePatchSnapshotForInstance',
    resource: onAnything,
  },
  GetDocument: { handle: 'notImplemented', action: 'ssm:GetDocument', resource: onAnything },
  GetExecutionPreview: { handle: 'notImplemented', action: 'ssm:GetExecutionPreview', resource: onAnything },
  GetInventory: { handle: 'notImplemented', action: 'ssm:GetInventory', resource: onAnything },
  GetInventorySchema: { handle: 'notImplemented', action: 'ssm:GetInventorySchema', resource: onAnything },
  GetMaintenanceWindow: { handle: 'notImplemented', action: 'ssm:GetMaintenanceWindow', resource: onAnything },
  GetMaintenanceWindowExecution: {
    handle: 'notImplemented',
    action: 'ssm:GetMaintenanceWindowExecution',
    resource: onAnything,
  },
  GetMaintenanceWindowExecutionTask: {
    handle: 'notImplemented',
    action: 'ssm:GetMaintenanceWindowExecutionTask',
    resource: onAnything,
  },
  GetMaintenanceWindowExecutionTaskInvocation: {
    handle: 'notImplemented',
    action: 'ssm:GetMaintenanceWindowExecutionTaskInvocation',
    resource: onAnything,
  },
  GetMaintenanceWindowTask: { handle: 'notImplemented', action: 'ssm:GetMaintenanceWindowTask', resource: onAnything },
  GetOpsItem: { handle: 'notImplemented', action: 'ssm:GetOpsItem', resource: onAnything },
  GetOpsMetadata: { handle: 'notImplemented', action: 'ssm:GetOpsMetadata', resource: onAnything },
  GetOpsSummary: { handle: 'notImplemented', action: 'ssm:GetOpsSummary', resource: onAnything },
  GetParameter: { handle: getParameter, action: 'ssm:GetParameter', resource: onParameter },
  GetParameterHistory: { handle: getParameterHistory, action: 'ssm:GetParameterHistory', resource: onParameter },
  GetParameters: { handle: getParameters, action: 'ssm:GetParameters', resource: onFirst, also: onOthers },
  GetParametersByPath: {
    handle: getParametersByPath,
    action: 'ssm:GetParametersByPath',
    resource: onPath,
    conditions: recursion,
  },
  GetPatchBaseline: { handle: 'notImplemented', action: 'ssm:GetPatchBaseline', resource: onAnything },
  GetPatchBaselineForPatchGroup: {
    handle: 'notImplemented',
    action: 'ssm:GetPatchBaselineForPatchGroup',
    resource: onAnything,
  },
  GetResourcePolicies: { handle: 'notImplemented', action: 'ssm:GetResourcePolicies', resource: onAnything },
  GetServiceSetting: { handle: 'notImplemented', action: 'ssm:GetServiceSetting', resource: onAnything },
  LabelParameterVersion: { handle: labelParameterVersion, action: 'ssm:LabelParameterVersion', resource: onParameter },
  ListAssociationVersions: { handle: 'notImplemented', action: 'ssm:ListAssociationVersions', resource: onAnything },
  ListAssociations: { handle: 'notImplemented', action: 'ssm:ListAssociations', resource: onAnything },
  ListCloudConnectors: { handle: 'notImplemented', action: 'ssm:ListCloudConnectors', resource: onAnything },
  ListCommandInvocations: { handle: 'notImplemented', action: 'ssm:ListCommandInvocations', resource: onAnything },
  ListCommands: { handle: 'notImplemented', action: 'ssm:ListCommands', resource: onAnything },
  ListComplianceItems: { handle: 'notImplemented', action: 'ssm:ListComplianceItems', resource: onAnything },
  ListComplianceSummaries: { handle: 'notImplemented', action: 'ssm:ListComplianceSummaries', resource: onAnything },
  ListDocumentMetadataHistory: {
    handle: 'notImplemented',
    action: 'ssm:ListDocumentMetadataHistory',
    resource: onAnything,
  },
  ListDocumentVersions: { handle: 'notImplemented', action: 'ssm:ListDocumentVersions', resource: onAnything },
  ListDocuments: { handle: 'notImplemented', action: 'ssm:ListDocuments', resource: onAnything },
  ListInventoryEntries: { handle: 'notImplemented', action: 'ssm:ListInventoryEntries', resource: onAnything },
  ListNodes: { handle: 'notImplemented', action: 'ssm:ListNodes', resource: onAnything },
  ListNodesSummary: { handle: 'notImplemented', action: 'ssm:ListNodesSummary', resource: onAnything },
  ListOpsItemEvents: { handle: 'notImplemented', action: 'ssm:ListOpsItemEvents', resource: onAnything },
  ListOpsItemRelatedItems: { handle: 'notImplemented', action: 'ssm:ListOpsItemRelatedItems', resource: onAnything },
  ListOpsMetadata: { handle: 'notImplemented', action: 'ssm:ListOpsMetadata', resource: onAnything },
  ListResourceComplianceSummaries: {
    handle: 'notImplemented',
    action: 'ssm:ListResourceComplianceSummaries',
    resource: onAnything,
  },
  ListResourceDataSync: { handle: 'notImplemented', action: 'ssm:ListResourceDataSync', resource: onAnything },
  ListTagsForResource: { handle: listTagsForResource, action: 'ssm:ListTagsForResource', resource: onTagged },
  ModifyDocumentPermission: { handle: 'notImplemented', action: 'ssm:ModifyDocumentPermission', resource: onAnything },
  PutComplianceItems: { handle: 'notImplemented', action: 'ssm:PutComplianceItems', resource: onAnything },
  PutInventory: { handle: 'notImplemented', action: 'ssm:PutInventory', resource: onAnything },
  PutParameter: { handle: putParameter, action: 'ssm:PutParameter', resource: onParameter },
  PutResourcePolicy: { handle: 'notImplemented', action: 'ssm:PutResourcePolicy', resource: onAnything },
  RegisterDefaultHostManagementConfiguration: {
    handle: 'notImplemented',
    action: 'ssm:RegisterDefaultHostManagementConfiguration',
    resource: onAnything,
  },
  RegisterDefaultPatchBaseline: {
    handle: 'notImplemented',
    action: 'ssm:RegisterDefaultPatchBaseline',
    resource: onAnything,
  },
  RegisterPatchBaselineForPatchGroup: {
    handle: 'notImplemented',
    action: 'ssm:RegisterPatchBaselineForPatchGroup',
    resource: onAnything,
  },
  RegisterTargetWithMaintenanceWindow: {
    handle: 'notImplemented',
    action: 'ssm:RegisterTargetWithMaintenanceWindow',
    resource: onAnything,
  },
  RegisterTaskWithMaintenanceWindow: {
    handle: 'notImplemented',
    action: 'ssm:RegisterTaskWithMaintenanceWindow',
    resource: onAnything,
  },
  RemoveTagsFromResource: { handle: removeTagsFromResource, action: 'ssm:RemoveTagsFromResource', resource: onTagged },
  ResetServiceSetting: { handle: 'notImplemented', action: 'ssm:ResetServiceSetting', resource: onAnything },
  ResumeSession: { handle: 'notImplemented', action: 'ssm:ResumeSession', resource: onAnything },
  SendAutomationSignal: { handle: 'notImplemented', action: 'ssm:SendAutomationSignal', resource: onAnything },
  SendCommand: { handle: 'notImplemented', action: 'ssm:SendCommand', resource: onAnything },
  StartAccessRequest: { handle: 'notImplemented', action: 'ssm:StartAccessRequest', resource: onAnything },
  StartAssociationsOnce: { handle: 'notImplemented', action: 'ssm:StartAssociationsOnce', resource: onAnything },
  StartAutomationExecution: { handle: 'notImplemented', action: 'ssm:StartAutomationExecution', resource: onAnything },
  StartChangeRequestExecution: {
    handle: 'notImplemented',
    action: 'ssm:StartChangeRequestExecution',
    resource: onAnything,
  },
  StartExecutionPreview: { handle: 'notImplemented', action: 'ssm:StartExecutionPreview', resource: onAnything },
  StartSession: { handle: 'notImplemented', action: 'ssm:StartSession', resource: onAnything },
  StopAutomationExecution: { handle: 'notImplemented', action: 'ssm:StopAutomationExecution', resource: onAnything },
  TerminateSession: { handle: 'notImplemented', action: 'ssm:TerminateSession', resource: onAnything },
  UnlabelParameterVersion: {
    handle: unlabelParameterVersion,
    action: 'ssm:UnlabelParameterVersion',
    resource: onParameter,
  },
  UpdateAssociation: { handle: 'notImplemented', action: 'ssm:UpdateAssociation', resource: onAnything },
  UpdateAssociationStatus: { handle: 'notImplemented', action: 'ssm:UpdateAssociationStatus', resource: onAnything },
  UpdateCloudConnector: { handle: 'notImplemented', action: 'ssm:UpdateCloudConnector', resource: onAnything },
  UpdateDocument: { handle: 'notImplemented', action: 'ssm:UpdateDocument', resource: onAnything },
  UpdateDocumentDefaultVersion: {
    handle: 'notImplemented',
    action: 'ssm:UpdateDocumentDefaultVersion',
    resource: onAnything,
  },
  UpdateDocumentMetadata: { handle: 'notImplemented', action: 'ssm:UpdateDocumentMetadata', resource: onAnything },
  UpdateMaintenanceWindow: { handle: 'notImplemented', action: 'ssm:UpdateMaintenanceWindow', resource: onAnything },
  UpdateMaintenanceWindowTarget: {
    handle: 'notImplemented',
    action: 'ssm:UpdateMaintenanceWindowTarget',
    resource: onAnything,
  },
  UpdateMaintenanceWindowTask: {
    handle: 'notImplemented',
    action: 'ssm:UpdateMaintenanceWindowTask',
    resource: onAnything,
  },
  UpdateManagedInstanceRole: {
    handle: 'notImplemented',
    action: 'ssm:UpdateManagedInstanceRole',
    resource: onAnything,
  },
  UpdateOpsItem: { handle: 'notImplemented', action: 'ssm:UpdateOpsItem', resource: onAnything },
  UpdateOpsMetadata: { handle: 'notImplemented', action: 'ssm:UpdateOpsMetadata', resource: onAnything },
  UpdatePatchBaseline: { handle: 'notImplemented', action: 'ssm:UpdatePatchBaseline', resource: onAnything },
  UpdateResourceDataSync: { handle: 'notImplemented', action: 'ssm:UpdateResourceDataSync', resource: onAnything },
  UpdateServiceSetting: { handle: 'notImplemented', action: 'ssm:UpdateServiceSetting', resource: onAnything },
  ValidateCloudConnector: { handle: 'notImplemented', action: 'ssm:ValidateCloudConnector', resource: onAnything },
}

export function createSsmService(deps: SsmDeps): Service {
  return {
    ...bindService('ssm', ssmOperations, deps),
    resourceConditions: resourceTags(
      async (resource) => (await parameterOfArn(deps.store, resource))?.tags,
      ['ssm:resourcetag/'],
    ),
  }
}
