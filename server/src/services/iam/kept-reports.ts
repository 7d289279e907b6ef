// Reports that are made by one operation and fetched by another: the credential report of an account, and which services
// an identity used. Made at once; kept in memory, for they can be made again at any time.
import type { LastUse } from '#identity/directory/usage.ts'
import { LRUCache } from 'lru-cache'
import type { AccessEntity } from './access-entities.ts'
import { REPORTS_KEPT_MAX } from './limits.ts'

export interface CredentialReport {
  readonly text: string
  readonly madeMs: number
}

export interface AccessReport {
  readonly id: string
  readonly account: string
  readonly arn: string
  readonly madeMs: number
  readonly uses: readonly { readonly entity: AccessEntity; readonly use: LastUse }[]
}

export class Reports {
  /** By account. */
  readonly credentials = new LRUCache<string, CredentialReport>({ max: REPORTS_KEPT_MAX })
  /** By job id. */
  readonly access = new LRUCache<string, AccessReport>({ max: REPORTS_KEPT_MAX })
}
