// May functions run with this role? Asked when a function is given one; what the role may is asked with every call it makes.
// That the caller may pass it, and that it is of the caller's account, the gateway has asked before (iam:PassRole).
import type { RequestContext } from '#protocol/operation.ts'
import { invalidParameter } from './errors.ts'
import type { ExecutionRoles } from './ports.ts'

const NOT_ASSUMABLE = 'The role defined for the function cannot be assumed by Lambda.'

/** Throws where permissions are enforced; elsewhere the answer says what would be refused. */
export async function requireRole(
  roles: Pick<ExecutionRoles, 'enforced' | 'flaw'>,
  roleArn: string,
  context: Pick<RequestContext, 'setHeader'>,
): Promise<void> {
  if ((await roles.flaw(roleArn)) === undefined) return
  if (roles.enforced) throw invalidParameter(NOT_ASSUMABLE)
  context.setHeader('x-mayfly-would-deny', NOT_ASSUMABLE)
}
