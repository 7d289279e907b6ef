// `mayfly executions`: the executions of a durable function; of one of them what happened in it, moment by moment.
import { AwsClient } from '../aws/client.ts'
import { type Execution, type ExecutionEvent, Executions } from '../aws/executions.ts'
import { begin, type CliContext } from '../context.ts'
import { CliError } from '../errors.ts'
import type { ServerFlags } from '../flags.ts'
import { table } from '../terminal/table.ts'

export interface ExecutionsFlags extends ServerFlags {
  readonly status?: string | undefined
  readonly limit?: number | undefined
  readonly stop?: boolean | undefined
}

const LIMIT_DEFAULT = 50
/** Characters of an input, a result or an error in a line. */
const SHOWN_CHARS = 80

/** `execution`: its name or its ARN. Throws CliError MF2101 when there is no such function or execution. */
export async function executions(
  context: CliContext,
  flags: ExecutionsFlags,
  name: string,
  execution?: string,
): Promise<void> {
  const output = begin(context, flags)
  const client = new Executions(new AwsClient(flags, context.env))
  if (execution === undefined) {
    if (flags.stop === true)
      throw new CliError('MF1002', '--stop needs an execution', { mend: 'Name the one to stop.' })
    const filter = flags.status === undefined ? {} : { Statuses: flags.status.toUpperCase() }
    const found = await client.list(name, filter, flags.limit ?? LIMIT_DEFAULT)
    output.result({ executions: found }, table(['EXECUTION', 'STATUS', 'STARTED', 'TOOK'], found.map(row)))
    if (found.length === 0) output.note(`${name} has no executions`)
    return
  }
  const found = await find(client, name, execution)
  if (flags.stop === true) {
    await client.stop(found.DurableExecutionArn)
    output.result({ stopped: found.DurableExecutionArn }, '')
    output.note(`stopped ${found.DurableExecutionName}`)
    return
  }
  const events = await client.history(found.DurableExecutionArn)
  const startMs = (events[0]?.EventTimestamp ?? found.StartTimestamp) * 1000
  output.result({ execution: found, events }, events.map((event) => line(event, startMs)).join('\n'))
  output.note(`${found.Status} ${tookOf(found)}  ${found.DurableExecutionArn}`)
}

async function find(client: Executions, name: string, execution: string): Promise<Execution> {
  const isArn = execution.startsWith('arn:')
  const wanted = isArn ? execution.split('/').at(-2) : execution
  const found = await client.list(name, { DurableExecutionName: wanted ?? '' }, LIMIT_DEFAULT)
  const [one] = isArn ? found.filter(({ DurableExecutionArn }) => DurableExecutionArn === execution) : found
  if (one !== undefined) return one
  throw new CliError('MF2101', `${name} has no execution ${execution}`, {
    mend: `List them: mayfly executions ${name}`,
  })
}

function row(execution: Execution): readonly string[] {
  const started = new Date(execution.StartTimestamp * 1000).toISOString().slice(0, 19)
  return [execution.DurableExecutionName, execution.Status, started, tookOf(execution)]
}

function tookOf({ StartTimestamp: start, EndTimestamp: end }: Execution): string {
  return end === undefined ? '-' : `${(end - start).toFixed(3)} s`
}

/** `  1.021 s  WaitSucceeded      rest  1 s` */
function line(event: ExecutionEvent, startMs: number): string {
  const after = ((event.EventTimestamp * 1000 - startMs) / 1000).toFixed(3).padStart(9)
  const inner = event.ParentId === undefined ? '' : '· '
  // An execution is named above all lines.
  const about = event.EventType.startsWith('Execution') ? '' : (event.Name ?? '')
  return [`${after} s`, event.EventType.padEnd(23), `${inner}${about}`, detailOf(event)]
    .filter((part) => part !== '')
    .join('  ')
    .trimEnd()
}

interface Details {
  readonly Input?: { readonly Payload?: string }
  readonly Result?: { readonly Payload?: string }
  readonly Error?: { readonly Payload?: { readonly ErrorType?: string; readonly ErrorMessage?: string } }
  readonly Duration?: number
  readonly FunctionName?: string
  readonly CallbackId?: string
  readonly RetryDetails?: { readonly NextAttemptDelaySeconds?: number }
}

function detailOf(event: ExecutionEvent): string {
  const found: Details = event[`${event.EventType}Details`] ?? {}
  const { ErrorType: type, ErrorMessage: message } = found.Error?.Payload ?? {}
  const error = [type, message].filter((part) => part !== undefined).join(': ')
  const next = found.RetryDetails?.NextAttemptDelaySeconds
  const parts = [
    found.FunctionName,
    found.CallbackId,
    found.Duration === undefined ? undefined : `${found.Duration} s`,
    found.Input?.Payload,
    found.Result?.Payload,
    error === '' ? undefined : error,
    next === undefined ? undefined : `again in ${next} s`,
  ]
  return parts
    .filter((part) => part !== undefined)
    .map((part, index) => (index === 0 && found.CallbackId === part ? part : short(part)))
    .join('  ')
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > SHOWN_CHARS ? `${line.slice(0, SHOWN_CHARS - 1)}…` : line
}
