// One line of a server access log. Source: S3 user guide, "Amazon S3 server access log format": fields and their order,
// `-` for what is not known, quotes around what clients write.
import { hash } from 'node:crypto'
import type { EdgeOutcome, EdgeRequest } from '#protocol/edge.ts'
import type { Principal } from '#base/principal.ts'
import { canonicalUserId } from './owner.ts'
import { isWebsiteHost } from './website.ts'

/** A request that has ended, and whose bucket it was about. */
export interface LoggedRequest {
  readonly account: string
  readonly bucket: string
  /** When the request came. */
  readonly timeMs: number
  readonly request: EdgeRequest
  readonly outcome: EdgeOutcome
}

/** Where the name of the operation does not follow from method and sub-resource. */
const OPERATIONS: Readonly<Record<string, string>> = {
  CopyObject: 'REST.COPY.OBJECT',
  UploadPart: 'REST.PUT.PART',
  UploadPartCopy: 'REST.COPY.PART',
  CreateMultipartUpload: 'REST.POST.UPLOADS',
  CompleteMultipartUpload: 'REST.POST.UPLOAD',
  AbortMultipartUpload: 'REST.DELETE.UPLOAD',
  ListParts: 'REST.GET.UPLOAD',
  ListMultipartUploads: 'REST.GET.UPLOADS',
  DeleteObjects: 'REST.POST.MULTI_OBJECT_DELETE',
  ListObjectVersions: 'REST.GET.BUCKETVERSIONS',
}
/** Sub-resources whose name in logs is their name with `BUCKET` in front. */
const OF_BUCKETS: ReadonlySet<string> = new Set(['POLICY', 'VERSIONS'])
const SUBRESOURCE =
  /(?:^|&)(acl|accelerate|analytics|attributes|cors|encryption|intelligent-tiering|inventory|legal-hold|lifecycle|location|logging|metrics|notification|object-lock|ownershipControls|policy|policyStatus|publicAccessBlock|replication|requestPayment|restore|retention|select|tagging|torrent|versioning|website)(?:=|&|$)/

/** The line, with its line feed. */
export function accessLogLine({ account, bucket, timeMs, request, outcome }: LoggedRequest): string {
  const { headers, query, url, method, requestId } = request
  const key = keyOf(request)
  const authentication = authenticationOf(request)
  const fields = [
    canonicalUserId(account),
    bucket,
    `[${logTime(timeMs)}]`,
    request.remoteAddress,
    requesterOf(outcome.principal),
    requestId,
    operationOf(request, outcome, key !== undefined),
    key ?? '-',
    `"${quotable(`${method} ${url} HTTP/1.1`)}"`,
    String(outcome.status),
    outcome.errorCode ?? '-',
    outcome.bodyBytes === undefined || outcome.bodyBytes === 0 ? '-' : String(outcome.bodyBytes),
    objectSize(request, outcome),
    String(Math.round(outcome.totalMs)),
    String(Math.round(outcome.turnaroundMs)),
    quotedHeader(headers['referer']),
    quotedHeader(headers['user-agent']),
    new URLSearchParams(query).get('versionId') ?? '-',
    hash('sha384', requestId, 'base64'),
    authentication === '-' ? '-' : query.includes('AWSAccessKeyId=') ? 'SigV2' : 'SigV4',
    '-',
    authentication,
    headers['host'] ?? '-',
    '-',
    '-',
    '-',
  ]
  return `${fields.join(' ')}\n`
}

/** Percent-encoded as it came; undefined for requests about the bucket. */
function keyOf({ path }: EdgeRequest): string | undefined {
  const slash = path.indexOf('/', 1)
  const key = slash < 0 ? '' : path.slice(slash + 1)
  return key === '' ? undefined : key
}

function operationOf(request: EdgeRequest, { operation = '' }: EdgeOutcome, hasKey: boolean): string {
  const { method, query } = request
  if (isWebsiteHost(request.host)) return `WEBSITE.${method}.OBJECT`
  const known = OPERATIONS[operation]
  if (known !== undefined) return known
  if (method === 'OPTIONS') return 'REST.OPTIONS.PREFLIGHT'
  const subresource = SUBRESOURCE.exec(query)?.[1]?.toUpperCase().replaceAll('-', '_')
  if (subresource === undefined) return `REST.${method}.${hasKey ? 'OBJECT' : 'BUCKET'}`
  const named = !hasKey && OF_BUCKETS.has(subresource) ? `BUCKET${subresource}` : subresource
  return `REST.${method}.${hasKey && subresource === 'TAGGING' ? 'OBJECT_TAGGING' : named}`
}

/** Root by its canonical id, everybody else by ARN, nobody by a dash. */
function requesterOf(principal: Principal | undefined): string {
  switch (principal?.kind) {
    case undefined:
    case 'anonymous':
      return '-'
    case 'root':
      return canonicalUserId(principal.account)
    case 'user':
      return principal.userArn
    case 'session':
      return `${principal.roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${principal.sessionName}`
    case 'federated':
      return `arn:aws:sts::${principal.account}:federated-user/${principal.name}`
  }
}

function objectSize({ headers, method }: EdgeRequest, { operation, status, bodyBytes }: EdgeOutcome): string {
  if (operation === 'GetObject' && status === 200 && bodyBytes !== undefined) return String(bodyBytes)
  if (operation !== 'PutObject' && operation !== 'UploadPart') return '-'
  return (method === 'PUT' && (headers['x-amz-decoded-content-length'] ?? headers['content-length'])) || '-'
}

function authenticationOf({ headers, query }: EdgeRequest): string {
  if (headers['authorization'] !== undefined) return 'AuthHeader'
  return /(?:^|&)(?:X-Amz-Signature|Signature)=/.test(query) ? 'QueryString' : '-'
}

function quotedHeader(value: string | undefined): string {
  return value === undefined ? '"-"' : `"${quotable(value)}"`
}

/** Nothing that a client writes ends a field or a line. */
function quotable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  return text.replace(/[\u0000-\u001f"\u007f-\uffff]/g, (letter) => encodeURIComponent(letter.toWellFormed()))
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `06/Feb/2019:00:00:38 +0000` */
function logTime(timeMs: number): string {
  const [date = '', time = ''] = new Date(timeMs).toISOString().split('T')
  const [year = '', month = '', day = ''] = date.split('-')
  return `${day}/${MONTHS[Number(month) - 1] ?? ''}/${year}:${time.slice(0, 8)} +0000`
}
