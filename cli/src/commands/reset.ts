// `mayfly reset`: empties all state of a development server.
import { sendPlain } from '../aws/client.ts'
import { begin, type CliContext } from '../context.ts'
import { CliError } from '../errors.ts'
import type { ServerFlags } from '../flags.ts'

/** Throws CliError MF2102 for a server that may not be reset. */
export async function reset(context: CliContext, flags: ServerFlags): Promise<void> {
  const output = begin(context, flags)
  const began = performance.now()
  const response = await sendPlain(flags, context.env, { method: 'POST', path: '/_mayfly/reset' })
  const tookMs = Math.round((performance.now() - began) * 10) / 10
  if (response.status >= 200 && response.status < 300) {
    output.result({ reset: true, tookMs }, '')
    output.note(`all state is gone (${tookMs} ms)`)
    return
  }
  const said = response.body.toString('utf8').slice(0, 500).trim()
  throw new CliError(
    response.status === 403 || response.status === 404 || response.status === 405 ? 'MF2102' : 'MF2003',
    `the server did not reset itself (HTTP ${response.status})${said === '' ? '' : `: ${said}`}`,
    { mend: 'Only a server that `mayfly dev` started can be reset.' },
  )
}
