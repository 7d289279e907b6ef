// Access control lists of buckets and objects. Grantees are kept as S3 names them: canonical user ids and group URIs.
// Source: S3 user guide, "Access control list (ACL) overview" (permissions, canned ACLs, groups), and the API pages of
// PutBucketAcl and PutObjectAcl.
import { invalidArgument, s3Error } from './errors.ts'
import { ACL_GRANTS_MAX } from './limits.ts'

const PERMISSIONS = ['FULL_CONTROL', 'READ', 'READ_ACP', 'WRITE', 'WRITE_ACP'] as const
export type Permission = (typeof PERMISSIONS)[number]

export const ALL_USERS = 'http://acs.amazonaws.com/groups/global/AllUsers'
export const AUTHENTICATED_USERS = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers'
export const LOG_DELIVERY = 'http://acs.amazonaws.com/groups/s3/LogDelivery'
const GROUPS: ReadonlySet<string> = new Set([ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY])

export type Grantee = { readonly kind: 'user'; readonly id: string } | { readonly kind: 'group'; readonly uri: string }

export interface Grant {
  readonly grantee: Grantee
  readonly permission: Permission
}

export interface Acl {
  /** Canonical user id. */
  readonly owner: string
  readonly grants: readonly Grant[]
}

const CANONICAL_ID = /^[0-9a-f]{64}$/

/** The ACL that everything has which got no other. */
export function privateAcl(owner: string): Acl {
  return { owner, grants: [fullControl(owner)] }
}

function fullControl(id: string): Grant {
  return { grantee: { kind: 'user', id }, permission: 'FULL_CONTROL' }
}

function group(uri: string, permission: Permission): Grant {
  return { grantee: { kind: 'group', uri }, permission }
}

/** The headers by which an ACL comes with a request. */
export interface AclHeaders {
  readonly ACL?: string | undefined
  readonly GrantFullControl?: string | undefined
  readonly GrantRead?: string | undefined
  readonly GrantReadACP?: string | undefined
  readonly GrantWrite?: string | undefined
  readonly GrantWriteACP?: string | undefined
}

const GRANT_HEADERS = [
  ['GrantFullControl', 'x-amz-grant-full-control', 'FULL_CONTROL'],
  ['GrantRead', 'x-amz-grant-read', 'READ'],
  ['GrantReadACP', 'x-amz-grant-read-acp', 'READ_ACP'],
  ['GrantWrite', 'x-amz-grant-write', 'WRITE'],
  ['GrantWriteACP', 'x-amz-grant-write-acp', 'WRITE_ACP'],
] as const satisfies readonly (readonly [keyof AclHeaders, string, Permission])[]

/** Whom a new ACL is for. */
export interface AclOwners {
  /** Canonical ids. */
  readonly owner: string
  readonly bucketOwner: string
}

/**
 * The ACL that the headers of a request ask for; undefined when they ask for none. Throws InvalidArgument for what cannot be
 * read, and InvalidRequest for a canned ACL beside grants.
 */
export function aclFromHeaders(headers: AclHeaders, owners: AclOwners): Acl | undefined {
  if (!asksForAcl(headers)) return undefined
  const grants = GRANT_HEADERS.flatMap(([member, header, permission]) => {
    const value = headers[member]
    return value === undefined ? [] : parseGrantees(value, header).map((grantee) => ({ grantee, permission }))
  })
  if (headers.ACL === undefined) return grants.length === 0 ? undefined : checked({ owner: owners.owner, grants })
  if (grants.length > 0)
    throw s3Error('InvalidRequest', { message: 'Specifying both Canned ACLs and Header Grants is not allowed' })
  return cannedAcl(headers.ACL, owners)
}

/** Do the headers say anything about an ACL? */
export function asksForAcl(headers: AclHeaders): boolean {
  return headers.ACL !== undefined || GRANT_HEADERS.some(([member]) => headers[member] !== undefined)
}

/** Throws InvalidArgument for an unknown name. */
function cannedAcl(name: string, { owner, bucketOwner }: AclOwners): Acl {
  const grants = [fullControl(owner)]
  switch (name) {
    case 'private':
    case 'aws-exec-read':
      break
    case 'public-read':
      grants.push(group(ALL_USERS, 'READ'))
      break
    case 'public-read-write':
      grants.push(group(ALL_USERS, 'READ'), group(ALL_USERS, 'WRITE'))
      break
    case 'authenticated-read':
      grants.push(group(AUTHENTICATED_USERS, 'READ'))
      break
    case 'bucket-owner-read':
      if (owner !== bucketOwner) grants.push({ grantee: { kind: 'user', id: bucketOwner }, permission: 'READ' })
      break
    case 'bucket-owner-full-control':
      if (owner !== bucketOwner) grants.push(fullControl(bucketOwner))
      break
    case 'log-delivery-write':
      grants.push(group(LOG_DELIVERY, 'WRITE'), group(LOG_DELIVERY, 'READ_ACP'))
      break
    default:
      throw invalidArgument('x-amz-acl', name, 'Invalid Argument')
  }
  return { owner, grants }
}

/** `id="...", uri="..."`, as in x-amz-grant-*. */
function parseGrantees(value: string, header: string): readonly Grantee[] {
  return value.split(',').map((entry): Grantee => {
    const match = /^\s*([a-zA-Z]+)\s*=\s*"?([^"]*?)"?\s*$/.exec(entry)
    const [, kind, name = ''] = match ?? []
    if (kind === 'uri') return { kind: 'group', uri: checkGroup(name, 'uri') }
    if (kind === 'id') return { kind: 'user', id: checkUser(name, 'id') }
    if (kind === 'emailAddress') throw unresolvableGrant()
    throw invalidArgument(header, entry.trim(), 'Argument format not recognized')
  })
}

function checkGroup(uri: string, argument: string): string {
  if (!GROUPS.has(uri)) throw invalidArgument(argument, uri, 'Invalid group uri')
  return uri
}

function checkUser(id: string, argument: string): string {
  if (!CANONICAL_ID.test(id)) throw invalidArgument(argument, id, 'Invalid id')
  return id
}

/** Accounts of Mayfly have no e-mail addresses. */
function unresolvableGrant(): Error {
  return s3Error('UnresolvableGrantByEmailAddress')
}

/** An access control list as decoded from a body. */
export interface AclDocument {
  readonly Owner?: { readonly ID?: string | undefined } | undefined
  readonly Grants?:
    | readonly {
        readonly Grantee?:
          | {
              readonly Type?: string | undefined
              readonly ID?: string | undefined
              readonly URI?: string | undefined
              readonly EmailAddress?: string | undefined
            }
          | undefined
        readonly Permission?: string | undefined
      }[]
    | undefined
}

/** Throws MalformedACLError, InvalidArgument, UnresolvableGrantByEmailAddress, AccessDenied for another owner. */
export function aclFromDocument(document: AclDocument, owner: string): Acl {
  if (document.Owner === undefined || document.Grants === undefined) throw s3Error('MalformedACLError')
  const named = checkUser(document.Owner.ID ?? '', 'CanonicalUser/ID')
  const grants = document.Grants.map(({ Grantee: grantee, Permission: wanted }): Grant => {
    const permission = PERMISSIONS.find((name) => name === wanted)
    if (permission === undefined) throw s3Error('MalformedACLError')
    switch (grantee?.Type) {
      case 'CanonicalUser':
        return { permission, grantee: { kind: 'user', id: checkUser(grantee.ID ?? '', 'CanonicalUser/ID') } }
      case 'Group':
        return { permission, grantee: { kind: 'group', uri: checkGroup(grantee.URI ?? '', 'Group/URI') } }
      case 'AmazonCustomerByEmail':
        throw unresolvableGrant()
      default:
        throw s3Error('MalformedACLError')
    }
  })
  // An ACL does not give a thing away.
  if (named !== owner) throw s3Error('AccessDenied')
  return checked({ owner, grants })
}

/**
 * The ACL of PutBucketAcl and PutObjectAcl: a canned name, headers, or a document, exactly one of them. Throws
 * MissingSecurityHeader, UnexpectedContent, and as the ways themselves.
 */
export function aclFromRequest(
  input: AclHeaders & { readonly AccessControlPolicy?: AclDocument | undefined },
  owners: AclOwners,
): Acl {
  const fromHeaders = aclFromHeaders(input, owners)
  const document = input.AccessControlPolicy
  if (fromHeaders && document) throw s3Error('UnexpectedContent')
  if (fromHeaders) return fromHeaders
  if (!document) throw s3Error('MissingSecurityHeader', { fields: { MissingHeaderName: 'x-amz-acl' } })
  return aclFromDocument(document, owners.owner)
}

function checked(acl: Acl): Acl {
  if (acl.grants.length > ACL_GRANTS_MAX)
    throw s3Error('InvalidRequest', { message: 'The number of grants in the ACL exceeds the limit of 100 grants.' })
  return acl
}

/** The members of GetBucketAcl's and GetObjectAcl's output. */
export function aclOutput({ owner, grants }: Acl): {
  readonly Owner: { readonly ID: string }
  readonly Grants: readonly {
    readonly Grantee:
      | { readonly Type: 'CanonicalUser'; readonly ID: string }
      | { readonly Type: 'Group'; readonly URI: string }
    readonly Permission: Permission
  }[]
} {
  return {
    Owner: { ID: owner },
    Grants: grants.map(({ grantee, permission }) => ({
      Grantee:
        grantee.kind === 'user' ? { Type: 'CanonicalUser', ID: grantee.id } : { Type: 'Group', URI: grantee.uri },
      Permission: permission,
    })),
  }
}

/** Does the ACL give anything to everybody, or to everybody with some account? */
export function isPublicAcl({ grants }: Acl): boolean {
  return grants.some(
    ({ grantee }) => grantee.kind === 'group' && (grantee.uri === ALL_USERS || grantee.uri === AUTHENTICATED_USERS),
  )
}

/** Is it no more than the owner's full control, which is what every ACL is where ACLs are disabled? */
export function isOwnersOnly({ owner, grants }: Acl): boolean {
  return grants.every(({ grantee }) => grantee.kind === 'user' && grantee.id === owner)
}
