// The only file of the command that reads the environment. Settings come from a flag, else from the environment, else
// from a default; each is resolved once.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { CliError } from './errors.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The environment of this process. */
export function environment(): Environment {
  return process.env
}

/** What all commands that talk to a server take as flags. */
export interface ClientFlags {
  readonly endpoint?: string | undefined
  readonly region?: string | undefined
  readonly profile?: string | undefined
}

export interface ClientSettings {
  /** For a service by the suffix of its variable, for example `LAMBDA` or `CLOUDWATCH_LOGS`. */
  readonly endpoint: (service: string) => URL
  readonly region: string
  readonly profile: string | undefined
}

export const DEFAULT_HOST = '127.0.0.1'
export const DEFAULT_PORT = 4566
export const DEFAULT_REGION = 'us-east-1'

/** Where the server is and who asks. Throws CliError for an endpoint that is no http(s) URL. */
export function clientSettings(flags: ClientFlags, env: Environment): ClientSettings {
  return {
    endpoint: (service) => endpointOf(flags, env, service),
    region: flags.region ?? filled(env['AWS_REGION']) ?? filled(env['AWS_DEFAULT_REGION']) ?? DEFAULT_REGION,
    profile: flags.profile ?? filled(env['AWS_PROFILE']),
  }
}

function endpointOf(flags: ClientFlags, env: Environment, service: string): URL {
  const ignoreAws = env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']?.toLowerCase() === 'true'
  const candidates: readonly [string, string | undefined][] = [
    ['--endpoint', flags.endpoint],
    ['MAYFLY_ENDPOINT', filled(env['MAYFLY_ENDPOINT'])],
    [`AWS_ENDPOINT_URL_${service}`, ignoreAws ? undefined : filled(env[`AWS_ENDPOINT_URL_${service}`])],
    ['AWS_ENDPOINT_URL', ignoreAws ? undefined : filled(env['AWS_ENDPOINT_URL'])],
  ]
  for (const [source, value] of candidates) if (value !== undefined) return parseEndpoint(value, source)
  const host = filled(env['MAYFLY_HOST'])
  const port = filled(env['MAYFLY_PORT']) ?? DEFAULT_PORT
  // A server that listens everywhere is reached on loopback.
  const reachable = host === undefined || host === '0.0.0.0' || host === '::' ? DEFAULT_HOST : host
  return parseEndpoint(
    `${schemeOf(env)}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`,
    'MAYFLY_HOST',
  )
}

/** A server on this machine is reached as its own settings say. */
export function schemeOf(env: Environment): 'http' | 'https' {
  const flag = filled(env['MAYFLY_TLS'])?.toLowerCase()
  return flag === '1' || flag === 'true' || filled(env['MAYFLY_TLS_CERT']) !== undefined ? 'https' : 'http'
}

function parseEndpoint(text: string, source: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  throw new CliError('MF1101', `${source} is not an endpoint: ${text}`, {
    mend: `Give a URL such as http://${DEFAULT_HOST}:${DEFAULT_PORT}.`,
  })
}

/** The folder where a server on this machine keeps its data unless told otherwise, by the server's own rule. */
export function dataFolder(env: Environment): string {
  const data = filled(env['MAYFLY_DATA'])
  if (data !== undefined) return data
  const home = filled(env['MAYFLY_HOME'])
  if (home !== undefined) return join(home, 'data')
  return join(filled(env['XDG_DATA_HOME']) ?? join(homedir(), '.local', 'share'), 'mayfly')
}

/** The AWS shared credentials file, and whether the user named it. */
export function sharedCredentialsFile(env: Environment): { readonly path: string; readonly named: boolean } {
  const named = filled(env['AWS_SHARED_CREDENTIALS_FILE'])
  return { path: named ?? join(homedir(), '.aws', 'credentials'), named: named !== undefined }
}

export interface TerminalFlags {
  readonly color?: boolean | undefined
  readonly json?: boolean | undefined
  readonly quiet?: boolean | undefined
  readonly verbose?: number | undefined
}

export interface TerminalSettings {
  /** Whether the stream takes colour. */
  readonly color: (isTty: boolean) => boolean
  /** Whether more than ASCII may be printed. */
  readonly unicode: boolean
  /** A person sits there: no continuous integration, no dumb terminal. */
  readonly interactive: boolean
}

/** How to print. A flag wins over the environment; NO_COLOR wins over what forces colour. */
export function terminalSettings(flags: TerminalFlags, env: Environment): TerminalSettings {
  const dumb = env['TERM'] === 'dumb'
  const ci = filled(env['CI']) !== undefined && env['CI'] !== 'false'
  const forced = isForced(env['FORCE_COLOR']) || isForced(env['CLICOLOR_FORCE'])
  return {
    color: (isTty) => {
      if (flags.color !== undefined) return flags.color
      if (filled(env['NO_COLOR']) !== undefined) return false
      return forced || (isTty && !dumb && env['FORCE_COLOR'] !== '0')
    },
    unicode: isUnicode(env),
    interactive: !dumb && !ci,
  }
}

function isForced(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false'
}

function isUnicode(env: Environment): boolean {
  const locale = filled(env['LC_ALL']) ?? filled(env['LC_CTYPE']) ?? filled(env['LANG'])
  // No locale at all is what containers and services have; terminals of today read UTF-8 there.
  if (locale === undefined) return true
  return /utf-?8/i.test(locale)
}

/** An empty variable counts as unset. */
function filled(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value
}
