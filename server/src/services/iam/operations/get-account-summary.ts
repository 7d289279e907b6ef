// GetAccountSummary: how many of everything the account has, and how many it may have.
import {
  groups,
  instanceProfiles,
  oidcProviders,
  policies,
  roles,
  samlProviders,
  users,
} from '#identity/directory/records.ts'
import { mfaDevices } from '#identity/directory/mfa-devices.ts'
import { keysOf } from '../access-key.ts'
import { all } from '../authorization-details.ts'
import {
  ACCESS_KEYS_PER_USER_MAX,
  INLINE_CHARS_MAX,
  ATTACHED_POLICIES_MAX,
  GROUPS_PER_USER_MAX,
  MANAGED_POLICY_CHARS_MAX,
  POLICY_VERSIONS_MAX,
  TRUST_POLICY_CHARS_MAX,
} from '../limits.ts'
import type { Collection } from '#storage/collection.ts'
import type { IamOperation } from '../model.ts'

export const getAccountSummary: IamOperation<'GetAccountSummary'> = async (deps, _input, { account }) => {
  const { store } = deps.identity.directory
  const count = async <T>(collection: Collection<T>): Promise<number> => (await all(store, collection, account)).length
  const rootKeys = await keysOf(store, { account, userName: undefined })
  const [Users, Groups, Roles, Policies, InstanceProfiles] = await Promise.all([
    count(users),
    count(groups),
    count(roles),
    count(policies),
    count(instanceProfiles),
  ])
  const devices = await all(store, mfaDevices, account)
  const providers = [
    await oidcProviders.list(store, { prefix: [account] }),
    await samlProviders.list(store, { prefix: [account] }),
  ].flat().length
  const quota = {
    AccessKeysPerUserQuota: ACCESS_KEYS_PER_USER_MAX,
    GroupsPerUserQuota: GROUPS_PER_USER_MAX,
    AttachedPoliciesPerUserQuota: ATTACHED_POLICIES_MAX,
    AttachedPoliciesPerGroupQuota: ATTACHED_POLICIES_MAX,
    AttachedPoliciesPerRoleQuota: ATTACHED_POLICIES_MAX,
    VersionsPerPolicyQuota: POLICY_VERSIONS_MAX,
    PolicySizeQuota: MANAGED_POLICY_CHARS_MAX,
    UserPolicySizeQuota: INLINE_CHARS_MAX.user,
    GroupPolicySizeQuota: INLINE_CHARS_MAX.group,
    RolePolicySizeQuota: INLINE_CHARS_MAX.role,
    AssumeRolePolicySizeQuota: TRUST_POLICY_CHARS_MAX,
  }
  const AccountAccessKeysPresent = rootKeys.length > 0 ? 1 : 0
  return {
    SummaryMap: {
      Users,
      Groups,
      Roles,
      Policies,
      InstanceProfiles,
      Providers: providers,
      AccountAccessKeysPresent,
      AccountMFAEnabled: 0,
      MFADevices: devices.length,
      MFADevicesInUse: devices.filter(({ assigned }) => assigned !== undefined).length,
      ...quota,
    },
  }
}
