// Who calls, as an ARN.
import type { RequestContext } from '#protocol/operation.ts'

export function callerArn({ principal, account }: RequestContext): string {
  switch (principal.kind) {
    case 'anonymous':
      return `arn:aws:iam::${account}:root`
    case 'root':
      return `arn:aws:iam::${principal.account}:root`
    case 'user':
      return principal.userArn
    case 'federated':
      return `arn:aws:sts::${principal.account}:federated-user/${principal.name}`
    case 'session': {
      const role = principal.roleArn.split('/').at(-1) ?? ''
      return `arn:aws:sts::${principal.account}:assumed-role/${role}/${principal.sessionName}`
    }
  }
}
