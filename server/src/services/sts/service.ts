// Every operation of STS: who handles it, and what it needs permission for. Actions and resources are those of the service
// authorization reference.
import {
  bindService,
  type ConditionValues,
  type FurtherPermission,
  type OperationTable,
  type ResourceConditions,
  type Service,
} from '#protocol/operation.ts'
import { resourceTags } from '#protocol/resource-tags.ts'
import type { StsDeps, StsInput, StsModel } from './model.ts'
import { assumeRole } from './operations/assume-role.ts'
import { assumeRoleWithWebIdentity } from './operations/assume-role-with-web-identity.ts'
import { decodeAuthorizationMessage } from './operations/decode-authorization-message.ts'
import { getAccessKeyInfo } from './operations/get-access-key-info.ts'
import { getCallerIdentity } from './operations/get-caller-identity.ts'
import { getFederationToken } from './operations/get-federation-token.ts'
import { getSessionToken } from './operations/get-session-token.ts'
import { secondFactorConditions } from './second-factor.ts'
import { findRole } from './role.ts'
import { unbuiltOfSts } from './unbuilt.ts'

function onAnything(): string {
  return '*'
}

function onRole({ RoleArn }: { readonly RoleArn?: string | undefined }): string {
  return RoleArn ?? '*'
}

type AssumeInput = StsInput<'AssumeRole'>

function assumeConditions(input: AssumeInput): ConditionValues {
  const { TransitiveTagKeys: transitive = [] } = input
  return {
    'sts:ExternalId': input.ExternalId,
    'sts:RoleSessionName': input.RoleSessionName,
    'sts:SourceIdentity': input.SourceIdentity,
    ...(transitive.length > 0 && { 'sts:TransitiveTagKeys': transitive }),
  }
}

/** Tags and a source identity are permissions of their own. */
function assumeAlso(input: AssumeInput): readonly FurtherPermission[] {
  const resource = onRole(input)
  return [
    ...((input.Tags ?? []).length > 0 ? [{ action: 'sts:TagSession', resource }] : []),
    ...(input.SourceIdentity === undefined ? [] : [{ action: 'sts:SetSourceIdentity', resource }]),
  ]
}

export const stsOperations: OperationTable<StsDeps, StsModel> = {
  AssumeRole: {
    handle: assumeRole,
    action: 'sts:AssumeRole',
    resource: onRole,
    conditions: assumeConditions,
    also: assumeAlso,
  },
  AssumeRoleWithSAML: { handle: 'notImplemented', action: 'sts:AssumeRoleWithSAML', resource: onRole },
  AssumeRoleWithWebIdentity: {
    handle: assumeRoleWithWebIdentity,
    action: 'sts:AssumeRoleWithWebIdentity',
    resource: onRole,
  },
  AssumeRoot: { handle: 'notImplemented', action: 'sts:AssumeRoot', resource: onAnything },
  DecodeAuthorizationMessage: {
    handle: decodeAuthorizationMessage,
    action: 'sts:DecodeAuthorizationMessage',
    resource: onAnything,
  },
  GetAccessKeyInfo: { handle: getAccessKeyInfo, action: 'sts:GetAccessKeyInfo', resource: onAnything },
  GetCallerIdentity: { handle: getCallerIdentity, action: 'sts:GetCallerIdentity', resource: onAnything },
  GetDelegatedAccessToken: {
    handle: 'notImplemented',
    action: 'sts:GetDelegatedAccessToken',
    resource: onAnything,
  },
  GetFederationToken: {
    handle: getFederationToken,
    action: 'sts:GetFederationToken',
    resource: ({ Name }, { account }) => `arn:aws:sts::${account}:federated-user/${Name ?? '*'}`,
  },
  GetSessionToken: { handle: getSessionToken, action: 'sts:GetSessionToken', resource: onAnything },
  GetWebIdentityToken: { handle: 'notImplemented', action: 'sts:GetWebIdentityToken', resource: onAnything },
}

/** The tags of the role, and the second factor that is given with the request. */
function roleConditions(deps: StsDeps): ResourceConditions {
  const tags = resourceTags(
    async (resource) => (await findRole(deps.identity.directory.store, resource))?.tags,
    ['iam:resourcetag/'],
  )
  return {
    prefixes: [...tags.prefixes, 'aws:multifactorauth'],
    read: async (resource, context, input) => ({
      ...(await tags.read(resource, context, input)),
      ...(await secondFactorConditions(deps, input, context)),
    }),
  }
}

export function createStsService(deps: StsDeps): Service {
  return {
    ...bindService('sts', stsOperations, deps, unbuiltOfSts),
    resourceConditions: roleConditions(deps),
    // Who may assume a role, the role itself says.
    async resourcePolicies(resource) {
      const role = await findRole(deps.identity.directory.store, resource)
      return role && { owner: role.account, documents: [role.trust], decides: true, kind: 'trust' }
    },
  }
}
