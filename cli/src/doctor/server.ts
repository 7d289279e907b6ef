// The server that runs, if one does, and what it says about itself.
import { clientSettings, type ClientFlags, type Environment } from '../config.ts'
import { sendPlain } from '../aws/client.ts'
import { CliError } from '../errors.ts'
import { type Finding, ok, warn } from './check.ts'

interface Health {
  readonly version?: string
  readonly mode?: string
  readonly status?: string
  readonly reasons?: readonly string[]
  readonly warnings?: readonly string[]
  readonly engine?: {
    readonly tier: string
    readonly weaknesses: readonly { readonly what: string; readonly mend: string }[]
    readonly runtimes: Readonly<Record<string, { readonly available: boolean; readonly version?: string }>>
    readonly uplink?: { readonly available: boolean; readonly what?: string; readonly mend?: string }
  }
}

const HEALTH_TIMEOUT_MS = 3_000

/** What `/_mayfly/health` says; undefined when no Mayfly answers. */
export async function askServer(flags: ClientFlags, env: Environment): Promise<Health | undefined> {
  try {
    const answer = await sendPlain(flags, env, { method: 'GET', path: '/_mayfly/health', timeoutMs: HEALTH_TIMEOUT_MS })
    if (answer.status !== 200 && answer.status !== 503) return undefined
    return JSON.parse(answer.body.toString('utf8')) as Health
  } catch (error) {
    // Nobody there, or somebody who speaks no JSON: not a Mayfly.
    if (error instanceof CliError || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Findings about the server, its isolation and its runtimes. No server is no fault. */
export function serverFindings(health: Health | undefined, flags: ClientFlags, env: Environment): readonly Finding[] {
  const { origin } = clientSettings(flags, env).endpoint('MAYFLY')
  if (health === undefined) return [ok('server', `none at ${origin}; start one with mayfly start or mayfly dev`)]
  const said = `${health.mode ?? ''} ${health.version ?? ''} at ${origin}`
  const server =
    health.status === 'ready'
      ? ok('server', said)
      : warn(
          'server',
          `${said}, ${health.status ?? 'without status'}`,
          health.reasons?.join('; ') ?? 'Look at its log.',
        )
  const warnings = (health.warnings ?? []).map((warning) => warn('server', warning, 'See docs/operating/disk.md.'))
  return [server, ...warnings, ...engineFindings(health)]
}

function engineFindings({ engine }: Health): readonly Finding[] {
  if (engine === undefined) return []
  const runtimes = Object.entries(engine.runtimes)
    .filter(([, { available }]) => available)
    .map(([name, { version = '' }]) => `${name} ${version}`.trim())
  return [
    ok('isolation', `tier ${engine.tier}; runtimes: ${runtimes.join(', ')}`),
    ...engine.weaknesses.map(({ what, mend }) => warn('isolation', what, mend)),
    ...uplinkFindings(engine.uplink),
  ]
}

/** Only functions that ask for it miss it. */
function uplinkFindings(uplink: NonNullable<Health['engine']>['uplink']): readonly Finding[] {
  if (uplink === undefined) return []
  if (uplink.available) return [ok('network', 'functions may have networks of their own (--network direct)')]
  const { what = '', mend = '' } = uplink
  return [warn('network', `functions cannot have networks of their own (--network direct): ${what}`, mend)]
}
