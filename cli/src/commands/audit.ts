// `mayfly audit`: who did what and when, from the server's audit trail; `mayfly audit verify`: whether anybody changed it.
import { AwsClient } from '../aws/client.ts'
import { askOperator } from '../aws/operator.ts'
import { begin, type CliContext } from '../context.ts'
import { CliError, Interrupted } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import type { ServerFlags } from '../flags.ts'
import { AUDIT_POLL_MS } from '../limits.ts'
import { pause } from '../pause.ts'
import { timeOf } from '../since.ts'
import type { Output } from '../terminal/output.ts'

export interface AuditFlags extends ServerFlags {
  readonly account?: string | undefined
  readonly who?: string | undefined
  readonly what?: string | undefined
  readonly resource?: string | undefined
  readonly denied?: boolean | undefined
  readonly changes?: boolean | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly max?: number | undefined
  readonly follow?: boolean | undefined
}

export interface AuditVerifyFlags extends ServerFlags {
  readonly account?: string | undefined
  readonly witness?: string | undefined
}

const MAX_DEFAULT = 100

/** A record as the server shows it: a CloudTrail event with its place in the chain. */
interface AuditRecord {
  readonly sequence: number
  readonly event: {
    readonly eventTime: string
    readonly eventSource: string
    readonly eventName: string
    readonly awsRegion: string
    readonly sourceIPAddress?: string
    readonly errorCode?: string
    readonly userIdentity: {
      readonly type: string
      readonly arn?: string
      readonly accountId?: string
      readonly accessKeyId?: string
    }
    readonly resources?: readonly { readonly ARN: string }[]
  }
}

interface AuditPage {
  readonly records: readonly AuditRecord[]
  readonly next?: number
  readonly last: number
}

/** Throws Interrupted when a signal ends --follow. */
export async function audit(context: CliContext, flags: AuditFlags): Promise<void> {
  const output = begin(context, flags)
  const client = new AwsClient(flags, context.env)
  const last = await printPast(client, output, flags)
  if (flags.follow !== true) return
  const stop = new AbortController()
  let endedBy: number | undefined
  const end = (exitCode: number) => () => {
    endedBy = exitCode
    stop.abort()
  }
  const [onInterrupt, onTerminate] = [end(EXIT.interrupted), end(EXIT.terminated)]
  process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate)
  try {
    await follow(client, output, flags, { after: last, signal: stop.signal })
  } finally {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate)
  }
  if (endedBy !== undefined) throw new Interrupted(endedBy)
}

/** The newest records, in the order in which they happened; answers the sequence to follow from. */
async function printPast(client: AwsClient, output: Output, flags: AuditFlags): Promise<number> {
  const nowMs = Date.now()
  const max = flags.max ?? MAX_DEFAULT
  const found: AuditRecord[] = []
  let last: number | undefined
  let next: number | undefined
  do {
    const page = await ask(client, flags, {
      from: flags.since === undefined ? undefined : timeOf('--since', flags.since, nowMs),
      to: flags.until === undefined ? undefined : timeOf('--until', flags.until, nowMs),
      max: max - found.length,
      before: next,
    })
    found.push(...page.records)
    last ??= page.last
    next = page.next
  } while (next !== undefined && found.length < max)
  for (const record of found.toReversed()) print(output, record)
  if (found.length === 0) output.note('no record fits')
  return last
}

async function follow(
  client: AwsClient,
  output: Output,
  flags: AuditFlags,
  { after: first, signal }: { readonly after: number; readonly signal: AbortSignal },
): Promise<void> {
  for (let after = first; !signal.aborted;) {
    const { records, last } = await ask(client, flags, { after })
    for (const record of records) print(output, record)
    // A full page: there is more at once.
    if (last === after) await pause(AUDIT_POLL_MS, signal)
    after = last
  }
}

async function ask(
  client: AwsClient,
  { account, who, what, resource, denied, changes }: AuditFlags,
  numbers: Readonly<Record<string, number | undefined>>,
): Promise<AuditPage> {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries({ account, who, what, resource }))
    if (value !== undefined) params.set(name, value)
  for (const [name, value] of Object.entries(numbers)) if (value !== undefined) params.set(name, String(value))
  if (denied === true) params.set('denied', '1')
  if (changes === true) params.set('changes', '1')
  // The server's answer to this request, schema version 1.
  return (await askOperator(client, { method: 'GET', path: `/_mayfly/audit?${params.toString()}` })) as AuditPage
}

function print(output: Output, { sequence, event }: AuditRecord): void {
  const { eventTime, eventSource, eventName, awsRegion, errorCode, userIdentity, resources = [] } = event
  const { type, arn, accessKeyId } = userIdentity
  const who = arn ?? (accessKeyId === undefined ? type : `${type} ${accessKeyId}`)
  const what = `${eventSource.split('.', 1)[0]}:${eventName}`
  const outcome = errorCode === undefined ? '' : ` ${output.style('red', errorCode)}`
  const on = resources.map(({ ARN }) => ARN).join(' ')
  output.record(
    { sequence, event },
    `${output.style('dim', eventTime)} ${awsRegion} ${output.style('cyan', what)} ${who}${on === '' ? '' : ` → ${on}`}${outcome}`,
  )
}

type Chain =
  | {
      readonly kind: 'intact'
      readonly account: string
      readonly records: number
      readonly head: { readonly sequence: number; readonly hash: string }
    }
  | { readonly kind: 'broken'; readonly account: string; readonly fault: string; readonly sequence: number }

const FAULTS: Readonly<Record<string, string>> = {
  head: 'the head of the chain is gone, or was not made by this server',
  missing: 'this record is not there',
  link: 'this record or the one before it was changed',
  end: 'the last record is not the one that the head was made over',
  unsealed: 'this record stands behind the head: somebody put it there',
  witness: 'the chain does not hold what you noted: the trail was put back or replaced',
}

/** Exits with the status for failed checks when a chain is broken. */
export async function verifyAudit(context: CliContext, flags: AuditVerifyFlags): Promise<void> {
  const output = begin(context, flags)
  const params = new URLSearchParams()
  if (flags.account !== undefined) params.set('account', flags.account)
  if (flags.witness !== undefined) params.set('witness', flags.witness)
  const client = new AwsClient(flags, context.env)
  const path = `/_mayfly/audit/verify?${params.toString()}`
  // The server's answer to this request, schema version 1.
  const { chains } = (await askOperator(client, { method: 'GET', path })) as { readonly chains: readonly Chain[] }
  const broken = chains.filter((chain) => chain.kind === 'broken')
  if (broken.length > 0)
    throw new CliError('MF3101', broken.map(faultLine).join('; '), {
      why: 'Somebody changed the records in the store, or the store was damaged.',
      mend: 'Keep a copy of the data folder as it is, and compare with the log files that trails delivered to buckets.',
    })
  output.result({ chains }, chains.map((chain) => lineOf(output, chain)).join('\n'))
}

function faultLine(chain: Chain): string {
  if (chain.kind === 'intact') return ''
  return `account ${chain.account}, record ${chain.sequence}: ${FAULTS[chain.fault] ?? chain.fault}`
}

function lineOf(output: Output, chain: Chain): string {
  if (chain.kind === 'broken') return faultLine(chain)
  const { account, records, head } = chain
  return `${output.style('green', 'intact')} ${account}  ${records} records  witness ${head.sequence}:${head.hash}`
}
