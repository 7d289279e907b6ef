// GetCallerIdentity: who the caller is. Needs no permission.
import { sessionArn } from '#identity/directory/directory.ts'
import type { Principal } from '#base/principal.ts'
import type { RequestContext } from '#protocol/operation.ts'
import type { StsDeps, StsOutput } from '../model.ts'

export async function getCallerIdentity(
  _deps: StsDeps,
  _input: unknown,
  { principal, account }: RequestContext,
): Promise<StsOutput<'GetCallerIdentity'>> {
  return { ...nameOf(principal, account), Account: account }
}

function nameOf(principal: Principal, account: string): { readonly UserId: string; readonly Arn: string } {
  switch (principal.kind) {
    case 'anonymous':
    case 'root':
      return { UserId: account, Arn: `arn:aws:iam::${account}:root` }
    case 'user':
      return { UserId: principal.userId, Arn: principal.userArn }
    case 'session':
      return {
        UserId: `${principal.roleId ?? 'AROA'}:${principal.sessionName}`,
        Arn: sessionArn(principal.roleArn, principal.sessionName),
      }
    case 'federated':
      return { UserId: `${account}:${principal.name}`, Arn: `arn:aws:sts::${account}:federated-user/${principal.name}` }
  }
}
