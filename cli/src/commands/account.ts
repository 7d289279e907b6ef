// `mayfly account create|list|show|quota`: accounts of a server, each a tenant of its own, and what they may use.
import { AwsClient } from '../aws/client.ts'
import { askOperator } from '../aws/operator.ts'
import { begin, type CliContext } from '../context.ts'
import { CliError } from '../errors.ts'
import type { ServerFlags } from '../flags.ts'
import type { Quota } from '../quota-flags.ts'
import type { Output } from '../terminal/output.ts'

const ROOT = '/_mayfly/accounts'

export interface AccountCreateFlags extends ServerFlags {
  readonly name?: string | undefined
}

/** Undefined: stays. */
export interface AccountQuotaFlags extends ServerFlags {
  readonly functions?: Quota | undefined
  readonly concurrency?: Quota | undefined
  readonly storage?: Quota | undefined
  readonly rps?: Quota | undefined
}

interface Quotas {
  readonly functions?: number
  readonly concurrency?: number
  readonly storageBytes?: number
  readonly requestsPerSecond?: number
}

/** As the server shows it. */
interface Account {
  readonly id: string
  readonly name?: string
  readonly createdAt: string
  readonly quotas: Quotas
}

interface Usage {
  readonly functions: number
  readonly storageBytes: number
  readonly refusedRequests: number
}

export async function createAccount(context: CliContext, flags: AccountCreateFlags): Promise<void> {
  const output = begin(context, flags)
  const body = JSON.stringify({ ...(flags.name !== undefined && { name: flags.name }) })
  // The server's answer to this request, schema version 1.
  const answer = (await askOperator(new AwsClient(flags, context.env), { method: 'POST', path: ROOT, body })) as {
    readonly account: Account
    readonly accessKeyId: string
    readonly secretAccessKey: string
  }
  const { account, accessKeyId, secretAccessKey } = answer
  // As a section of ~/.aws/credentials, so that it can be appended there.
  const profile = `[mayfly-${account.id}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}`
  output.result({ account, accessKeyId, secretAccessKey }, profile)
  output.note(`account ${account.id} is there; this is its root key, and it is not shown again`)
}

export async function listAccounts(context: CliContext, flags: ServerFlags): Promise<void> {
  const output = begin(context, flags)
  // The server's answer to this request, schema version 1.
  const { accounts } = (await askOperator(new AwsClient(flags, context.env), { method: 'GET', path: ROOT })) as {
    readonly accounts: readonly Account[]
  }
  output.result({ accounts }, accounts.map((account) => lineOf(output, account)).join('\n'))
  if (accounts.length === 0) output.note('no account but the default one: mayfly account create')
}

export async function showAccount(context: CliContext, flags: ServerFlags, id: string): Promise<void> {
  const output = begin(context, flags)
  // The server's answer to this request, schema version 1.
  const { account, usage } = (await askOperator(new AwsClient(flags, context.env), {
    method: 'GET',
    path: `${ROOT}/${encodeURIComponent(id)}`,
  })) as { readonly account: Account; readonly usage: Usage }
  const { quotas } = account
  const lines = [
    lineOf(output, account),
    `functions            ${usage.functions} of ${quotas.functions ?? 'any number'}`,
    `storage              ${usage.storageBytes} bytes of ${quotas.storageBytes ?? 'any number'}`,
    `concurrency          at most ${quotas.concurrency ?? 1000} instances in a region`,
    `requests per second  ${quotas.requestsPerSecond ?? 'any number'}, ${usage.refusedRequests} refused`,
  ]
  output.result({ account, usage }, lines.join('\n'))
}

export async function setQuota(context: CliContext, flags: AccountQuotaFlags, id: string): Promise<void> {
  const output = begin(context, flags)
  const { functions, concurrency, storage: storageBytes, rps: requestsPerSecond } = flags
  const wanted = { functions, concurrency, storageBytes, requestsPerSecond }
  if (Object.values(wanted).every((one) => one === undefined))
    throw new CliError('MF1002', 'no quota is named', {
      mend: 'Give --functions, --concurrency, --storage or --rps, each a number or none.',
    })
  // The server's answer to this request, schema version 1.
  const { account } = (await askOperator(new AwsClient(flags, context.env), {
    method: 'PUT',
    path: `${ROOT}/${encodeURIComponent(id)}`,
    body: JSON.stringify(wanted, (_name, value: unknown) => (value === 'none' ? null : value)),
  })) as { readonly account: Account }
  output.result({ account }, lineOf(output, account))
}

function lineOf(output: Output, { id, name, createdAt, quotas }: Account): string {
  const held = Object.entries(quotas).map(([quota, value]) => `${quota}=${String(value)}`)
  return [output.style('bold', id), name ?? '-', createdAt, ...held].join('  ')
}
