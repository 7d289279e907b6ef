// May the caller use the KMS key that a service encrypts with for it? A customer's key is asked for as KMS itself would be,
// with the keys that say through which service the request comes and what the ciphertext is bound to. A key behind
// alias/aws/<service> is for everybody in its own account. Source: KMS developer guide, "kms:ViaService", "AWS managed keys".
import type { RequestContext } from './operation.ts'

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

/** The first of `actions` that the caller may not do with the key; undefined when it may, or when nobody asks. */
export async function refusedKeyUse(
  { permits, principal }: Pick<RequestContext, 'permits' | 'principal'>,
  actions: readonly KeyAction[],
  { service, keyArn, managed, bound }: KeyInUse,
): Promise<KeyAction | undefined> {
  if (permits === undefined) return undefined
  const [, , , region = '', owner] = keyArn.split(':')
  const caller = 'account' in principal ? principal.account : undefined
  if (managed && caller === owner) return undefined
  const pairs = Object.entries(bound)
  const conditions = {
    'kms:ViaService': `${service}.${region}.amazonaws.com`,
    'kms:CallerAccount': caller,
    'kms:EncryptionContextKeys': pairs.map(([name]) => name),
    ...Object.fromEntries(pairs.map(([name, value]) => [`kms:EncryptionContext:${name}`, value])),
  }
  for (const action of actions) if (!(await permits(action, keyArn, conditions))) return action
  return undefined
}
