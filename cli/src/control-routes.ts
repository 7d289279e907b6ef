// The server's own routes beside the AWS APIs: for callers on its machine, in JSON.
import { sendPlain } from './aws/client.ts'
import type { PlainRequest } from './aws/exchange.ts'
import type { CliContext } from './context.ts'
import { CliError, type ErrorCode } from './errors.ts'
import type { ServerFlags } from './flags.ts'

const CODES: Readonly<Record<number, ErrorCode>> = { 403: 'MF2102', 404: 'MF2101', 409: 'MF2103', 400: 'MF2104' }

/** The answer's JSON. Throws CliError with the server's own words; `mend` says what to do about it. */
export async function askServer(
  context: CliContext,
  flags: ServerFlags,
  request: PlainRequest,
  mend: string,
): Promise<unknown> {
  const response = await sendPlain(flags, context.env, { ...request, headers: { 'content-type': 'application/json' } })
  const answer = parse(response.body)
  if (response.status >= 200 && response.status < 300) return answer
  const said = (answer as { readonly error?: unknown } | undefined)?.error
  throw new CliError(
    CODES[response.status] ?? 'MF2003',
    typeof said === 'string' ? said : `the server answered HTTP ${response.status}`,
    { mend },
  )
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
