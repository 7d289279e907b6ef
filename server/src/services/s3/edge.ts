// S3 around its operations: preflights of browsers, headers for pages of other origins, websites, and access logs. See
// protocol/edge.ts. Source of the answers to browsers: S3 user guide, "Using cross-origin resource sharing (CORS)", and
// the service's own (error codes and texts of refused preflights).
import { hash } from 'node:crypto'
import type { EdgeAnswer, EdgeOutcome, EdgeRequest, ServiceEdge } from '#protocol/edge.ts'
import type { AccessLog } from './access-log.ts'
import type { S3Deps } from './deps.ts'
import { s3Error } from './errors.ts'
import type { BucketRecord } from './bucket.ts'
import { corsHeaders, type CorsRequest, type CorsRule, matchCors } from './settings/cors.ts'
import { isWebsiteHost, serveWebsite } from './website.ts'

export class S3Edge implements ServiceEdge {
  readonly #deps: S3Deps
  readonly #accessLog: AccessLog

  constructor(deps: S3Deps, accessLog: AccessLog) {
    this.#deps = deps
    this.#accessLog = accessLog
  }

  intercept(request: EdgeRequest): Promise<EdgeAnswer | undefined> | undefined {
    if (isWebsiteHost(request.host)) return serveWebsite(this.#deps, request)
    return request.method === 'OPTIONS' ? this.#preflight(request) : undefined
  }

  headers(request: EdgeRequest): Promise<Readonly<Record<string, string>> | undefined> | undefined {
    const { origin } = request.headers
    // A preflight has its headers already, or was refused.
    if (origin === undefined || request.method === 'OPTIONS') return undefined
    return this.#corsHeaders(request, origin)
  }

  answered(request: EdgeRequest, outcome: EdgeOutcome): void {
    this.#accessLog.note(request, outcome)
  }

  async #corsHeaders(request: EdgeRequest, origin: string): Promise<Readonly<Record<string, string>> | undefined> {
    const bucket = await this.#bucketOf(request)
    const rules = bucket && (await this.#deps.documents.get(this.#deps.store, bucket, 'cors'))
    if (!rules) return undefined
    const asked = corsRequest(request, origin)
    const rule = matchCors(rules, asked)
    return rule && corsHeaders(rule, asked)
  }

  /** Throws BadRequest, AccessForbidden. Undefined for what is about no bucket. */
  async #preflight(request: EdgeRequest): Promise<EdgeAnswer | undefined> {
    const { origin } = request.headers
    if (bucketNameOf(request) === undefined) return undefined
    if (origin === undefined)
      throw s3Error('BadRequest', { message: 'Insufficient information. Origin request header needed.' })
    const asked = corsRequest(request, origin)
    const rule = await this.#allowingRule(request, asked)
    return {
      status: 200,
      headers: {
        ...corsHeaders(rule, asked),
        'content-length': '0',
        'x-amz-request-id': request.requestId,
        'x-amz-id-2': hash('sha384', request.requestId, 'base64'),
      },
      body: new Uint8Array(0),
    }
  }

  async #allowingRule(request: EdgeRequest, asked: CorsRequest): Promise<CorsRule> {
    const refused = (message: string | undefined, resourceType: 'BUCKET' | 'OBJECT'): Error =>
      s3Error('AccessForbidden', {
        ...(message !== undefined && { message }),
        fields: { Method: asked.method, ResourceType: resourceType },
      })
    const bucket = await this.#bucketOf(request)
    if (!bucket) throw refused('CORSResponse: Bucket not found', 'BUCKET')
    const rules = await this.#deps.documents.get(this.#deps.store, bucket, 'cors')
    if (!rules) throw refused('CORSResponse: CORS is not enabled for this bucket.', 'BUCKET')
    const rule = matchCors(rules, asked)
    if (!rule) throw refused(undefined, 'OBJECT')
    return rule
  }

  async #bucketOf(request: EdgeRequest): Promise<BucketRecord | undefined> {
    const name = bucketNameOf(request)
    return name === undefined ? undefined : (await this.#deps.seen.look(name))?.value
  }
}

/** The first segment of the path; undefined where there is none that could be a bucket. */
function bucketNameOf({ path }: EdgeRequest): string | undefined {
  const name = /^\/([A-Za-z0-9._-]{3,255})(?:\/|$)/.exec(path)?.[1]
  return name
}

/** S3 takes every request that announces a method for a preflight of that method. */
function corsRequest({ method, headers }: EdgeRequest, origin: string): CorsRequest {
  return {
    origin,
    method: headers['access-control-request-method'] ?? method,
    requestHeaders: headers['access-control-request-headers'],
  }
}
