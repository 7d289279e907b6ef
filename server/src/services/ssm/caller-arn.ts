// Who changed a parameter, as its history shows it.
import { nameOfCaller, rootArn } from '#identity/policy/caller.ts'
import { sessionArn } from '#identity/directory/directory.ts'
import type { RequestContext } from '#protocol/operation.ts'

export function callerArn({ principal, account }: RequestContext): string {
  switch (principal.kind) {
    case 'anonymous':
      return nameOfCaller(principal)
    case 'root':
      return rootArn(account)
    case 'user':
      return principal.userArn
    case 'session':
      return sessionArn(principal.roleArn, principal.sessionName)
    case 'federated':
      return `arn:aws:sts::${account}:federated-user/${principal.name}`
  }
}
