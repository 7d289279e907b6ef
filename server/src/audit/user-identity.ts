// Who called, as records say it. Source: CloudTrail user guide, "CloudTrail userIdentity element".
import type { Principal, SessionGrants } from '#base/principal.ts'
import { sessionArn } from '#identity/directory/directory.ts'
import { readRoleArn } from '#identity/directory/records.ts'
import { rootArn } from '#identity/policy/caller.ts'

export type UserIdentity = Readonly<Record<string, unknown>> & { readonly type: string }

/** Somebody without credentials, as S3 writes it. */
const ANONYMOUS: UserIdentity = { type: 'AWSAccount', principalId: '', accountId: 'ANONYMOUS_PRINCIPAL' }

export function userIdentityOf(principal: Principal): UserIdentity {
  switch (principal.kind) {
    case 'anonymous':
      return ANONYMOUS
    case 'root': {
      const { account, accessKeyId } = principal
      return { type: 'Root', principalId: account, arn: rootArn(account), accountId: account, accessKeyId }
    }
    case 'user': {
      const { account, accessKeyId, userName, userArn, userId, mfaMs } = principal
      const identity = { principalId: userId, arn: userArn, accountId: account, accessKeyId, userName }
      // Only temporary keys say whether there was a second factor.
      if (!accessKeyId.startsWith('ASIA')) return { type: 'IAMUser', ...identity }
      const attributes = { mfaAuthenticated: String(mfaMs !== undefined) }
      return { type: 'IAMUser', ...identity, sessionContext: { attributes } }
    }
    case 'session':
      return assumedRole(principal)
    case 'federated': {
      const { account, accessKeyId, name, userName, grants } = principal
      const sessionIssuer =
        userName === undefined
          ? { type: 'Root', principalId: account, arn: rootArn(account), accountId: account }
          : { type: 'IAMUser', accountId: account, userName }
      return {
        type: 'FederatedUser',
        principalId: `${account}:${name}`,
        arn: `arn:aws:sts::${account}:federated-user/${name}`,
        accountId: account,
        accessKeyId,
        sessionContext: { sessionIssuer, attributes: attributesOf(grants) },
      }
    }
  }
}

function assumedRole(principal: Extract<Principal, { kind: 'session' }>): UserIdentity {
  const { account, accessKeyId, roleArn, sessionName, roleId, grants } = principal
  const role = readRoleArn(roleArn)
  const sessionIssuer = {
    type: 'Role',
    ...(roleId !== undefined && { principalId: roleId }),
    arn: roleArn,
    accountId: role?.account ?? account,
    ...(role !== undefined && { userName: role.name }),
  }
  const provider = grants?.provider
  return {
    type: 'AssumedRole',
    principalId: `${roleId ?? roleArn}:${sessionName}`,
    arn: sessionArn(roleArn, sessionName),
    accountId: account,
    accessKeyId,
    sessionContext: {
      sessionIssuer,
      ...(provider !== undefined && { webIdFederationData: { federatedProvider: provider } }),
      attributes: attributesOf(grants),
      ...(grants?.sourceIdentity !== undefined && { sourceIdentity: grants.sourceIdentity }),
    },
  }
}

/** Sessions of roles and federated users carry no second factor. */
function attributesOf(grants: SessionGrants | undefined): Readonly<Record<string, string>> {
  const created = grants === undefined ? {} : { creationDate: secondsOf(grants.issuedMs) }
  return { ...created, mfaAuthenticated: 'false' }
}

function secondsOf(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** Whose key it is, though the signature was not believed; or somebody with a key that nobody knows. */
export function unverifiedIdentity(accessKeyId: string | undefined, account: string | undefined): UserIdentity {
  return {
    type: 'Unknown',
    ...(account !== undefined && { accountId: account }),
    ...(accessKeyId !== undefined && { accessKeyId }),
  }
}

/** Another account, as the owner of a resource is told of it. */
export function foreignIdentity(principal: Principal): UserIdentity {
  if (principal.kind === 'anonymous') return ANONYMOUS
  const { principalId } = userIdentityOf(principal)
  return { type: 'AWSAccount', principalId, accountId: principal.account }
}

/** The name that LookupEvents searches by: a user's, a session's, or `root`. */
export function userNameOf(identity: UserIdentity): string | undefined {
  switch (identity.type) {
    case 'Root':
      return 'root'
    case 'IAMUser':
      return textOf(identity['userName'])
    case 'AssumedRole':
      return textOf(identity['principalId'])?.split(':').at(-1)
    case 'FederatedUser':
      return textOf(identity['principalId'])?.split(':').at(-1)
    default:
      return undefined
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
