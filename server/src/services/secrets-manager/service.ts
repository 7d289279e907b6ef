// Every operation of Secrets Manager: who handles it, and what it needs permission for. Actions and resources are those of
// the service authorization reference. A secret's own policy is asked as well.
import {
  bindService,
  type ConditionValues,
  type FurtherPermission,
  type OperationTable,
  type RequestContext,
  type Service,
} from '#protocol/operation.ts'
import { resourceTags } from '#protocol/resource-tags.ts'
import type { SecretsDeps, SecretsInput, SecretsModel } from './model.ts'
import { find, secretArn, type SecretRecord } from './secret.ts'
import { batchGetSecretValue } from './operations/batch-get-secret-value.ts'
import { createSecret } from './operations/create-secret.ts'
import { deleteResourcePolicy } from './operations/delete-resource-policy.ts'
import { deleteSecret } from './operations/delete-secret.ts'
import { describeSecret } from './operations/describe-secret.ts'
import { getRandomPassword } from './operations/get-random-password.ts'
import { getResourcePolicy } from './operations/get-resource-policy.ts'
import { getSecretValue } from './operations/get-secret-value.ts'
import { listSecretVersionIds } from './operations/list-secret-version-ids.ts'
import { listSecrets } from './operations/list-secrets.ts'
import { putResourcePolicy } from './operations/put-resource-policy.ts'
import { putSecretValue } from './operations/put-secret-value.ts'
import { cancelRotateSecret } from './operations/cancel-rotate-secret.ts'
import { removeRegionsFromReplication } from './operations/remove-regions-from-replication.ts'
import { replicateSecretToRegions } from './operations/replicate-secret-to-regions.ts'
import { rotateSecret } from './operations/rotate-secret.ts'
import { stopReplicationToReplica } from './operations/stop-replication-to-replica.ts'
import { restoreSecret } from './operations/restore-secret.ts'
import { tagResource } from './operations/tag-resource.ts'
import { untagResource } from './operations/untag-resource.ts'
import { updateSecret } from './operations/update-secret.ts'
import { updateSecretVersionStage } from './operations/update-secret-version-stage.ts'
import { validateResourcePolicy } from './operations/validate-resource-policy.ts'
import { unbuiltOfSecretsManager } from './unbuilt.ts'

type Text = string | undefined

function onAnything(): string {
  return '*'
}

/** Named by its name, the ARN ends with what comes instead of the six random characters. */
function arnOf(secretId: Text, { account, region }: RequestContext): string {
  if (secretId?.startsWith('arn:') === true) return secretId
  return `arn:aws:secretsmanager:${region}:${account}:secret:${secretId ?? '*'}`
}

function onSecret({ SecretId }: { readonly SecretId?: Text }, context: RequestContext): string {
  return arnOf(SecretId, context)
}

function onNew({ Name }: SecretsInput<'CreateSecret'>, { account, region }: RequestContext): string {
  return `arn:aws:secretsmanager:${region}:${account}:secret:${Name ?? ''}-??????`
}

/** Filters show what there is, as a list does. */
function onEach(
  { SecretIdList, Filters }: SecretsInput<'BatchGetSecretValue'>,
  context: RequestContext,
): readonly FurtherPermission[] {
  if (Filters !== undefined) return [{ action: 'secretsmanager:ListSecrets', resource: '*' }]
  return (SecretIdList ?? []).map((id) => ({
    action: 'secretsmanager:GetSecretValue',
    resource: arnOf(id, context),
  }))
}

function stage({ VersionStage, VersionId }: SecretsInput<'GetSecretValue'>): ConditionValues {
  return { 'secretsmanager:VersionStage': VersionStage ?? 'AWSCURRENT', 'secretsmanager:VersionId': VersionId }
}

/** Whoever makes a function rotate a secret must be allowed to invoke it. */
function invokesFunction({ RotationLambdaARN: resource }: SecretsInput<'RotateSecret'>): readonly FurtherPermission[] {
  return resource === undefined ? [] : [{ action: 'lambda:InvokeFunction', resource }]
}

function rotationGiven({ RotationLambdaARN, RotateImmediately }: SecretsInput<'RotateSecret'>): ConditionValues {
  return {
    'secretsmanager:RotationLambdaARN': RotationLambdaARN,
    'secretsmanager:RotateImmediately': String(RotateImmediately ?? true),
  }
}

export const secretsManagerOperations: OperationTable<SecretsDeps, SecretsModel> = {
  BatchGetSecretValue: {
    handle: batchGetSecretValue,
    action: 'secretsmanager:BatchGetSecretValue',
    resource: onAnything,
    also: onEach,
  },
  CancelRotateSecret: { handle: cancelRotateSecret, action: 'secretsmanager:CancelRotateSecret', resource: onSecret },
  CreateSecret: { handle: createSecret, action: 'secretsmanager:CreateSecret', resource: onNew },
  DeleteResourcePolicy: {
    handle: deleteResourcePolicy,
    action: 'secretsmanager:DeleteResourcePolicy',
    resource: onSecret,
  },
  DeleteSecret: { handle: deleteSecret, action: 'secretsmanager:DeleteSecret', resource: onSecret },
  DescribeSecret: { handle: describeSecret, action: 'secretsmanager:DescribeSecret', resource: onSecret },
  GetRandomPassword: { handle: getRandomPassword, action: 'secretsmanager:GetRandomPassword', resource: onAnything },
  GetResourcePolicy: { handle: getResourcePolicy, action: 'secretsmanager:GetResourcePolicy', resource: onSecret },
  GetSecretValue: {
    handle: getSecretValue,
    action: 'secretsmanager:GetSecretValue',
    resource: onSecret,
    conditions: stage,
  },
  ListSecretVersionIds: {
    handle: listSecretVersionIds,
    action: 'secretsmanager:ListSecretVersionIds',
    resource: onSecret,
  },
  ListSecrets: { handle: listSecrets, action: 'secretsmanager:ListSecrets', resource: onAnything },
  PutResourcePolicy: { handle: putResourcePolicy, action: 'secretsmanager:PutResourcePolicy', resource: onSecret },
  PutSecretValue: { handle: putSecretValue, action: 'secretsmanager:PutSecretValue', resource: onSecret },
  RemoveRegionsFromReplication: {
    handle: removeRegionsFromReplication,
    action: 'secretsmanager:RemoveRegionsFromReplication',
    resource: onSecret,
  },
  ReplicateSecretToRegions: {
    handle: replicateSecretToRegions,
    action: 'secretsmanager:ReplicateSecretToRegions',
    resource: onSecret,
  },
  RestoreSecret: { handle: restoreSecret, action: 'secretsmanager:RestoreSecret', resource: onSecret },
  RotateSecret: {
    handle: rotateSecret,
    action: 'secretsmanager:RotateSecret',
    resource: onSecret,
    also: invokesFunction,
    conditions: rotationGiven,
  },
  StopReplicationToReplica: {
    handle: stopReplicationToReplica,
    action: 'secretsmanager:StopReplicationToReplica',
    resource: onSecret,
  },
  TagResource: { handle: tagResource, action: 'secretsmanager:TagResource', resource: onSecret },
  UntagResource: { handle: untagResource, action: 'secretsmanager:UntagResource', resource: onSecret },
  UpdateSecret: { handle: updateSecret, action: 'secretsmanager:UpdateSecret', resource: onSecret },
  UpdateSecretVersionStage: {
    handle: updateSecretVersionStage,
    action: 'secretsmanager:UpdateSecretVersionStage',
    resource: onSecret,
  },
  ValidateResourcePolicy: {
    handle: validateResourcePolicy,
    action: 'secretsmanager:ValidateResourcePolicy',
    resource: onSecret,
  },
}

export function createSecretsManagerService(deps: SecretsDeps): Service {
  const secretOf = async (resource: string, context: RequestContext): Promise<SecretRecord | undefined> => {
    const [, secretId] = /^arn:aws[a-z-]*:secretsmanager:[^:]*:\d{12}:secret:(.+)$/.exec(resource) ?? []
    if (secretId === undefined) return undefined
    return (await find(deps.store, context, resource)) ?? (await find(deps.store, context, secretId))
  }
  return {
    ...bindService('secrets-manager', secretsManagerOperations, deps, unbuiltOfSecretsManager),
    resourceConditions: resourceTags(
      async (resource, context) => (await secretOf(resource, context))?.tags,
      ['secretsmanager:resourcetag/'],
    ),
    deniesRoot: (operation) => !operation.endsWith('ResourcePolicy'),
    async resourcePolicies(resource, context) {
      const record = await secretOf(resource, context)
      return (
        record && {
          owner: record.account,
          arn: secretArn(record),
          documents: record.policy === undefined ? [] : [record.policy],
        }
      )
    },
  }
}
