// `mayfly explain <request id>`: why a request was denied, and the one line that would allow it.
import { sendPlain } from '../aws/client.ts'
import { begin, type CliContext } from '../context.ts'
import { CliError } from '../errors.ts'
import type { ServerFlags } from '../flags.ts'

interface Denial {
  readonly requestId: string
  readonly operation: string
  readonly who: string
  readonly action: string
  readonly resource: string
  readonly because: string
  readonly remedy?: { readonly attachTo: string; readonly statement: string }
  readonly enforced: boolean
}

/** Throws CliError MF2101 for a request that was not denied, or too long ago. */
export async function explain(context: CliContext, flags: ServerFlags, requestId: string): Promise<void> {
  const output = begin(context, flags)
  const path = `/_mayfly/explain/${encodeURIComponent(requestId)}`
  const response = await sendPlain(flags, context.env, { method: 'GET', path })
  if (response.status !== 200)
    throw new CliError(response.status === 404 ? 'MF2101' : 'MF2003', `the server tells no denial of ${requestId}`, {
      mend: 'It keeps the latest 2000, for callers on its own machine. The request id is in the error of the client.',
    })
  const { denial } = JSON.parse(response.body.toString('utf8')) as { denial: Denial }
  output.result({ ...denial }, textOf(denial))
}

function textOf({ who, action, resource, operation, because, remedy, enforced }: Denial): string {
  const lines = [
    `${enforced ? 'denied' : 'would be denied'}   ${operation}`,
    `who      ${who}`,
    `action   ${action}`,
    `on       ${resource}`,
    `because  ${because}`,
  ]
  if (remedy === undefined) lines.push('to allow it, take that Deny away')
  else lines.push(`to allow it, add to ${remedy.attachTo}:`, `  ${remedy.statement}`)
  return lines.join('\n')
}
