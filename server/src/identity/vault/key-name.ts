// How callers name a key: its id, its alias, or the ARN of either.
import { KeyFault, type KeyScope } from '../key-vault.ts'
import { KEY_NAME_CHARS_MAX } from './limits.ts'

export type KeyName =
  | { readonly kind: 'id'; readonly scope: KeyScope; readonly keyId: string }
  | { readonly kind: 'alias'; readonly scope: KeyScope; readonly alias: string }

const ARN = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):(\d{12}):(key\/([a-zA-Z0-9-]+)|alias\/[a-zA-Z0-9/_-]+)$/
const ALIAS = /^alias\/[a-zA-Z0-9/_-]+$/
const KEY_ID = /^[a-zA-Z0-9-]+$/

/** Reads a name; what names no key, in form, is `not-found`, as in KMS. */
export function parseKeyName(scope: KeyScope, text: string): KeyName {
  if (text.length <= KEY_NAME_CHARS_MAX) {
    if (ALIAS.test(text)) return { kind: 'alias', scope, alias: text }
    const [, region, account, resource = '', keyId] = ARN.exec(text) ?? []
    if (region !== undefined && account !== undefined) {
      const named = { region, account }
      return keyId === undefined
        ? { kind: 'alias', scope: named, alias: resource }
        : { kind: 'id', scope: named, keyId }
    }
    if (KEY_ID.test(text)) return { kind: 'id', scope, keyId: text }
  }
  throw new KeyFault('not-found', text.slice(0, KEY_NAME_CHARS_MAX), `Invalid keyId '${text.slice(0, 200)}'`)
}

const AWS_ALIAS = /^alias\/aws\/([a-z0-9-]+)$/

/** Services whose own key exists in every account from its first use. */
const SERVICES_WITH_KEYS = new Set([
  'dynamodb',
  'ebs',
  'events',
  'firehose',
  'kinesis',
  'lambda',
  'logs',
  's3',
  'secretsmanager',
  'sns',
  'sqs',
  'ssm',
  'states',
  'xray',
])

/** The service whose own key this alias names. */
export function awsServiceOf(alias: string): string | undefined {
  const service = AWS_ALIAS.exec(alias)?.[1]
  return service !== undefined && SERVICES_WITH_KEYS.has(service) ? service : undefined
}
