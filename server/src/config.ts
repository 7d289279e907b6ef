// The only reader of the environment. Settings come from an option (a flag of the command), else from the environment,
// else from a default; they are resolved once, before anything is opened.
import { OperatorError } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import type { CpuMode } from '#engine/engine-options.ts'
import type { GatewayLimits } from '#gateway/limits.ts'
import type { TlsSource } from '#gateway/tls/open-certificates.ts'
import { PASSPHRASE_CHARS_MIN } from '#identity/vault/limits.ts'
import type { MasterKeySource } from '#identity/vault/master-key.ts'
import type { DefaultNetwork } from '#services/lambda/network-tags.ts'
import type { CloudTrailPace } from '#services/cloudtrail/model.ts'
import type { LambdaOptions } from '#services/lambda/ports.ts'
import { parseRemotes, type RemoteBuckets } from '#services/s3/remotes.ts'
import type { S3Pace } from '#services/s3/pace.ts'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

export const DEFAULT_HOST = '127.0.0.1'
export const DEFAULT_PORT = 4566

export type ServerMode = 'start' | 'dev'

export interface ServerOptions {
  /** `start` verifies signatures; `dev` takes any credentials and listens on loopback only. Default `start`. */
  readonly mode?: ServerMode
  /** Whether policies are enforced, or only told of. Default: in `start`. `start` always enforces. */
  readonly enforce?: boolean
  /** Default: MAYFLY_HOST, else 127.0.0.1. */
  readonly host?: string
  /** Default: MAYFLY_PORT, else 4566. 0 takes a free port. */
  readonly port?: number
  /** Default: MAYFLY_DATA, else `mayfly` in the user's data folder (XDG). Made when it is missing. */
  readonly dataFolder?: string
  /** Default: writes nothing. */
  readonly log?: Log
  /** Called when storage has failed for good. The process must end; the default ends it with status 1. */
  readonly onFatal?: (error: Error) => void
  /** Nothing else runs in this process: what the start left in memory is given back once. Default: no. */
  readonly ownProcess?: boolean
  /** Shorter times for tests. */
  readonly limits?: Partial<GatewayLimits>
  /** Waits and ages of asynchronous invocations, for tests. */
  readonly lambda?: Partial<LambdaOptions>
  /** How often trails are delivered, for tests. */
  readonly cloudTrail?: CloudTrailPace
  /** How often S3's work in the background runs, for tests. */
  readonly s3?: Partial<S3Pace>
  /** Destinations of replication elsewhere (services/s3/remotes.ts). Default: MAYFLY_S3_REMOTE_BUCKETS. */
  readonly s3RemoteBuckets?: string
  /**
   * Whether topics may call HTTP endpoints on loopback, private and link-local addresses. Default:
   * MAYFLY_ALLOW_PRIVATE_ENDPOINTS, else yes in `dev` and no in `start`.
   */
  readonly allowPrivateEndpoints?: boolean
  /** Calls of one action per second that a FIFO queue takes. Default: MAYFLY_FIFO_CALLS_PER_SECOND, else any number. */
  readonly fifoCallsPerSecondMax?: number
  /** TLS with certificates of an authority of the server's own. Default: MAYFLY_TLS, else plain HTTP. */
  readonly tls?: boolean
  /** TLS with this certificate and key (PEM files). Default: MAYFLY_TLS_CERT and MAYFLY_TLS_KEY. */
  readonly tlsCert?: string
  readonly tlsKey?: string
  /** Ready cells per runtime and size; tests want few. */
  readonly readyCells?: Readonly<Record<string, Readonly<Record<string, number>>>>
}

export interface ServerConfig {
  readonly mode: ServerMode
  readonly enforce: boolean
  readonly host: string
  readonly port: number
  readonly dataFolder: string
  readonly allowPrivateEndpoints: boolean
  readonly fifoCallsPerSecondMax: number | undefined
  /** Where functions may connect to that do not say it themselves. */
  readonly functionNetwork: DefaultNetwork
  /** Whether functions share idle CPU. */
  readonly functionCpu: CpuMode
  /** What everything that is encrypted is wrapped with. */
  readonly master: MasterKeySource
  readonly s3Remotes: RemoteBuckets
  /** Undefined: plain HTTP. */
  readonly tls: TlsSource | undefined
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Throws OperatorError for settings that cannot be. */
export function resolveConfig(options: ServerOptions, env: Environment = process.env): ServerConfig {
  const mode = options.mode ?? 'start'
  const enforce = mode === 'start' || options.enforce === true
  const host = options.host ?? filled(env['MAYFLY_HOST']) ?? DEFAULT_HOST
  const port = options.port ?? readPort(filled(env['MAYFLY_PORT'])) ?? DEFAULT_PORT
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new OperatorError(`${port} is not a port`, 'Give --port a number from 1 to 65535, or 0 for any free port.')
  if (mode === 'dev' && !isLoopback(host))
    throw new OperatorError(
      `mayfly dev does not listen on ${host}`,
      'It takes any credentials, so it stays on loopback. Use `mayfly start` to be reachable from other machines.',
    )
  const dataFolder = resolve(options.dataFolder ?? dataFolderOf(env))
  const s3Remotes = parseRemotes(options.s3RemoteBuckets ?? filled(env['MAYFLY_S3_REMOTE_BUCKETS']))
  const allowPrivateEndpoints =
    options.allowPrivateEndpoints ?? readFlag('MAYFLY_ALLOW_PRIVATE_ENDPOINTS', env) ?? mode === 'dev'
  return Object.freeze({
    mode,
    enforce,
    host,
    port,
    dataFolder,
    allowPrivateEndpoints,
    fifoCallsPerSecondMax: options.fifoCallsPerSecondMax ?? readCount('MAYFLY_FIFO_CALLS_PER_SECOND', env),
    functionNetwork: readNetwork(filled(env['MAYFLY_FUNCTION_NETWORK'])),
    functionCpu: readCpuMode(filled(env['MAYFLY_FUNCTION_CPU'])),
    master: masterKeyOf(env, dataFolder),
    s3Remotes,
    tls: tlsOf(options, env),
  })
}

/** `MAYFLY_TLS_NAMES`: further names of the server, with commas between; its own authority signs for those below them too. */
function tlsOf(options: ServerOptions, env: Environment): TlsSource | undefined {
  const certPath = options.tlsCert ?? filled(env['MAYFLY_TLS_CERT'])
  const keyPath = options.tlsKey ?? filled(env['MAYFLY_TLS_KEY'])
  const isWanted = options.tls ?? readFlag('MAYFLY_TLS', env)
  if (certPath !== undefined && keyPath !== undefined)
    return { kind: 'given', certPath: resolve(certPath), keyPath: resolve(keyPath) }
  if (certPath !== undefined || keyPath !== undefined)
    throw new OperatorError(
      certPath === undefined ? 'a TLS key without its certificate' : 'a TLS certificate without its key',
      "Give both --tls-cert and --tls-key (MAYFLY_TLS_CERT, MAYFLY_TLS_KEY), or --tls alone for a certificate of the server's own.",
    )
  if (isWanted !== true) return undefined
  const names = (filled(env['MAYFLY_TLS_NAMES']) ?? '').split(',').map((name) => name.trim())
  const bad = names.find((name) => name !== '' && !SERVER_NAME.test(name))
  if (bad !== undefined)
    throw new OperatorError(
      `${bad} is no name for a certificate`,
      'Give MAYFLY_TLS_NAMES host names or addresses, with commas between.',
    )
  return { kind: 'own', names: names.filter((name) => name !== '') }
}

/** A host name, which may begin with a wildcard, or an address. */
const SERVER_NAME = /^(?:(?:\*\.)?[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,250}[a-zA-Z0-9])?|[0-9a-fA-F:]+)$/

/**
 * `MAYFLY_MASTER_KEY` (32 bytes in base64 or hexadecimal), `MAYFLY_MASTER_KEY_FILE` (a file that holds them), or
 * `MAYFLY_MASTER_PASSPHRASE`; without any of them `master.key` in the data folder, made at the first start.
 */
function masterKeyOf(env: Environment, dataFolder: string): MasterKeySource {
  const text = filled(env['MAYFLY_MASTER_KEY'])
  const path = filled(env['MAYFLY_MASTER_KEY_FILE'])
  const passphrase = filled(env['MAYFLY_MASTER_PASSPHRASE'])
  if ([text, path, passphrase].filter((one) => one !== undefined).length > 1)
    throw new OperatorError(
      'the master key is given twice',
      'Set one of MAYFLY_MASTER_KEY, MAYFLY_MASTER_KEY_FILE and MAYFLY_MASTER_PASSPHRASE.',
    )
  if (text !== undefined) return { kind: 'given', text }
  if (path !== undefined) return { kind: 'file', path: resolve(path), mayMake: false }
  if (passphrase === undefined) return { kind: 'file', path: join(dataFolder, 'master.key'), mayMake: true }
  if (passphrase.length < PASSPHRASE_CHARS_MIN)
    throw new OperatorError(
      'the master passphrase is too short',
      `Give MAYFLY_MASTER_PASSPHRASE at least ${PASSPHRASE_CHARS_MIN} characters.`,
    )
  return { kind: 'passphrase', text: passphrase }
}

/** A number from 1 on; undefined when it is not set. */
function readCount(name: string, env: Environment): number | undefined {
  const text = filled(env[name])
  if (text === undefined) return undefined
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1)
    throw new OperatorError(
      `${name} is not a number: ${text}`,
      `Set ${name} to a whole number from 1 on, or not at all.`,
    )
  return count
}

function readNetwork(text = 'internet'): DefaultNetwork {
  if (text === 'internet' || text === 'none') return text
  throw new OperatorError(
    `MAYFLY_FUNCTION_NETWORK is neither internet nor none: ${text}`,
    'Set it to `none` to close the network to functions without tags of their own, or not at all.',
  )
}

function readCpuMode(text = 'shared'): CpuMode {
  if (text === 'shared' || text === 'quota') return text
  throw new OperatorError(
    `MAYFLY_FUNCTION_CPU is neither shared nor quota: ${text}`,
    'Set it to `quota` to give functions the CPU that their memory buys and never more, or not at all.',
  )
}

/** `MAYFLY_DATA`, `$MAYFLY_HOME/data`, `$XDG_DATA_HOME/mayfly`, `~/.local/share/mayfly`. */
function dataFolderOf(env: Environment): string {
  const data = filled(env['MAYFLY_DATA'])
  if (data !== undefined) return data
  const home = filled(env['MAYFLY_HOME'])
  if (home !== undefined) return join(home, 'data')
  return join(filled(env['XDG_DATA_HOME']) ?? join(homedir(), '.local', 'share'), 'mayfly')
}

function readFlag(name: string, env: Environment): boolean | undefined {
  const text = filled(env[name])?.toLowerCase()
  if (text === undefined) return undefined
  if (text === '1' || text === 'true') return true
  if (text === '0' || text === 'false') return false
  throw new OperatorError(`${name} is neither yes nor no: ${text}`, 'Set it to 1 or 0.')
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new OperatorError(`MAYFLY_PORT is not a port: ${text}`, 'Set it to a number from 0 to 65535.')
}

/** Addresses that no other machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

function filled(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text
}
