// Whose name the command acts in. A key that was named wins (profile, environment); else the root key that a server on
// this machine wrote for its owner; else the key that `mayfly dev` takes as it takes any other. The default profile of
// ~/.aws is never used unasked: it belongs to a real cloud.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dataFolder, type Environment, sharedCredentialsFile } from '../config.ts'
import { CliError } from '../errors.ts'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  /** Where they come from, for -v and for errors. */
  readonly source: string
}

export const DEFAULT_ACCOUNT = '000000000000'

/** The credentials to sign with. Throws CliError for a profile that is not there. */
export function findCredentials(profile: string | undefined, env: Environment): Credentials {
  const accessKeyId = env['AWS_ACCESS_KEY_ID']
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY']
  const shared = sharedCredentialsFile(env)
  if (profile !== undefined) return fromProfile(shared.path, profile)
  if (accessKeyId && secretAccessKey) {
    const sessionToken = env['AWS_SESSION_TOKEN'] || undefined
    return { accessKeyId, secretAccessKey, sessionToken, source: 'environment' }
  }
  if (shared.named) return fromProfile(shared.path, 'default')
  const own = join(dataFolder(env), 'credentials')
  return readProfile(own, 'default') ?? { accessKeyId: 'test', secretAccessKey: 'test', source: 'default test/test' }
}

/** The account that the credentials act in: a 12-digit key is the account itself. */
export function accountOf(credentials: Credentials): string {
  return /^\d{12}$/.test(credentials.accessKeyId) ? credentials.accessKeyId : DEFAULT_ACCOUNT
}

function fromProfile(path: string, profile: string): Credentials {
  const found = readProfile(path, profile)
  if (found !== undefined) return found
  throw new CliError('MF1102', `no profile "${profile}" with a key in ${path}`, {
    mend: 'Name another with --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  })
}

function readProfile(path: string, profile: string): Credentials | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    // Not there, or not ours to read: then it is not this user's key, and the next source is asked.
    return undefined
  }
  const values = parseIni(text).get(profile)
  const accessKeyId = values?.get('aws_access_key_id')
  const secretAccessKey = values?.get('aws_secret_access_key')
  if (!accessKeyId || !secretAccessKey) return undefined
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken: values?.get('aws_session_token'),
    source: `${path} [${profile}]`,
  }
}

function parseIni(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>()
  let current = new Map<string, string>()
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim()
    const section = /^\[(.+)\]$/.exec(line)?.[1]?.trim()
    if (section !== undefined) {
      current = sections.get(section) ?? new Map<string, string>()
      sections.set(section, current)
      continue
    }
    const equals = line.indexOf('=')
    if (line.startsWith('#') || line.startsWith(';') || equals < 1) continue
    current.set(line.slice(0, equals).trim().toLowerCase(), line.slice(equals + 1).trim())
  }
  return sections
}
