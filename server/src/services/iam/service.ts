// Every operation of IAM: who handles it, and what it needs permission for. Actions and resources are those of the service
// authorization reference. What is made is named with its path; what is there already, whose path is not in the request,
// without it: `ownArnOf` finds it.
import {
  bindService,
  type ConditionValues,
  type OperationTable,
  type RequestContext,
  type ResourcePolicies,
  type Service,
} from '#protocol/operation.ts'
import { resourceTags } from '#protocol/resource-tags.ts'
import {
  type ArnKind,
  groups,
  iamArn,
  instanceProfiles,
  nameKey,
  oidcProviders,
  policies,
  roles,
  samlProviders,
  type Tag,
  users,
} from '#identity/directory/records.ts'
import { serverCertificates } from './certificate.ts'
import type { IamDeps, IamInput, IamModel } from './model.ts'
import { addClientIDToOpenIDConnectProvider } from './operations/add-client-id-to-open-id-connect-provider.ts'
import { addRoleToInstanceProfile } from './operations/add-role-to-instance-profile.ts'
import { addUserToGroup } from './operations/add-user-to-group.ts'
import { attachGroupPolicy } from './operations/attach-group-policy.ts'
import { attachRolePolicy } from './operations/attach-role-policy.ts'
import { attachUserPolicy } from './operations/attach-user-policy.ts'
import { changePassword } from './operations/change-password.ts'
import { createAccessKey } from './operations/create-access-key.ts'
import { createAccountAlias } from './operations/create-account-alias.ts'
import { createGroup } from './operations/create-group.ts'
import { createInstanceProfile } from './operations/create-instance-profile.ts'
import { createLoginProfile } from './operations/create-login-profile.ts'
import { createOpenIDConnectProvider } from './operations/create-open-id-connect-provider.ts'
import { createPolicy } from './operations/create-policy.ts'
import { createPolicyVersion } from './operations/create-policy-version.ts'
import { createRole } from './operations/create-role.ts'
import { createSAMLProvider } from './operations/create-saml-provider.ts'
import { createServiceLinkedRole } from './operations/create-service-linked-role.ts'
import { createUser } from './operations/create-user.ts'
import { deleteAccessKey } from './operations/delete-access-key.ts'
import { deleteAccountAlias } from './operations/delete-account-alias.ts'
import { deleteAccountPasswordPolicy } from './operations/delete-account-password-policy.ts'
import { deleteGroup } from './operations/delete-group.ts'
import { deleteGroupPolicy } from './operations/delete-group-policy.ts'
import { deleteInstanceProfile } from './operations/delete-instance-profile.ts'
import { deleteLoginProfile } from './operations/delete-login-profile.ts'
import { deleteOpenIDConnectProvider } from './operations/delete-open-id-connect-provider.ts'
import { deletePolicy } from './operations/delete-policy.ts'
import { deletePolicyVersion } from './operations/delete-policy-version.ts'
import { deleteRole } from './operations/delete-role.ts'
import { deleteRolePermissionsBoundary } from './operations/delete-role-permissions-boundary.ts'
import { deleteRolePolicy } from './operations/delete-role-policy.ts'
import { deleteSAMLProvider } from './operations/delete-saml-provider.ts'
import { deleteServiceLinkedRole } from './operations/delete-service-linked-role.ts'
import { deleteUser } from './operations/delete-user.ts'
import { deleteUserPermissionsBoundary } from './operations/delete-user-permissions-boundary.ts'
import { deleteUserPolicy } from './operations/delete-user-policy.ts'
import { detachGroupPolicy } from './operations/detach-group-policy.ts'
import { detachRolePolicy } from './operations/detach-role-policy.ts'
import { detachUserPolicy } from './operations/detach-user-policy.ts'
import { generateCredentialReport } from './operations/generate-credential-report.ts'
import { generateServiceLastAccessedDetails } from './operations/generate-service-last-accessed-details.ts'
import { getAccessKeyLastUsed } from './operations/get-access-key-last-used.ts'
import { getAccountAuthorizationDetails } from './operations/get-account-authorization-details.ts'
import { getAccountPasswordPolicy } from './operations/get-account-password-policy.ts'
import { getAccountSummary } from './operations/get-account-summary.ts'
import { getContextKeysForCustomPolicy } from './operations/get-context-keys-for-custom-policy.ts'
import { getContextKeysForPrincipalPolicy } from './operations/get-context-keys-for-principal-policy.ts'
import { getCredentialReport } from './operations/get-credential-report.ts'
import { getGroup } from './operations/get-group.ts'
import { getGroupPolicy } from './operations/get-group-policy.ts'
import { getInstanceProfile } from './operations/get-instance-profile.ts'
import { getLoginProfile } from './operations/get-login-profile.ts'
import { getOpenIDConnectProvider } from './operations/get-open-id-connect-provider.ts'
import { getPolicy } from './operations/get-policy.ts'
import { getPolicyVersion } from './operations/get-policy-version.ts'
import { getRole } from './operations/get-role.ts'
import { getRolePolicy } from './operations/get-role-policy.ts'
import { getSAMLProvider } from './operations/get-saml-provider.ts'
import { getServiceLastAccessedDetails } from './operations/get-service-last-accessed-details.ts'
import { getServiceLinkedRoleDeletionStatus } from './operations/get-service-linked-role-deletion-status.ts'
import { getUser } from './operations/get-user.ts'
import { getUserPolicy } from './operations/get-user-policy.ts'
import { listAccessKeys } from './operations/list-access-keys.ts'
import { listAccountAliases } from './operations/list-account-aliases.ts'
import { listAttachedGroupPolicies } from './operations/list-attached-group-policies.ts'
import { listAttachedRolePolicies } from './operations/list-attached-role-policies.ts'
import { listAttachedUserPolicies } from './operations/list-attached-user-policies.ts'
import { listEntitiesForPolicy } from './operations/list-entities-for-policy.ts'
import { listGroupPolicies } from './operations/list-group-policies.ts'
import { listGroups } from './operations/list-groups.ts'
import { listGroupsForUser } from './operations/list-groups-for-user.ts'
import { listInstanceProfileTags } from './operations/list-instance-profile-tags.ts'
import { listInstanceProfiles } from './operations/list-instance-profiles.ts'
import { listInstanceProfilesForRole } from './operations/list-instance-profiles-for-role.ts'
import { listOpenIDConnectProviderTags } from './operations/list-open-id-connect-provider-tags.ts'
import { listOpenIDConnectProviders } from './operations/list-open-id-connect-providers.ts'
import { listPolicies } from './operations/list-policies.ts'
import { listPolicyTags } from './operations/list-policy-tags.ts'
import { listPolicyVersions } from './operations/list-policy-versions.ts'
import { listRolePolicies } from './operations/list-role-policies.ts'
import { listRoleTags } from './operations/list-role-tags.ts'
import { listRoles } from './operations/list-roles.ts'
import { listSAMLProviders } from './operations/list-saml-providers.ts'
import { listUserPolicies } from './operations/list-user-policies.ts'
import { listUserTags } from './operations/list-user-tags.ts'
import { listUsers } from './operations/list-users.ts'
import { putGroupPolicy } from './operations/put-group-policy.ts'
import { putRolePermissionsBoundary } from './operations/put-role-permissions-boundary.ts'
import { putRolePolicy } from './operations/put-role-policy.ts'
import { putUserPermissionsBoundary } from './operations/put-user-permissions-boundary.ts'
import { putUserPolicy } from './operations/put-user-policy.ts'
import { removeClientIDFromOpenIDConnectProvider } from './operations/remove-client-id-from-open-id-connect-provider.ts'
import { removeRoleFromInstanceProfile } from './operations/remove-role-from-instance-profile.ts'
import { removeUserFromGroup } from './operations/remove-user-from-group.ts'
import { setDefaultPolicyVersion } from './operations/set-default-policy-version.ts'
import { simulateCustomPolicy } from './operations/simulate-custom-policy.ts'
import { simulatePrincipalPolicy } from './operations/simulate-principal-policy.ts'
import { tagInstanceProfile } from './operations/tag-instance-profile.ts'
import { tagOpenIDConnectProvider } from './operations/tag-open-id-connect-provider.ts'
import { tagPolicy } from './operations/tag-policy.ts'
import { tagRole } from './operations/tag-role.ts'
import { tagUser } from './operations/tag-user.ts'
import { untagInstanceProfile } from './operations/untag-instance-profile.ts'
import { untagOpenIDConnectProvider } from './operations/untag-open-id-connect-provider.ts'
import { untagPolicy } from './operations/untag-policy.ts'
import { untagRole } from './operations/untag-role.ts'
import { untagUser } from './operations/untag-user.ts'
import { updateAccessKey } from './operations/update-access-key.ts'
import { updateAccountPasswordPolicy } from './operations/update-account-password-policy.ts'
import { updateAssumeRolePolicy } from './operations/update-assume-role-policy.ts'
import { updateGroup } from './operations/update-group.ts'
import { updateLoginProfile } from './operations/update-login-profile.ts'
import { updateOpenIDConnectProviderThumbprint } from './operations/update-open-id-connect-provider-thumbprint.ts'
import { updateRole } from './operations/update-role.ts'
import { updateRoleDescription } from './operations/update-role-description.ts'
import { updateSAMLProvider } from './operations/update-saml-provider.ts'
import { createVirtualMFADevice } from './operations/create-virtual-mfa-device.ts'
import { enableMFADevice } from './operations/enable-mfa-device.ts'
import { resyncMFADevice } from './operations/resync-mfa-device.ts'
import { deactivateMFADevice } from './operations/deactivate-mfa-device.ts'
import { deleteVirtualMFADevice } from './operations/delete-virtual-mfa-device.ts'
import { listMFADevices } from './operations/list-mfa-devices.ts'
import { listVirtualMFADevices } from './operations/list-virtual-mfa-devices.ts'
import { getMFADevice } from './operations/get-mfa-device.ts'
import { tagMFADevice } from './operations/tag-mfa-device.ts'
import { untagMFADevice } from './operations/untag-mfa-device.ts'
import { listMFADeviceTags } from './operations/list-mfa-device-tags.ts'
import { uploadSSHPublicKey } from './operations/upload-ssh-public-key.ts'
import { getSSHPublicKey } from './operations/get-ssh-public-key.ts'
import { listSSHPublicKeys } from './operations/list-ssh-public-keys.ts'
import { updateSSHPublicKey } from './operations/update-ssh-public-key.ts'
import { deleteSSHPublicKey } from './operations/delete-ssh-public-key.ts'
import { uploadSigningCertificate } from './operations/upload-signing-certificate.ts'
import { listSigningCertificates } from './operations/list-signing-certificates.ts'
import { updateSigningCertificate } from './operations/update-signing-certificate.ts'
import { deleteSigningCertificate } from './operations/delete-signing-certificate.ts'
import { createServiceSpecificCredential } from './operations/create-service-specific-credential.ts'
import { listServiceSpecificCredentials } from './operations/list-service-specific-credentials.ts'
import { updateServiceSpecificCredential } from './operations/update-service-specific-credential.ts'
import { resetServiceSpecificCredential } from './operations/reset-service-specific-credential.ts'
import { deleteServiceSpecificCredential } from './operations/delete-service-specific-credential.ts'
import { uploadServerCertificate } from './operations/upload-server-certificate.ts'
import { getServerCertificate } from './operations/get-server-certificate.ts'
import { listServerCertificates } from './operations/list-server-certificates.ts'
import { updateServerCertificate } from './operations/update-server-certificate.ts'
import { deleteServerCertificate } from './operations/delete-server-certificate.ts'
import { tagServerCertificate } from './operations/tag-server-certificate.ts'
import { untagServerCertificate } from './operations/untag-server-certificate.ts'
import { listServerCertificateTags } from './operations/list-server-certificate-tags.ts'
import { tagSAMLProvider } from './operations/tag-saml-provider.ts'
import { untagSAMLProvider } from './operations/untag-saml-provider.ts'
import { listSAMLProviderTags } from './operations/list-saml-provider-tags.ts'
import { listPoliciesGrantingServiceAccess } from './operations/list-policies-granting-service-access.ts'
import { getServiceLastAccessedDetailsWithEntities } from './operations/get-service-last-accessed-details-with-entities.ts'
import { updateUser } from './operations/update-user.ts'
import { unbuiltOfIam } from './unbuilt.ts'

type Text = string | undefined

function onAnything(): string {
  return '*'
}

function onUser({ UserName }: { readonly UserName?: Text }, context: RequestContext): string {
  return UserName === undefined ? onCaller(undefined, context) : `arn:aws:iam::${context.account}:user/${UserName}`
}

/** The calling user, where an operation needs no name. */
function onCaller(_input: unknown, { account, principal }: RequestContext): string {
  return principal.kind === 'user' ? principal.userArn : `arn:aws:iam::${account}:user/*`
}

function onGroup({ GroupName }: { readonly GroupName?: Text }, { account }: RequestContext): string {
  return `arn:aws:iam::${account}:group/${GroupName ?? '*'}`
}

function onRole({ RoleName }: { readonly RoleName?: Text }, { account }: RequestContext): string {
  return `arn:aws:iam::${account}:role/${RoleName ?? '*'}`
}

function onServiceRole({ AWSServiceName }: { readonly AWSServiceName?: Text }, { account }: RequestContext): string {
  return `arn:aws:iam::${account}:role/aws-service-role/${AWSServiceName ?? '*'}/*`
}

function onProfile(
  { InstanceProfileName }: { readonly InstanceProfileName?: Text },
  { account }: RequestContext,
): string {
  return `arn:aws:iam::${account}:instance-profile/${InstanceProfileName ?? '*'}`
}

/** What is made is named with the path that it is asked to have. */
function onNew(kind: ArnKind, name: Text, path: Text, { account }: RequestContext): string {
  return iamArn(kind, { account, path: path ?? '/', name: name ?? '*' })
}

function onNewUser({ UserName, Path }: IamInput<'CreateUser'>, context: RequestContext): string {
  return onNew('user', UserName, Path, context)
}

function onNewGroup({ GroupName, Path }: IamInput<'CreateGroup'>, context: RequestContext): string {
  return onNew('group', GroupName, Path, context)
}

function onNewRole({ RoleName, Path }: IamInput<'CreateRole'>, context: RequestContext): string {
  return onNew('role', RoleName, Path, context)
}

function onNewProfile(
  { InstanceProfileName, Path }: IamInput<'CreateInstanceProfile'>,
  context: RequestContext,
): string {
  return onNew('instance-profile', InstanceProfileName, Path, context)
}

function onNewPolicy({ PolicyName, Path }: IamInput<'CreatePolicy'>, context: RequestContext): string {
  return onNew('policy', PolicyName, Path, context)
}

function onNewServerCertificate(
  { ServerCertificateName, Path }: IamInput<'UploadServerCertificate'>,
  context: RequestContext,
): string {
  return onNew('server-certificate', ServerCertificateName, Path, context)
}

function onPolicy({ PolicyArn }: { readonly PolicyArn?: Text }, { account }: RequestContext): string {
  return ownArn(PolicyArn, account)
}

function onSource({ PolicySourceArn }: { readonly PolicySourceArn?: Text }, { account }: RequestContext): string {
  return ownArn(PolicySourceArn, account)
}

function onOidc(
  { OpenIDConnectProviderArn: arn }: { readonly OpenIDConnectProviderArn?: Text },
  { account }: RequestContext,
): string {
  return ownArn(arn, account)
}

function onDevice({ SerialNumber }: { readonly SerialNumber?: Text }): string {
  return SerialNumber ?? '*'
}

function onNewDevice(
  { VirtualMFADeviceName, Path }: IamInput<'CreateVirtualMFADevice'>,
  { account }: RequestContext,
): string {
  return `arn:aws:iam::${account}:mfa${Path ?? '/'}${VirtualMFADeviceName ?? '*'}`
}

function onServerCertificate(
  { ServerCertificateName }: { readonly ServerCertificateName?: Text },
  { account }: RequestContext,
): string {
  return `arn:aws:iam::${account}:server-certificate/${ServerCertificateName ?? '*'}`
}

function onSaml({ SAMLProviderArn: arn }: { readonly SAMLProviderArn?: Text }, { account }: RequestContext): string {
  return ownArn(arn, account)
}

/** AWS's own policies belong to nobody: their ARN is checked in the caller's account. */
function ownArn(arn: Text, account: string): string {
  return (arn ?? '*').replace(/^arn:aws:iam::aws:/, `arn:aws:iam::${account}:`)
}

function policyGiven({ PolicyArn }: { readonly PolicyArn?: Text }): ConditionValues {
  return { 'iam:PolicyARN': PolicyArn }
}

function boundaryGiven({ PermissionsBoundary }: { readonly PermissionsBoundary?: Text }): ConditionValues {
  return { 'iam:PermissionsBoundary': PermissionsBoundary }
}

function passesRole({ RoleName }: { readonly RoleName?: Text }, context: RequestContext) {
  return [{ action: 'iam:PassRole', resource: onRole({ RoleName }, context) }]
}

export const iamOperations: OperationTable<IamDeps, IamModel> = {
  AcceptDelegationRequest: { handle: 'notImplemented', action: 'iam:AcceptDelegationRequest', resource: onAnything },
  AcquireRole: { handle: 'notImplemented', action: 'iam:AcquireRole', resource: onAnything },
  AddClientIDToOpenIDConnectProvider: {
    handle: addClientIDToOpenIDConnectProvider,
    action: 'iam:AddClientIDToOpenIDConnectProvider',
    resource: onOidc,
  },
  AddRoleToInstanceProfile: {
    handle: addRoleToInstanceProfile,
    action: 'iam:AddRoleToInstanceProfile',
    resource: onProfile,
    also: passesRole,
  },
  AddUserToGroup: { handle: addUserToGroup, action: 'iam:AddUserToGroup', resource: onGroup },
  AssociateDelegationRequest: {
    handle: 'notImplemented',
    action: 'iam:AssociateDelegationRequest',
    resource: onAnything,
  },
  AttachGroupPolicy: {
    handle: attachGroupPolicy,
    action: 'iam:AttachGroupPolicy',
    resource: onGroup,
    conditions: policyGiven,
  },
  AttachRolePolicy: {
    handle: attachRolePolicy,
    action: 'iam:AttachRolePolicy',
    resource: onRole,
    conditions: policyGiven,
  },
  AttachUserPolicy: {
    handle: attachUserPolicy,
    action: 'iam:AttachUserPolicy',
    resource: onUser,
    conditions: policyGiven,
  },
  ChangePassword: { handle: changePassword, action: 'iam:ChangePassword', resource: onCaller },
  CreateAccessKey: { handle: createAccessKey, action: 'iam:CreateAccessKey', resource: onUser },
  CreateAccountAlias: { handle: createAccountAlias, action: 'iam:CreateAccountAlias', resource: onAnything },
  CreateDelegationRequest: { handle: 'notImplemented', action: 'iam:CreateDelegationRequest', resource: onAnything },
  CreateGroup: { handle: createGroup, action: 'iam:CreateGroup', resource: onNewGroup },
  CreateInstanceProfile: { handle: createInstanceProfile, action: 'iam:CreateInstanceProfile', resource: onNewProfile },
  CreateLoginProfile: { handle: createLoginProfile, action: 'iam:CreateLoginProfile', resource: onUser },
  CreateOpenIDConnectProvider: {
    handle: createOpenIDConnectProvider,
    action: 'iam:CreateOpenIDConnectProvider',
    resource: onAnything,
  },
  CreatePolicy: { handle: createPolicy, action: 'iam:CreatePolicy', resource: onNewPolicy },
  CreatePolicyVersion: { handle: createPolicyVersion, action: 'iam:CreatePolicyVersion', resource: onPolicy },
  CreateRole: { handle: createRole, action: 'iam:CreateRole', resource: onNewRole, conditions: boundaryGiven },
  CreateSAMLProvider: { handle: createSAMLProvider, action: 'iam:CreateSAMLProvider', resource: onAnything },
  CreateServiceLinkedRole: {
    handle: createServiceLinkedRole,
    action: 'iam:CreateServiceLinkedRole',
    resource: onServiceRole,
  },
  CreateServiceSpecificCredential: {
    handle: createServiceSpecificCredential,
    action: 'iam:CreateServiceSpecificCredential',
    resource: onUser,
  },
  CreateUser: { handle: createUser, action: 'iam:CreateUser', resource: onNewUser, conditions: boundaryGiven },
  CreateVirtualMFADevice: {
    handle: createVirtualMFADevice,
    action: 'iam:CreateVirtualMFADevice',
    resource: onNewDevice,
  },
  DeactivateMFADevice: { handle: deactivateMFADevice, action: 'iam:DeactivateMFADevice', resource: onUser },
  DeleteAccessKey: { handle: deleteAccessKey, action: 'iam:DeleteAccessKey', resource: onUser },
  DeleteAccountAlias: { handle: deleteAccountAlias, action: 'iam:DeleteAccountAlias', resource: onAnything },
  DeleteAccountPasswordPolicy: {
    handle: deleteAccountPasswordPolicy,
    action: 'iam:DeleteAccountPasswordPolicy',
    resource: onAnything,
  },
  DeleteGroup: { handle: deleteGroup, action: 'iam:DeleteGroup', resource: onGroup },
  DeleteGroupPolicy: { handle: deleteGroupPolicy, action: 'iam:DeleteGroupPolicy', resource: onGroup },
  DeleteInstanceProfile: { handle: deleteInstanceProfile, action: 'iam:DeleteInstanceProfile', resource: onProfile },
  DeleteLoginProfile: { handle: deleteLoginProfile, action: 'iam:DeleteLoginProfile', resource: onUser },
  DeleteOpenIDConnectProvider: {
    handle: deleteOpenIDConnectProvider,
    action: 'iam:DeleteOpenIDConnectProvider',
    resource: onOidc,
  },
  DeletePolicy: { handle: deletePolicy, action: 'iam:DeletePolicy', resource: onPolicy },
  DeletePolicyVersion: { handle: deletePolicyVersion, action: 'iam:DeletePolicyVersion', resource: onPolicy },
  DeleteRole: { handle: deleteRole, action: 'iam:DeleteRole', resource: onRole },
  DeleteRolePermissionsBoundary: {
    handle: deleteRolePermissionsBoundary,
    action: 'iam:DeleteRolePermissionsBoundary',
    resource: onRole,
  },
  DeleteRolePolicy: { handle: deleteRolePolicy, action: 'iam:DeleteRolePolicy', resource: onRole },
  DeleteSAMLProvider: { handle: deleteSAMLProvider, action: 'iam:DeleteSAMLProvider', resource: onSaml },
  DeleteSSHPublicKey: { handle: deleteSSHPublicKey, action: 'iam:DeleteSSHPublicKey', resource: onUser },
  DeleteServerCertificate: {
    handle: deleteServerCertificate,
    action: 'iam:DeleteServerCertificate',
    resource: onServerCertificate,
  },
  DeleteServiceLinkedRole: { handle: deleteServiceLinkedRole, action: 'iam:DeleteServiceLinkedRole', resource: onRole },
  DeleteServiceSpecificCredential: {
    handle: deleteServiceSpecificCredential,
    action: 'iam:DeleteServiceSpecificCredential',
    resource: onUser,
  },
  DeleteSigningCertificate: {
    handle: deleteSigningCertificate,
    action: 'iam:DeleteSigningCertificate',
    resource: onUser,
  },
  DeleteUser: { handle: deleteUser, action: 'iam:DeleteUser', resource: onUser },
  DeleteUserPermissionsBoundary: {
    handle: deleteUserPermissionsBoundary,
    action: 'iam:DeleteUserPermissionsBoundary',
    resource: onUser,
  },
  DeleteUserPolicy: { handle: deleteUserPolicy, action: 'iam:DeleteUserPolicy', resource: onUser },
  DeleteVirtualMFADevice: { handle: deleteVirtualMFADevice, action: 'iam:DeleteVirtualMFADevice', resource: onDevice },
  DetachGroupPolicy: {
    handle: detachGroupPolicy,
    action: 'iam:DetachGroupPolicy',
    resource: onGroup,
    conditions: policyGiven,
  },
  DetachRolePolicy: {
    handle: detachRolePolicy,
    action: 'iam:DetachRolePolicy',
    resource: onRole,
    conditions: policyGiven,
  },
  DetachUserPolicy: {
    handle: detachUserPolicy,
    action: 'iam:DetachUserPolicy',
    resource: onUser,
    conditions: policyGiven,
  },
  DisableOrganizationsRootCredentialsManagement: {
    handle: 'notImplemented',
    action: 'iam:DisableOrganizationsRootCredentialsManagement',
    resource: onAnything,
  },
  DisableOrganizationsRootSessions: {
    handle: 'notImplemented',
    action: 'iam:DisableOrganizationsRootSessions',
    resource: onAnything,
  },
  DisableOutboundWebIdentityFederation: {
    handle: 'notImplemented',
    action: 'iam:DisableOutboundWebIdentityFederation',
    resource: onAnything,
  },
  EnableMFADevice: { handle: enableMFADevice, action: 'iam:EnableMFADevice', resource: onUser },
  EnableOrganizationsRootCredentialsManagement: {
    handle: 'notImplemented',
    action: 'iam:EnableOrganizationsRootCredentialsManagement',
    resource: onAnything,
  },
  EnableOrganizationsRootSessions: {
    handle: 'notImplemented',
    action: 'iam:EnableOrganizationsRootSessions',
    resource: onAnything,
  },
  EnableOutboundWebIdentityFederation: {
    handle: 'notImplemented',
    action: 'iam:EnableOutboundWebIdentityFederation',
    resource: onAnything,
  },
  GenerateCredentialReport: {
    handle: generateCredentialReport,
    action: 'iam:GenerateCredentialReport',
    resource: onAnything,
  },
  GenerateOrganizationsAccessReport: {
    handle: 'notImplemented',
    action: 'iam:GenerateOrganizationsAccessReport',
    resource: onAnything,
  },
  GenerateServiceLastAccessedDetails: {
    handle: generateServiceLastAccessedDetails,
    action: 'iam:GenerateServiceLastAccessedDetails',
    resource: onAnything,
  },
  GetAccessKeyLastUsed: { handle: getAccessKeyLastUsed, action: 'iam:GetAccessKeyLastUsed', resource: onAnything },
  GetAccountAuthorizationDetails: {
    handle: getAccountAuthorizationDetails,
    action: 'iam:GetAccountAuthorizationDetails',
    resource: onAnything,
  },
  GetAccountPasswordPolicy: {
    handle: getAccountPasswordPolicy,
    action: 'iam:GetAccountPasswordPolicy',
    resource: onAnything,
  },
  GetAccountProperties: { handle: 'notImplemented', action: 'iam:GetAccountProperties', resource: onAnything },
  GetAccountSummary: { handle: getAccountSummary, action: 'iam:GetAccountSummary', resource: onAnything },
  GetContextKeysForCustomPolicy: {
    handle: getContextKeysForCustomPolicy,
    action: 'iam:GetContextKeysForCustomPolicy',
    resource: onAnything,
  },
  GetContextKeysForPrincipalPolicy: {
    handle: getContextKeysForPrincipalPolicy,
    action: 'iam:GetContextKeysForPrincipalPolicy',
    resource: onSource,
  },
  GetCredentialReport: { handle: getCredentialReport, action: 'iam:GetCredentialReport', resource: onAnything },
  GetDelegationRequest: { handle: 'notImplemented', action: 'iam:GetDelegationRequest', resource: onAnything },
  GetGroup: { handle: getGroup, action: 'iam:GetGroup', resource: onGroup },
  GetGroupPolicy: { handle: getGroupPolicy, action: 'iam:GetGroupPolicy', resource: onGroup },
  GetHumanReadableSummary: { handle: 'notImplemented', action: 'iam:GetHumanReadableSummary', resource: onAnything },
  GetInstanceProfile: { handle: getInstanceProfile, action: 'iam:GetInstanceProfile', resource: onProfile },
  GetLoginProfile: { handle: getLoginProfile, action: 'iam:GetLoginProfile', resource: onUser },
  GetMFADevice: { handle: getMFADevice, action: 'iam:GetMFADevice', resource: onUser },
  GetOpenIDConnectProvider: {
    handle: getOpenIDConnectProvider,
    action: 'iam:GetOpenIDConnectProvider',
    resource: onOidc,
  },
  GetOrganizationsAccessReport: {
    handle: 'notImplemented',
    action: 'iam:GetOrganizationsAccessReport',
    resource: onAnything,
  },
  GetOutboundWebIdentityFederationInfo: {
    handle: 'notImplemented',
    action: 'iam:GetOutboundWebIdentityFederationInfo',
    resource: onAnything,
  },
  GetPolicy: { handle: getPolicy, action: 'iam:GetPolicy', resource: onPolicy },
  GetPolicyVersion: { handle: getPolicyVersion, action: 'iam:GetPolicyVersion', resource: onPolicy },
  GetRole: { handle: getRole, action: 'iam:GetRole', resource: onRole },
  GetRolePolicy: { handle: getRolePolicy, action: 'iam:GetRolePolicy', resource: onRole },
  GetRoleTemplateVersion: { handle: 'notImplemented', action: 'iam:GetRoleTemplateVersion', resource: onAnything },
  GetSAMLProvider: { handle: getSAMLProvider, action: 'iam:GetSAMLProvider', resource: onSaml },
  GetSSHPublicKey: { handle: getSSHPublicKey, action: 'iam:GetSSHPublicKey', resource: onUser },
  GetServerCertificate: {
    handle: getServerCertificate,
    action: 'iam:GetServerCertificate',
    resource: onServerCertificate,
  },
  GetServiceLastAccessedDetails: {
    handle: getServiceLastAccessedDetails,
    action: 'iam:GetServiceLastAccessedDetails',
    resource: onAnything,
  },
  GetServiceLastAccessedDetailsWithEntities: {
    handle: getServiceLastAccessedDetailsWithEntities,
    action: 'iam:GetServiceLastAccessedDetailsWithEntities',
    resource: onAnything,
  },
  GetServiceLinkedRoleDeletionStatus: {
    handle: getServiceLinkedRoleDeletionStatus,
    action: 'iam:GetServiceLinkedRoleDeletionStatus',
    resource: onAnything,
  },
  GetUser: { handle: getUser, action: 'iam:GetUser', resource: onUser },
  GetUserPolicy: { handle: getUserPolicy, action: 'iam:GetUserPolicy', resource: onUser },
  ListAccessKeys: { handle: listAccessKeys, action: 'iam:ListAccessKeys', resource: onUser },
  ListAccountAliases: { handle: listAccountAliases, action: 'iam:ListAccountAliases', resource: onAnything },
  ListAttachedGroupPolicies: {
    handle: listAttachedGroupPolicies,
    action: 'iam:ListAttachedGroupPolicies',
    resource: onGroup,
  },
  ListAttachedRolePolicies: {
    handle: listAttachedRolePolicies,
    action: 'iam:ListAttachedRolePolicies',
    resource: onRole,
  },
  ListAttachedUserPolicies: {
    handle: listAttachedUserPolicies,
    action: 'iam:ListAttachedUserPolicies',
    resource: onUser,
  },
  ListDelegationRequests: { handle: 'notImplemented', action: 'iam:ListDelegationRequests', resource: onAnything },
  ListEntitiesForPolicy: { handle: listEntitiesForPolicy, action: 'iam:ListEntitiesForPolicy', resource: onPolicy },
  ListGroupPolicies: { handle: listGroupPolicies, action: 'iam:ListGroupPolicies', resource: onGroup },
  ListGroups: { handle: listGroups, action: 'iam:ListGroups', resource: onAnything },
  ListGroupsForUser: { handle: listGroupsForUser, action: 'iam:ListGroupsForUser', resource: onUser },
  ListInstanceProfileTags: {
    handle: listInstanceProfileTags,
    action: 'iam:ListInstanceProfileTags',
    resource: onProfile,
  },
  ListInstanceProfiles: { handle: listInstanceProfiles, action: 'iam:ListInstanceProfiles', resource: onAnything },
  ListInstanceProfilesForRole: {
    handle: listInstanceProfilesForRole,
    action: 'iam:ListInstanceProfilesForRole',
    resource: onRole,
  },
  ListMFADeviceTags: { handle: listMFADeviceTags, action: 'iam:ListMFADeviceTags', resource: onDevice },
  ListMFADevices: { handle: listMFADevices, action: 'iam:ListMFADevices', resource: onUser },
  ListOpenIDConnectProviderTags: {
    handle: listOpenIDConnectProviderTags,
    action: 'iam:ListOpenIDConnectProviderTags',
    resource: onOidc,
  },
  ListOpenIDConnectProviders: {
    handle: listOpenIDConnectProviders,
    action: 'iam:ListOpenIDConnectProviders',
    resource: onAnything,
  },
  ListOrganizationsFeatures: {
    handle: 'notImplemented',
    action: 'iam:ListOrganizationsFeatures',
    resource: onAnything,
  },
  ListPolicies: { handle: listPolicies, action: 'iam:ListPolicies', resource: onAnything },
  ListPoliciesGrantingServiceAccess: {
    handle: listPoliciesGrantingServiceAccess,
    action: 'iam:ListPoliciesGrantingServiceAccess',
    resource: onAnything,
  },
  ListPolicyTags: { handle: listPolicyTags, action: 'iam:ListPolicyTags', resource: onPolicy },
  ListPolicyVersions: { handle: listPolicyVersions, action: 'iam:ListPolicyVersions', resource: onPolicy },
  ListRolePolicies: { handle: listRolePolicies, action: 'iam:ListRolePolicies', resource: onRole },
  ListRoleTags: { handle: listRoleTags, action: 'iam:ListRoleTags', resource: onRole },
  ListRoles: { handle: listRoles, action: 'iam:ListRoles', resource: onAnything },
  ListSAMLProviderTags: { handle: listSAMLProviderTags, action: 'iam:ListSAMLProviderTags', resource: onSaml },
  ListSAMLProviders: { handle: listSAMLProviders, action: 'iam:ListSAMLProviders', resource: onAnything },
  ListSSHPublicKeys: { handle: listSSHPublicKeys, action: 'iam:ListSSHPublicKeys', resource: onUser },
  ListServerCertificateTags: {
    handle: listServerCertificateTags,
    action: 'iam:ListServerCertificateTags',
    resource: onServerCertificate,
  },
  ListServerCertificates: {
    handle: listServerCertificates,
    action: 'iam:ListServerCertificates',
    resource: onAnything,
  },
  ListServiceSpecificCredentials: {
    handle: listServiceSpecificCredentials,
    action: 'iam:ListServiceSpecificCredentials',
    resource: onUser,
  },
  ListSigningCertificates: { handle: listSigningCertificates, action: 'iam:ListSigningCertificates', resource: onUser },
  ListUserPolicies: { handle: listUserPolicies, action: 'iam:ListUserPolicies', resource: onUser },
  ListUserTags: { handle: listUserTags, action: 'iam:ListUserTags', resource: onUser },
  ListUsers: { handle: listUsers, action: 'iam:ListUsers', resource: onAnything },
  ListVirtualMFADevices: { handle: listVirtualMFADevices, action: 'iam:ListVirtualMFADevices', resource: onAnything },
  PutAccountProperties: { handle: 'notImplemented', action: 'iam:PutAccountProperties', resource: onAnything },
  PutGroupPolicy: { handle: putGroupPolicy, action: 'iam:PutGroupPolicy', resource: onGroup },
  PutRolePermissionsBoundary: {
    handle: putRolePermissionsBoundary,
    action: 'iam:PutRolePermissionsBoundary',
    resource: onRole,
    conditions: boundaryGiven,
  },
  PutRolePolicy: { handle: putRolePolicy, action: 'iam:PutRolePolicy', resource: onRole },
  PutUserPermissionsBoundary: {
    handle: putUserPermissionsBoundary,
    action: 'iam:PutUserPermissionsBoundary',
    resource: onUser,
    conditions: boundaryGiven,
  },
  PutUserPolicy: { handle: putUserPolicy, action: 'iam:PutUserPolicy', resource: onUser },
  RejectDelegationRequest: { handle: 'notImplemented', action: 'iam:RejectDelegationRequest', resource: onAnything },
  RemoveClientIDFromOpenIDConnectProvider: {
    handle: removeClientIDFromOpenIDConnectProvider,
    action: 'iam:RemoveClientIDFromOpenIDConnectProvider',
    resource: onOidc,
  },
  RemoveRoleFromInstanceProfile: {
    handle: removeRoleFromInstanceProfile,
    action: 'iam:RemoveRoleFromInstanceProfile',
    resource: onProfile,
  },
  RemoveUserFromGroup: { handle: removeUserFromGroup, action: 'iam:RemoveUserFromGroup', resource: onGroup },
  ResetServiceSpecificCredential: {
    handle: resetServiceSpecificCredential,
    action: 'iam:ResetServiceSpecificCredential',
    resource: onUser,
  },
  ResyncMFADevice: { handle: resyncMFADevice, action: 'iam:ResyncMFADevice', resource: onUser },
  SendDelegationToken: { handle: 'notImplemented', action: 'iam:SendDelegationToken', resource: onAnything },
  SetDefaultPolicyVersion: {
    handle: setDefaultPolicyVersion,
    action: 'iam:SetDefaultPolicyVersion',
    resource: onPolicy,
  },
  SetSecurityTokenServicePreferences: {
    handle: 'notImplemented',
    action: 'iam:SetSecurityTokenServicePreferences',
    resource: onAnything,
  },
  SimulateCustomPolicy: { handle: simulateCustomPolicy, action: 'iam:SimulateCustomPolicy', resource: onAnything },
  SimulatePrincipalPolicy: {
    handle: simulatePrincipalPolicy,
    action: 'iam:SimulatePrincipalPolicy',
    resource: onSource,
  },
  TagInstanceProfile: { handle: tagInstanceProfile, action: 'iam:TagInstanceProfile', resource: onProfile },
  TagMFADevice: { handle: tagMFADevice, action: 'iam:TagMFADevice', resource: onDevice },
  TagOpenIDConnectProvider: {
    handle: tagOpenIDConnectProvider,
    action: 'iam:TagOpenIDConnectProvider',
    resource: onOidc,
  },
  TagPolicy: { handle: tagPolicy, action: 'iam:TagPolicy', resource: onPolicy },
  TagRole: { handle: tagRole, action: 'iam:TagRole', resource: onRole },
  TagSAMLProvider: { handle: tagSAMLProvider, action: 'iam:TagSAMLProvider', resource: onSaml },
  TagServerCertificate: {
    handle: tagServerCertificate,
    action: 'iam:TagServerCertificate',
    resource: onServerCertificate,
  },
  TagUser: { handle: tagUser, action: 'iam:TagUser', resource: onUser },
  UntagInstanceProfile: { handle: untagInstanceProfile, action: 'iam:UntagInstanceProfile', resource: onProfile },
  UntagMFADevice: { handle: untagMFADevice, action: 'iam:UntagMFADevice', resource: onDevice },
  UntagOpenIDConnectProvider: {
    handle: untagOpenIDConnectProvider,
    action: 'iam:UntagOpenIDConnectProvider',
    resource: onOidc,
  },
  UntagPolicy: { handle: untagPolicy, action: 'iam:UntagPolicy', resource: onPolicy },
  UntagRole: { handle: untagRole, action: 'iam:UntagRole', resource: onRole },
  UntagSAMLProvider: { handle: untagSAMLProvider, action: 'iam:UntagSAMLProvider', resource: onSaml },
  UntagServerCertificate: {
    handle: untagServerCertificate,
    action: 'iam:UntagServerCertificate',
    resource: onServerCertificate,
  },
  UntagUser: { handle: untagUser, action: 'iam:UntagUser', resource: onUser },
  UpdateAccessKey: { handle: updateAccessKey, action: 'iam:UpdateAccessKey', resource: onUser },
  UpdateAccountPasswordPolicy: {
    handle: updateAccountPasswordPolicy,
    action: 'iam:UpdateAccountPasswordPolicy',
    resource: onAnything,
  },
  UpdateAssumeRolePolicy: { handle: updateAssumeRolePolicy, action: 'iam:UpdateAssumeRolePolicy', resource: onRole },
  UpdateDelegationRequest: { handle: 'notImplemented', action: 'iam:UpdateDelegationRequest', resource: onAnything },
  UpdateGroup: { handle: updateGroup, action: 'iam:UpdateGroup', resource: onGroup },
  UpdateLoginProfile: { handle: updateLoginProfile, action: 'iam:UpdateLoginProfile', resource: onUser },
  UpdateOpenIDConnectProviderThumbprint: {
    handle: updateOpenIDConnectProviderThumbprint,
    action: 'iam:UpdateOpenIDConnectProviderThumbprint',
    resource: onOidc,
  },
  UpdateRole: { handle: updateRole, action: 'iam:UpdateRole', resource: onRole },
  UpdateRoleDescription: { handle: updateRoleDescription, action: 'iam:UpdateRoleDescription', resource: onRole },
  UpdateSAMLProvider: { handle: updateSAMLProvider, action: 'iam:UpdateSAMLProvider', resource: onSaml },
  UpdateSSHPublicKey: { handle: updateSSHPublicKey, action: 'iam:UpdateSSHPublicKey', resource: onUser },
  UpdateServerCertificate: {
    handle: updateServerCertificate,
    action: 'iam:UpdateServerCertificate',
    resource: onServerCertificate,
  },
  UpdateServiceSpecificCredential: {
    handle: updateServiceSpecificCredential,
    action: 'iam:UpdateServiceSpecificCredential',
    resource: onUser,
  },
  UpdateSigningCertificate: {
    handle: updateSigningCertificate,
    action: 'iam:UpdateSigningCertificate',
    resource: onUser,
  },
  UpdateUser: { handle: updateUser, action: 'iam:UpdateUser', resource: onUser },
  UploadSSHPublicKey: { handle: uploadSSHPublicKey, action: 'iam:UploadSSHPublicKey', resource: onUser },
  UploadServerCertificate: {
    handle: uploadServerCertificate,
    action: 'iam:UploadServerCertificate',
    resource: onNewServerCertificate,
  },
  UploadSigningCertificate: {
    handle: uploadSigningCertificate,
    action: 'iam:UploadSigningCertificate',
    resource: onUser,
  },
}

export function createIamService(deps: IamDeps): Service {
  return {
    ...bindService('iam', iamOperations, deps, unbuiltOfIam),
    resourcePolicies: (resource, context) => ownArnOf(deps, resource, context),
    ownArn: async (resource, context) => (await ownArnOf(deps, resource, context))?.arn,
    resourceConditions: resourceTags((resource) => tagsOfArn(deps, resource), ['iam:resourcetag/']),
  }
}

/** The tags of what an ARN of IAM names; a request names it without its path. */
async function tagsOfArn({ identity }: IamDeps, resource: string): Promise<readonly Tag[] | undefined> {
  const [, account, kind, path] = /^arn:aws:iam::(\d{12}):([a-z-]+)\/([^*]+)$/.exec(resource) ?? []
  if (account === undefined || kind === undefined || path === undefined) return undefined
  const key = nameKey(account, path.slice(path.lastIndexOf('/') + 1))
  const { store } = identity.directory
  switch (kind) {
    case 'user':
      return (await users.get(store, key))?.value.tags
    case 'role':
      return (await roles.get(store, key))?.value.tags
    case 'policy':
      return (await policies.get(store, key))?.value.tags
    case 'instance-profile':
      return (await instanceProfiles.get(store, key))?.value.tags
    case 'saml-provider':
      return (await samlProviders.get(store, key))?.value.tags
    case 'server-certificate':
      return (await serverCertificates.get(store, key))?.value.tags
    case 'oidc-provider':
      return (await oidcProviders.get(store, [account, path]))?.value.tags
    default:
      return undefined
  }
}

/** Their rows name what is not there yet. */
const MAKES: ReadonlySet<string> = new Set([
  'CreateUser',
  'CreateGroup',
  'CreateRole',
  'CreateInstanceProfile',
  'UploadServerCertificate',
])

/** Policies mean the ARN with its path, which a request does not have. */
async function ownArnOf(
  { identity }: IamDeps,
  resource: string,
  { account, operation }: RequestContext,
): Promise<ResourcePolicies | undefined> {
  if (MAKES.has(operation)) return undefined
  const [, kind, name] =
    /^arn:aws:iam::\d{12}:(user|group|role|instance-profile|server-certificate)\/([^/*]+)$/.exec(resource) ?? []
  if (name === undefined) return undefined
  const collection = {
    user: users,
    group: groups,
    role: roles,
    'instance-profile': instanceProfiles,
    'server-certificate': serverCertificates,
  }[kind as 'user']
  const found = await collection.get(identity.directory.store, nameKey(account, name))
  return found && { owner: account, arn: iamArn(kind as 'user', found.value), documents: [] }
}
