// DeleteFunction: a whole function, or one published version of it.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { aliases } from '../alias-record.ts'
import { asyncSettings, deleteAsyncSettings } from '../async-settings.ts'
import { LATEST, requireFunction } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { invalidParameter, resourceConflict } from '../errors.ts'
import { type FunctionRef, parseFunctionName } from '../function-name.ts'
import { type FunctionRecord, functionKey, functions, policies, versions } from '../function-record.ts'
import { functionUrls } from '../function-url-record.ts'
import { runtimeManagement } from '../runtime-management.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { deleteProvisioned, provisioned, provisionedKey } from '../provisioned-record.ts'
import { forgetSnapshot } from '../snapshot-record.ts'

export async function deleteFunction(
  deps: LambdaDeps,
  input: LambdaInput<'DeleteFunction'>,
  context: RequestContext,
): Promise<LambdaOutput<'DeleteFunction'>> {
  const ref = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context)
  if (ref.qualifier === LATEST)
    throw invalidParameter('$LATEST version cannot be deleted without deleting the function.')
  const owner = await requireFunction(deps.ports.store, ref)
  if (ref.qualifier === undefined) await deleteWhole(deps, ref)
  else await deleteVersion(deps, owner, ref.qualifier)
  context.setStatus(204)
  return { StatusCode: 204 }
}

/** Deleting a version that is not there succeeds, as on AWS. */
async function deleteVersion({ ports, deployed }: LambdaDeps, owner: FunctionRecord, qualifier: string): Promise<void> {
  if (!/^\d{1,15}$/.test(qualifier)) throw invalidParameter(`${qualifier} is not a version number.`)
  const key = [owner.id, Number(qualifier)]
  const removed = await transact(ports.store, async (transaction) => {
    const version = await versions.get(transaction, key)
    const named = await aliases.listIndex(transaction, 'version', { prefix: [owner.id, qualifier] }, { limit: 100 })
    if (named.length > 0)
      throw resourceConflict(
        `Unable to delete version because the following aliases reference it: [${named.map(({ value }) => value.name).join(', ')}]`,
      )
    if (version) await versions.delete(transaction, key)
    if (version) await forgetSnapshot(transaction, owner, version.value)
    await provisioned.delete(transaction, provisionedKey(owner, qualifier))
    await policies.delete(transaction, [owner.id, qualifier])
    await asyncSettings.delete(transaction, [owner.id, qualifier])
    await runtimeManagement.delete(transaction, [owner.id, qualifier])
    return version?.value
  })
  if (removed) deployed.retire(owner, removed)
}

/** The name goes first, in one commit; what hung on the function's id is unreachable then, and is cleaned up after. */
async function deleteWhole(deps: LambdaDeps, ref: FunctionRef): Promise<void> {
  const { ports, deployed } = deps
  const owner = await transact(ports.store, async (transaction) => {
    const found = await functions.get(transaction, functionKey(ref))
    if (found) await functions.delete(transaction, functionKey(ref))
    return found?.value
  })
  if (!owner) return
  deployed.retire(owner, owner.latest)
  await deps.executions.functionDeleted(owner.id)
  await transact(ports.store, (transaction) => deleteAsyncSettings(transaction, owner.id))
  await transact(ports.store, (transaction) => deleteProvisioned(transaction, owner))
  for (;;) {
    const page = await versions.list(ports.store, { prefix: [owner.id] }, { limit: 200 })
    const statements = await policies.list(ports.store, { prefix: [owner.id] }, { limit: 200 })
    const names = await aliases.list(ports.store, { prefix: [owner.id] }, { limit: 200 })
    const urls = await functionUrls.list(ports.store, { prefix: [owner.id] }, { limit: 200 })
    const managed = await runtimeManagement.list(ports.store, { prefix: [owner.id] }, { limit: 200 })
    if (page.length + statements.length + names.length + urls.length + managed.length === 0) return
    await transact(ports.store, async (transaction) => {
      for (const version of page) {
        await versions.delete(transaction, version.key)
        await forgetSnapshot(transaction, owner, version.value)
      }
      for (const policy of statements) await policies.delete(transaction, policy.key)
      for (const url of urls) await functionUrls.delete(transaction, url.key)
      for (const managing of managed) await runtimeManagement.delete(transaction, managing.key)
      for (const alias of names) await aliases.delete(transaction, alias.key)
    })
    for (const version of page) deployed.retire(owner, version.value)
  }
}
