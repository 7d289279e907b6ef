// Commands about webhooks.
import { buildCommand, buildRouteMap } from '@stricli/core'
import type { WebhookAddFlags } from '../commands/webhook.ts'
import type { CliContext } from '../context.ts'
import { commonAliases, optional, type ServerFlags, serverFlags, text } from '../flags.ts'
import { loaded, takes, toServer } from './command.ts'

const webhookName = { brief: 'Its name: the last part of its URL', parse: text, placeholder: 'name' } as const

export const webhook = buildRouteMap({
  routes: {
    add: buildCommand<WebhookAddFlags, [name: string], CliContext>({
      loader: loaded(async () => (await import('../commands/webhook.ts')).addWebhook),
      parameters: {
        flags: {
          ...serverFlags,
          scheme: { kind: 'parsed', parse: text, brief: 'Who signs: github, stripe or slack' },
          to: {
            kind: 'parsed',
            parse: text,
            brief: 'ARN of the function, queue, topic or event bus',
            placeholder: 'arn',
          },
          secret: optional(text, 'The signing secret, @file, or - (standard input)'),
        },
        aliases: commonAliases,
        positional: takes(webhookName),
      },
      docs: {
        brief: 'Makes a webhook and prints its URL',
        fullDescription:
          'Stripe and Slack show you a signing secret: give it. For GitHub one is made and printed once, below the URL, unless you give yours.',
        customUsage: [
          { input: 'pushes --scheme github --to arn:aws:sqs:us-east-1:000000000000:pushes', brief: 'Into a queue' },
        ],
      },
    }),
    list: buildCommand<ServerFlags, [], CliContext>({
      loader: loaded(async () => (await import('../commands/webhook.ts')).listWebhooks),
      parameters: toServer,
      docs: { brief: 'Prints all webhooks, without their secrets' },
    }),
    remove: buildCommand<ServerFlags, [name: string], CliContext>({
      loader: loaded(async () => (await import('../commands/webhook.ts')).removeWebhook),
      parameters: {
        ...toServer,
        positional: takes(webhookName),
      },
      docs: { brief: 'Removes a webhook: its sender is refused from now on' },
    }),
  },
  docs: { brief: 'Calls of GitHub, Stripe and Slack as events' },
})
