// CreateKey: a key of the account in this region.
import { newRequestId } from '#base/ids.ts'
import { defaultKeyPolicy } from '#identity/vault/default-key-policy.ts'
import { type KeyRecord, keyRecords } from '#identity/vault/key-record.ts'
import { transact } from '#storage/transact.ts'
import { unsupported, validation } from '../errors.ts'
import { showKey } from '../keys.ts'
import { checkKeyPolicy } from '../policy.ts'
import { type Spec, specOf, type Usage } from '../specs.ts'
import { withTags } from '../tags.ts'
import type { KmsOperation } from '../model.ts'

export const createKey: KmsOperation<'CreateKey'> = async (deps, input, context) => {
  const specName = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT'
  const spec = specOf(specName)
  const usage = usageOf(specName, spec, input.KeyUsage)
  const isExternal = input.Origin === 'EXTERNAL'
  if ((!isExternal && (input.Origin ?? 'AWS_KMS') !== 'AWS_KMS') || input.MultiRegion === true)
    throw unsupported('Keys in key stores and in several regions are not available here.')
  if (isExternal && spec.materialBytes === undefined)
    throw unsupported(`Material of ${specName} cannot be imported here: symmetric and HMAC keys only.`)
  const { account, region } = context
  const policy = input.Policy === undefined ? defaultKeyPolicy(account) : checkKeyPolicy(input.Policy)
  const tags = withTags([], input.Tags)
  const key = { account, region, keyId: newRequestId() }
  const made = isExternal ? undefined : await spec.make()
  const record: KeyRecord = {
    ...key,
    createdMs: deps.clock.nowMs(),
    owner: 'customer',
    spec: specName,
    usage,
    ...(made === undefined
      ? { state: { kind: 'pending-import' }, versions: [], origin: 'EXTERNAL' }
      : { state: { kind: 'enabled' }, versions: [deps.vault.newVersion(key, 1, 'created', made.material)] }),
    description: input.Description ?? '',
    policy,
    tags,
    ...(made?.publicKey !== undefined && { publicKey: made.publicKey.toString('base64') }),
  }
  await transact(deps.store, (transaction) => keyRecords.set(transaction, [account, region, key.keyId], record))
  return { KeyMetadata: showKey(record) }
}

/** The use that was asked for, or the only one that there is. Throws ValidationException. */
function usageOf(specName: string, { usages }: Spec, wanted: string | undefined): Usage {
  const usage = wanted === undefined && usages.length === 1 ? usages[0] : usages.find((one) => one === wanted)
  if (usage !== undefined) return usage
  throw validation(`KeyUsage ${wanted ?? 'null'} is not compatible with KeySpec ${specName}`)
}
