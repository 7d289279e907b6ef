// May the caller use the KMS key that a service encrypts with for it? A customer's key is asked for as KMS itself would be,
// with the keys that say through which service the request comes and what the ciphertext is bound to. A key behind
// alias/aws/<service> is for everybody in its own account. Source: KMS developer guide, "kms:ViaService", "AWS managed keys".
import type { ConditionValues, RequestContext } from './operation.ts'

export type KeyAction = 'kms:Encrypt' | 'kms:Decrypt' | 'kms:GenerateDataKey'

export interface KeyInUse {
  /** As kms:ViaService names it: `s3`, `secretsmanager`. */
  readonly service: string
  readonly keyArn: string
  /** It is a key behind alias/aws/<service>. */
  readonly managed: boolean
  /** The encryption context. */
  readonly bound: Readonly<Record<string, string>>
}

/** The condition keys of KMS for a use of the key on behalf of `caller`, an account. */
export function keyConditions({ service, keyArn, bound }: Omit<KeyInUse, 'managed'>, caller?: string): ConditionValues {
  const [, , , region = ''] = keyArn.split(':')
  const pairs = Object.entries(bound)
  return {
    'kms:ViaService': `${service}.${region}.amazonaws.com`,
    'kms:CallerAccount': caller,
    'kms:EncryptionContextKeys': pairs.map(([name]) => name),
    ...Object.fromEntries(pairs.map(([name, value]) => [`kms:EncryptionContext:${name}`, value])),
  }
}

/** The first of `actions` that the caller may not do with the key; undefined when it may, or when nobody asks. */
export async function refusedKeyUse(
  { permits, principal }: Pick<RequestContext, 'permits' | 'principal'>,
  actions: readonly KeyAction[],
  key: KeyInUse,
): Promise<KeyAction | undefined> {
  if (permits === undefined) return undefined
  const caller = 'account' in principal ? principal.account : undefined
  if (key.managed && caller === ownerOf(key.keyArn)) return undefined
  const conditions = keyConditions(key, caller)
  for (const action of actions) if (!(await permits(action, key.keyArn, conditions))) return action
  return undefined
}

/** The account of a key. */
function ownerOf(keyArn: string): string {
  return keyArn.split(':')[4] ?? ''
}
