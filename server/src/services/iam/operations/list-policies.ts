// ListPolicies: managed policies: all, or those of one scope.
import { awsManagedPolicies } from '#identity/directory/aws-managed-policies.ts'
import { type PolicyRecord, policies } from '#identity/directory/records.ts'
import { showAwsPolicy, showOwnPolicy } from '../managed-policy.ts'
import { pageOfList } from '../pages.ts'
import { type Key, LIST_PAGE_MAX } from '#storage/store.ts'
import type { Reader } from '#storage/transact.ts'
import type { IamOperation } from '../model.ts'

export const listPolicies: IamOperation<'ListPolicies'> = async (deps, input, { account }) => {
  const { store } = deps.identity.directory
  const { Scope: scope = 'All', PathPrefix: prefix = '/', OnlyAttached: onlyAttached = false } = input
  const { PolicyUsageFilter: usage } = input
  const own = scope === 'AWS' ? [] : await listOwn(store, account)
  const aws = scope === 'Local' ? [] : [...awsManagedPolicies().values()]
  const shown = await Promise.all([
    ...own.map((record) => showOwnPolicy(store, record)),
    ...aws.map((policy) => showAwsPolicy(store, account, policy)),
  ])
  const wanted = shown.filter(
    (policy) =>
      policy.Path.startsWith(prefix) &&
      (!onlyAttached || policy.AttachmentCount > 0) &&
      (usage !== 'PermissionsPolicy' || policy.AttachmentCount > 0) &&
      (usage !== 'PermissionsBoundary' || policy.PermissionsBoundaryUsageCount > 0),
  )
  const page = pageOfList(wanted, (policy) => policy.Arn, input)
  return { Policies: page.items.map(({ Tags: _tags, ...policy }) => policy), ...page.end }
}

/** An account has at most 1500 of its own. Source: IAM quotas. */
async function listOwn(store: Reader, account: string): Promise<readonly PolicyRecord[]> {
  const found: PolicyRecord[] = []
  for (let after: Key | undefined; ;) {
    const page = await policies.list(store, { prefix: [account], ...(after !== undefined && { after }) })
    found.push(...page.map(({ value }) => value))
    after = page.at(-1)?.key
    if (page.length < LIST_PAGE_MAX) return found
  }
}
