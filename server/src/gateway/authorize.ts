// May this caller do this? Every row of an operation table names its IAM action and resource; this is where they are
// asked. Policies are not evaluated yet: a verified caller may do everything in its account, and an
// unverified one nothing.
import type { Principal } from '#base/principal.ts'

export interface Permission {
  readonly principal: Principal
  /** For example `s3:PutObject`; undefined where the service has no table yet. */
  readonly action: string | undefined
  /** The ARN, made only when it is asked for. */
  readonly resource: () => string
}

export type Decision = 'allowed' | 'anonymous-denied' | 'denied'

export type Authorizer = (permission: Permission) => Decision | Promise<Decision>

/** `start`: whoever signed may; nobody else. */
export const verifiedCallersOnly: Authorizer = ({ principal }) =>
  principal.kind === 'anonymous' ? 'anonymous-denied' : 'allowed'

/** `dev`: everyone may. */
export const everyone: Authorizer = () => 'allowed'
