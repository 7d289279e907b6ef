// `mayfly invoke`: calls a function. Its answer goes to standard output as it is, the end of its log to standard error.
import { readFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { AwsClient } from '../aws/client.ts'
import { type InvokeAnswer, Lambda, LATEST } from '../aws/lambda.ts'
import { begin, type CliContext } from '../context.ts'
import { CliError } from '../errors.ts'
import type { ServerFlags } from '../flags.ts'
import { PAYLOAD_BYTES_MAX } from '../limits.ts'

export interface InvokeFlags extends ServerFlags {
  readonly payload?: string | undefined
  readonly async?: boolean | undefined
  readonly tail?: boolean | undefined
  readonly qualifier?: string | undefined
  readonly tenantId?: string | undefined
  readonly executionName?: string | undefined
  readonly allowError?: boolean | undefined
}

/** Throws CliError MF3001 when the function fails, unless --allow-error. */
export async function invoke(context: CliContext, flags: InvokeFlags, name: string): Promise<void> {
  const output = begin(context, flags)
  const payload = await readPayload(flags.payload)
  const lambda = new Lambda(new AwsClient(flags, context.env))
  const began = performance.now()
  const request = {
    payload,
    type: flags.async === true ? ('Event' as const) : ('RequestResponse' as const),
    tail: flags.async !== true && flags.tail !== false,
    qualifier: flags.qualifier,
    tenantId: flags.tenantId,
    executionName: flags.executionName,
  }
  const answer = await lambda.invoke(name, request).catch((error: unknown) => {
    // A durable function must be called by a version; whoever names none means what was deployed last.
    if (!says(error, 'using an unqualified ARN')) throw error
    return lambda.invoke(name, { ...request, qualifier: LATEST }).catch((refusal: unknown) => {
      throw says(refusal, 'cannot synchronously invoke') ? tooLongToWaitFor(name, refusal) : refusal
    })
  })
  const tookMs = Math.round((performance.now() - began) * 10) / 10
  if (flags.async === true) {
    output.result({ status: answer.status, requestId: answer.requestId, executionArn: answer.executionArn }, '')
    output.note(
      answer.executionArn === undefined
        ? `queued ${name} (request ${answer.requestId ?? 'unknown'})`
        : `began ${answer.executionArn}`,
    )
    return
  }
  for (const line of logLines(answer)) output.note(output.styleErr('dim', line))
  output.detail(`${name} answered in ${tookMs} ms (version ${answer.version ?? '$LATEST'})`)
  const result = {
    payload: parsed(answer.payload),
    functionError: answer.functionError ?? null,
    status: answer.status,
    version: answer.version,
    requestId: answer.requestId,
    executionArn: answer.executionArn,
    tookMs,
  }
  const failed = answer.functionError !== undefined && flags.allowError !== true
  // With --json a failure is one object too: the error with the result beside it.
  if (!failed || !output.json) output.result(result, answer.payload.toString('utf8'))
  if (failed) throw functionFailed(name, answer, result)
}

function says(error: unknown, words: string): error is CliError {
  return error instanceof CliError && error.message.includes(words)
}

function tooLongToWaitFor(name: string, { code, message }: CliError): CliError {
  return new CliError(code, message, {
    mend: `Begin it and do not wait: --async. What it does then: mayfly executions ${name}.`,
  })
}

function logLines({ logTail }: InvokeAnswer): readonly string[] {
  return logTail === undefined ? [] : logTail.trimEnd().split('\n')
}

function functionFailed(name: string, answer: InvokeAnswer, result: Readonly<Record<string, unknown>>): CliError {
  const payload = parsed(answer.payload)
  const error: Record<string, unknown> = typeof payload === 'object' && payload !== null ? { ...payload } : {}
  const what = [error['errorType'], error['errorMessage']].filter((part) => typeof part === 'string').join(': ')
  return new CliError('MF3001', `${name} failed: ${what || answer.payload.toString('utf8').slice(0, 500)}`, {
    why: firstOwnFrame(error),
    mend: `Its log: mayfly logs ${name}. To go on in spite of it: --allow-error.`,
    requestId: answer.requestId,
    result,
  })
}

/** The first line of the stack that is not the runtime's. */
function firstOwnFrame(error: Record<string, unknown>): string | undefined {
  const trace = error['trace'] ?? error['stackTrace']
  if (!Array.isArray(trace)) return undefined
  // The first place in the function's own code: told in its sources, or as it lies in the cell.
  const line = trace.map(String).find((one) => /^\s+(at|File) /.test(one) && !/node:|\/run\/mayfly\//.test(one))
  return line === undefined ? undefined : `thrown ${line.trim().replaceAll(/(?:file:\/\/)?\/var\/task\//g, '')}.`
}

function parsed(payload: Buffer): unknown {
  const text = payload.toString('utf8')
  try {
    return JSON.parse(text) as unknown
  } catch {
    // A function may answer with anything; then it is shown as it is.
    return text
  }
}

async function readPayload(source: string | undefined): Promise<Uint8Array> {
  if (source === undefined) return Buffer.from('{}')
  const bytes =
    source === '-'
      ? await buffer(process.stdin)
      : source.startsWith('@')
        ? readFile(source.slice(1))
        : Buffer.from(source)
  if (bytes.length > PAYLOAD_BYTES_MAX)
    throw new CliError('MF1003', `the payload has ${bytes.length} bytes; Lambda takes ${PAYLOAD_BYTES_MAX}`)
  try {
    JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new CliError('MF1003', `the payload is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      mend: `Quote it for the shell: --payload '{"name":"Ada"}', or give a file: --payload @event.json`,
    })
  }
  return bytes
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new CliError('MF1201', `cannot read the payload from ${path}`, { mend: 'Name a file that is there.', cause })
  }
}
