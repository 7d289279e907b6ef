// What is stored about provisioned concurrency:
//   lambda.provisioned [account, region, functionId, qualifier]   qualifier: a version's number or an alias
// How far an order is carried out is not stored: instances do not outlive the server.
import { Collection, jsonCodec } from '#storage/collection.ts'
import { LIST_PAGE_MAX } from '#storage/store.ts'
import type { Key } from '#storage/store.ts'
import type { Reader, Transaction } from '#storage/transact.ts'
import { type FunctionRecord, functionKey, functions } from './function-record.ts'

export interface ProvisionedRecord {
  /** Of the function. */
  readonly name: string
  readonly requested: number
  readonly lastModifiedMs: number
}

export const provisioned = new Collection<ProvisionedRecord>({ name: 'lambda.provisioned', codec: jsonCodec(1) })

export interface ProvisionedConfig extends ProvisionedRecord {
  readonly account: string
  readonly region: string
  readonly functionId: string
  readonly qualifier: string
}

export function provisionedKey({ account, region, id }: FunctionRecord, qualifier: string): Key {
  return [account, region, id, qualifier]
}

/** All orders below a prefix of the key. */
export async function listProvisioned(reader: Reader, prefix: readonly string[]): Promise<ProvisionedConfig[]> {
  const configs: ProvisionedConfig[] = []
  for (let after: Key | undefined; ;) {
    const page = await provisioned.list(reader, { prefix, ...(after && { after }) }, { limit: LIST_PAGE_MAX })
    for (const { key, value } of page) {
      const [account, region, functionId, qualifier] = key.map(String)
      configs.push({
        ...value,
        account: account ?? '',
        region: region ?? '',
        functionId: functionId ?? '',
        qualifier: qualifier ?? '',
      })
    }
    after = page.at(-1)?.key
    if (page.length < LIST_PAGE_MAX || after === undefined) return configs
  }
}

/** What a function has ordered for all its versions and aliases, except for one of them. */
export async function provisionedOf(reader: Reader, owner: FunctionRecord, except?: string): Promise<number> {
  const configs = await listProvisioned(reader, [owner.account, owner.region, owner.id])
  return sum(configs.filter(({ qualifier }) => qualifier !== except))
}

/** What the functions of an account and region without a reservation have ordered: it is taken from what they share. */
export async function provisionedUnreserved(reader: Reader, account: string, region: string): Promise<number> {
  const configs = await listProvisioned(reader, [account, region])
  const unreserved: ProvisionedConfig[] = []
  for (const config of configs) {
    const owner = await functions.get(reader, functionKey(config))
    if (owner?.value.id === config.functionId && owner.value.reservedConcurrency === undefined) unreserved.push(config)
  }
  return sum(unreserved)
}

/** Deletes the orders of a function that is deleted. */
export async function deleteProvisioned(transaction: Transaction, owner: FunctionRecord): Promise<void> {
  const prefix = [owner.account, owner.region, owner.id]
  for (const { qualifier } of await listProvisioned(transaction, prefix))
    await provisioned.delete(transaction, provisionedKey(owner, qualifier))
}

function sum(configs: readonly ProvisionedConfig[]): number {
  return configs.reduce((total, { requested }) => total + requested, 0)
}
