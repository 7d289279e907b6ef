// `mayfly webhook add|list|remove`: where GitHub, Stripe and Slack may call, and which function, queue or topic gets it.
import { readFileSync } from 'node:fs'
import type { PlainRequest } from '../aws/exchange.ts'
import { clientSettings } from '../config.ts'
import { begin, type CliContext } from '../context.ts'
import { askServer } from '../control-routes.ts'
import { CliError } from '../errors.ts'
import type { ServerFlags } from '../flags.ts'

const ROOT = '/_mayfly/webhooks'

export interface WebhookAddFlags extends ServerFlags {
  readonly scheme: string
  readonly to: string
  /** The text, `@file`, or `-` for standard input: what stands in a command line can be seen by others. */
  readonly secret?: string | undefined
}

/** As the server shows it. */
interface Webhook {
  readonly name: string
  readonly scheme: string
  readonly destination: string
  readonly path: string
}

export async function addWebhook(context: CliContext, flags: WebhookAddFlags, name: string): Promise<void> {
  const output = begin(context, flags)
  const secret = readSecret(flags.secret)
  const body = JSON.stringify({ name, scheme: flags.scheme, destination: flags.to, ...(secret && { secret }) })
  const answer = await ask(context, flags, { method: 'POST', path: ROOT, body })
  // The server's answer to this request, schema version 1.
  const { webhook, secret: made } = answer as { readonly webhook: Webhook; readonly secret?: string }
  const url = new URL(webhook.path, clientSettings(flags, context.env).endpoint('MAYFLY')).href
  output.result(
    { webhook, url, ...(made !== undefined && { secret: made }) },
    made === undefined ? url : `${url}\n${made}`,
  )
  if (made !== undefined) output.note('the second line is the secret for the sender; it is not shown again')
}

export async function listWebhooks(context: CliContext, flags: ServerFlags): Promise<void> {
  const output = begin(context, flags)
  // The server's answer to this request, schema version 1.
  const { webhooks } = (await ask(context, flags, { method: 'GET', path: ROOT })) as {
    readonly webhooks: readonly Webhook[]
  }
  const lines = webhooks.map(({ name, scheme, destination }) => `${name}  ${scheme}  ${destination}`)
  output.result({ webhooks }, lines.join('\n'))
}

export async function removeWebhook(context: CliContext, flags: ServerFlags, name: string): Promise<void> {
  const output = begin(context, flags)
  await ask(context, flags, { method: 'DELETE', path: `${ROOT}/${encodeURIComponent(name)}`, about: `webhook ${name}` })
  output.result({ removed: name }, '')
  output.note(`webhook ${name} is gone`)
}

function readSecret(given: string | undefined): string | undefined {
  if (given === undefined) return undefined
  if (given !== '-' && !given.startsWith('@')) return given
  const file = given === '-' ? 0 : given.slice(1)
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new CliError('MF1201', `--secret: cannot read ${given}`, { mend: 'Name a file that is there.', cause })
  }
}

function ask(context: CliContext, flags: ServerFlags, request: PlainRequest): Promise<unknown> {
  const mend = 'Webhooks are managed from the machine that the server runs on; `mayfly webhook list` shows them.'
  return askServer(context, flags, request, mend)
}
