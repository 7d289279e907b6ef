// Which service and protocol a request means: a pure function of its head and of who it says it is from. The order
// matters: what only one service uses comes before what several share, and S3, which takes any path, comes last.
import type { Claim } from '#identity/claim.ts'
import type { SigningRules } from '#identity/sigv4.ts'
import {
  serviceByPath,
  serviceByQueryVersion,
  serviceByTargetPrefix,
  type ServiceId,
  type ServiceRow,
  serviceRow,
  SERVICES,
  servicesByHostLabel,
  servicesBySigningName,
} from '#protocol/services.ts'
import type { ProtocolId } from '#protocol/wire.ts'
import { readQuery } from '#identity/claim.ts'
import type { RequestHead } from './head.ts'
import { bucketOfHost, regionOfS3Host } from './virtual-host.ts'

export interface Detected {
  readonly kind: 'detected'
  readonly service: ServiceId
  readonly protocol: ProtocolId
  readonly rules: SigningRules
  /** S3 only: the bucket that the host names. */
  readonly bucket: string | undefined
  readonly hostRegion: string | undefined
  /** The operation stands in the form body. */
  readonly routedByForm: boolean
  /** The host is a resource's own: the name in front of it. */
  readonly site: string | undefined
}

/** Only the form body tells the service (an unsigned request of the query protocol): read it and use `detectByForm`. */
export type Detection = Detected | { readonly kind: 'ask-form' }

const RULES: ReadonlyMap<ServiceId, SigningRules> = new Map(
  SERVICES.map((row) => [row.id, { s3: row.id === 's3', signingNames: row.signingNames }]),
)
/** `<url id>.lambda-url.<region>.<any domain>`; AWS's domain is on.aws. */
const FUNCTION_URL_HOST = /^([a-z0-9]{32})\.lambda-url\.([a-z0-9-]+)\./
const CBOR_PATH = /^\/service\/([^/]+)\/operation\/[^/]+$/
const FORM_TYPE = 'application/x-www-form-urlencoded'

export function detect(head: RequestHead, claim: Claim): Detection {
  const functionUrl = FUNCTION_URL_HOST.exec(head.host)
  if (functionUrl !== null) {
    const [, site, region] = functionUrl
    return { ...found(head, serviceRow('lambda'), 'restJson1'), site, hostRegion: region }
  }
  const target = head.headers['x-amz-target']
  if (target !== undefined) {
    const prefix = target.slice(0, Math.max(0, target.lastIndexOf('.')))
    // botocore sends some in a long form: `com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101`.
    const row = serviceByTargetPrefix(prefix.slice(prefix.lastIndexOf('.') + 1))
    if (row?.json !== undefined) return found(head, row, row.json)
  }
  if (head.headers['smithy-protocol'] === 'rpc-v2-cbor') {
    const row = serviceByTargetPrefix(CBOR_PATH.exec(head.path)?.[1] ?? '')
    if (row !== undefined) return found(head, row, 'rpcv2Cbor')
  }
  if (claim.kind === 'v2') return found(head, serviceRow('s3'), 'restXml')
  const scope = claim.kind === 'none' ? undefined : claim.service
  const row = scope === undefined ? undefined : byScope(scope, head.path)
  if (row !== undefined) return foundByProtocol(head, row)
  return detectUnsigned(head)
}

/** The service of a form whose request did not tell it; S3 when the form does not either. */
export function detectByForm(head: RequestHead, form: Buffer): Detected {
  const version = readQuery(form.toString('latin1')).get('Version')
  const row = version === undefined ? undefined : serviceByQueryVersion(version)
  return row === undefined ? found(head, serviceRow('s3'), 'restXml') : found(head, row, 'awsQuery')
}

function detectUnsigned(head: RequestHead): Detection {
  const byHost = servicesByHostLabel(head.host.slice(0, Math.max(0, head.host.indexOf('.'))))[0]
  if (byHost !== undefined) return foundByProtocol(head, byHost)
  if (head.query.includes('Action=')) {
    const version = readQuery(head.query).get('Version')
    const row = version === undefined ? undefined : serviceByQueryVersion(version)
    if (row !== undefined) return found(head, row, 'awsQuery')
  }
  const byPath = serviceByPath(head.path)
  if (byPath?.rest !== undefined) return found(head, byPath, byPath.rest)
  // After the path: curl calls everything that it sends with -d a form.
  if (isForm(head) && bucketOfHost(head.host) === undefined) return { kind: 'ask-form' }
  return found(head, serviceRow('s3'), 'restXml')
}

/** Two services share `apigateway`: version 2 lives below `/v2/`. The two of `dynamodb` differ in their targets. */
function byScope(name: string, path: string): ServiceRow | undefined {
  const candidates = servicesBySigningName(name)
  if (candidates.length < 2) return candidates[0]
  const wanted = name === 'apigateway' && path.startsWith('/v2/') ? 'apigatewayv2' : candidates[0]?.id
  return candidates.find((row) => row.id === wanted)
}

/** The service is known; what remains is which of its protocols this is. */
function foundByProtocol(head: RequestHead, row: ServiceRow): Detected {
  if (row.rest !== undefined) return found(head, row, row.rest)
  if (row.queryVersion !== undefined && (row.json === undefined || head.headers['x-amz-target'] === undefined))
    return found(head, row, 'awsQuery')
  return found(head, row, row.json ?? 'awsQuery')
}

function isForm(head: RequestHead): boolean {
  return head.method === 'POST' && head.headers['content-type']?.startsWith(FORM_TYPE) === true
}

const NO_RULES: SigningRules = { s3: false, signingNames: [] }

function found(head: RequestHead, row: ServiceRow, protocol: ProtocolId): Detected {
  const bucket = row.id === 's3' ? bucketOfHost(head.host) : undefined
  return {
    kind: 'detected',
    service: row.id,
    protocol,
    rules: RULES.get(row.id) ?? NO_RULES,
    bucket: bucket?.bucket,
    hostRegion: bucket?.region ?? (row.id === 's3' ? regionOfS3Host(head.host) : undefined),
    routedByForm: protocol === 'awsQuery' && head.method === 'POST',
    site: undefined,
  }
}
