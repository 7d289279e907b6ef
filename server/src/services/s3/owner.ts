// Canonical user ids: the opaque names by which S3 calls accounts. Mayfly derives them from the account number, so that
// they need no table and are the same on every node.
import { hash } from 'node:crypto'
import type { Principal } from '#base/principal.ts'

/** 64 hexadecimal digits, as AWS's canonical user ids. */
export function canonicalUserId(account: string): string {
  return hash('sha256', `mayfly canonical user ${account}`, 'hex')
}

/** The short form that stands in event documents as the owner of a bucket: `A` and 13 upper-case characters. */
export function ownerPrincipalId(account: string): string {
  return `A${shortId(`mayfly owner ${account}`, 13)}`
}

/**
 * Who caused an event, as `userIdentity.principalId`. Source: S3 user guide, "Event message structure", and IAM user
 * guide, "Unique identifiers": a session is `AWS:AROA…:<session name>`.
 */
export function callerPrincipalId(principal: Principal): string {
  switch (principal.kind) {
    case 'anonymous':
      return 'Anonymous'
    case 'root':
      return ownerPrincipalId(principal.account)
    case 'user':
      return `AWS:${principal.userId}`
    case 'session':
      return `AWS:${principal.roleId ?? `AROA${shortId(principal.roleArn, 17)}`}:${principal.sessionName}`
    case 'federated':
      return `AWS:${principal.account}:${principal.name}`
  }
}

function shortId(of: string, length: number): string {
  return BigInt(`0x${hash('sha256', of, 'hex')}`)
    .toString(36)
    .toUpperCase()
    .slice(0, length)
}
