// Static websites: a bucket with a website configuration, served as pages on hosts of its own
// (`<bucket>.s3-website.<region>.<domain>` and `<bucket>.s3-website-<region>.<domain>`). Nobody signs there: what policies
// and ACLs let everybody read is served, everything else is an error page. Source: S3 user guide, "Hosting a static website
// using Amazon S3" ("Website endpoints", "Configuring an index document", "Configuring a custom error document",
// "Configuring a webpage redirect").
import { hash } from 'node:crypto'
import { AwsError } from '#protocol/errors.ts'
import type { EdgeAnswer, EdgeRequest } from '#protocol/edge.ts'
import { schemeOf } from '#protocol/origin.ts'
import { anonymousContext, mayAnybody } from './anonymous-access.ts'
import type { BucketRecord } from './bucket.ts'
import type { S3Deps, S3Input, S3Output } from './deps.ts'
import { s3Error } from './errors.ts'
import { getObject } from './operations/get-object.ts'
import { encodePath, redirectLocation, routingRule, type WebsiteSettings } from './settings/website.ts'

const WEBSITE_HOST = /\.s3-website[.-][a-z0-9-]+\./

/** Is this the host of a website, and not of the API? Lower case, without the port. */
export function isWebsiteHost(host: string): boolean {
  return host.includes('.s3-website') && WEBSITE_HOST.test(host)
}

/** What was asked for, and where. */
interface Visit {
  readonly deps: S3Deps
  readonly request: EdgeRequest
  readonly bucket: BucketRecord
  readonly settings: Extract<WebsiteSettings, { kind: 'pages' }>
  /** Decoded; empty at the root. */
  readonly key: string
}

/** Answers a request to a website. */
export async function serveWebsite(deps: S3Deps, request: EdgeRequest): Promise<EdgeAnswer> {
  try {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw s3Error('MethodNotAllowed', { fields: { Method: request.method, ResourceType: 'OBJECT' } })
    const [name, rest] = split(request.path)
    const bucket = (await deps.seen.look(name))?.value
    if (!bucket) throw s3Error('NoSuchBucket', { fields: { BucketName: name } })
    const settings = await deps.documents.get(deps.store, bucket, 'website')
    if (!settings) throw s3Error('NoSuchWebsiteConfiguration', { fields: { BucketName: name } })
    if (settings.kind === 'redirect-all') {
      const location = `${settings.protocol ?? 'http'}://${settings.host}/${rest}${withQuery(request)}`
      return redirect(request, 301, location)
    }
    return await servePages({ deps, request, bucket, settings, key: decode(rest) })
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return errorPage(request, error)
  }
}

function split(path: string): readonly [string, string] {
  const slash = path.indexOf('/', 1)
  return slash < 0 ? [path.slice(1), ''] : [path.slice(1, slash), path.slice(slash + 1)]
}

function withQuery({ query }: EdgeRequest): string {
  return query === '' ? '' : `?${query}`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw s3Error('InvalidArgument', { message: 'The address is not well formed' })
  }
}

async function servePages(visit: Visit): Promise<EdgeAnswer> {
  const { request, settings, key } = visit
  const ruleBefore = routingRule(settings.rules, key, undefined)
  if (ruleBefore)
    return redirect(request, ruleBefore.redirect.status, redirectLocation(ruleBefore, key, hostOf(request)))
  const page = key === '' || key.endsWith('/') ? key + settings.index : key
  try {
    return await readPage(visit, page, 200)
  } catch (error) {
    if (!(error instanceof AwsError) || (error.status !== 404 && error.status !== 403)) throw error
    return await afterFailure(visit, page, error)
  }
}

/** The object, if everybody may read it: redirected where it says so. Throws AccessDenied, NoSuchKey, and as GetObject. */
async function readPage({ deps, request, bucket }: Visit, key: string, status: number): Promise<EdgeAnswer> {
  const mayRead = await mayAnybody(deps, request, bucket, key)
  if (!mayRead) throw s3Error('AccessDenied')
  const context = anonymousContext(deps, request, bucket, 'GetObject')
  const found = await getObject(deps, inputOf(bucket, key, request, status), context)
  if (found.WebsiteRedirectLocation !== undefined) {
    await giveUp(found.Body)
    return redirect(request, 301, found.WebsiteRedirectLocation)
  }
  const partial = found.ContentRange !== undefined
  return { status: partial ? 206 : status, headers: pageHeaders(request, found), body: found.Body ?? new Uint8Array(0) }
}

async function giveUp(body: S3Output<'GetObject'>['Body']): Promise<void> {
  if (body !== undefined && !(body instanceof Uint8Array)) await body[Symbol.asyncIterator]().return?.()
}

/** Conditions and ranges count for pages, not for error documents. */
function inputOf(bucket: BucketRecord, key: string, { headers }: EdgeRequest, status: number): S3Input<'GetObject'> {
  const date = (text: string | undefined): Date | undefined => {
    const ms = text === undefined ? Number.NaN : Date.parse(text)
    return Number.isNaN(ms) ? undefined : new Date(ms)
  }
  const conditions =
    status !== 200
      ? {}
      : {
          IfMatch: headers['if-match'],
          IfNoneMatch: headers['if-none-match'],
          IfModifiedSince: date(headers['if-modified-since']),
          IfUnmodifiedSince: date(headers['if-unmodified-since']),
          Range: headers['range'],
        }
  return { Bucket: bucket.name, Key: key, ...conditions }
}

function pageHeaders({ requestId }: EdgeRequest, page: S3Output<'GetObject'>): Record<string, string> {
  const headers: Record<string, string | undefined> = {
    'content-type': page.ContentType,
    'content-length': String(page.ContentLength ?? 0),
    'content-range': page.ContentRange,
    'accept-ranges': 'bytes',
    etag: page.ETag,
    'last-modified': page.LastModified?.toUTCString(),
    'cache-control': page.CacheControl,
    'content-disposition': page.ContentDisposition,
    'content-encoding': page.ContentEncoding,
    'content-language': page.ContentLanguage,
    expires: page.Expires?.toUTCString(),
    'x-amz-version-id': page.VersionId,
    ...idHeaders(requestId),
  }
  for (const [name, value] of Object.entries(page.Metadata ?? {})) headers[`x-amz-meta-${name}`] = value
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

async function afterFailure(visit: Visit, page: string, error: AwsError): Promise<EdgeAnswer> {
  const { request, settings, key } = visit
  if (page === key && (await isFolder(visit)))
    return redirect(request, 302, `/${encodePath(key)}/${withQuery(request)}`)
  const rule = routingRule(settings.rules, key, error.status)
  if (rule) return redirect(request, rule.redirect.status, redirectLocation(rule, key, hostOf(request)))
  if (settings.error === undefined) throw error
  try {
    return await readPage(visit, settings.error, error.status)
  } catch (second) {
    if (!(second instanceof AwsError)) throw second
    return errorPage(request, error, { key: settings.error, error: second })
  }
}

/** `/docs` without an object leads to `/docs/` when that has an index. */
async function isFolder({ deps, request, bucket, settings, key }: Visit): Promise<boolean> {
  const index = `${key}/${settings.index}`
  if (!(await mayAnybody(deps, request, bucket, index))) return false
  try {
    const { Body } = await getObject(
      deps,
      { Bucket: bucket.name, Key: index },
      anonymousContext(deps, request, bucket, 'GetObject'),
    )
    await giveUp(Body)
    return true
  } catch (error) {
    if (error instanceof AwsError) return false
    throw error
  }
}

function hostOf(request: EdgeRequest): { readonly host: string; readonly protocol: string } {
  return { host: request.headers['host'] ?? request.host, protocol: schemeOf(request) }
}

function idHeaders(requestId: string): Record<string, string> {
  return { 'x-amz-request-id': requestId, 'x-amz-id-2': hash('sha384', requestId, 'base64') }
}

function redirect({ requestId }: EdgeRequest, status: number, location: string): EdgeAnswer {
  const headers = { location, 'content-length': '0', ...idHeaders(requestId) }
  return { status, headers, body: new Uint8Array(0) }
}

const REASONS: Readonly<Record<number, string>> = {
  304: 'Not Modified',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  412: 'Precondition Failed',
  416: 'Requested Range Not Satisfiable',
}

/** The page that S3 makes itself; `document`: what was wrong with the error document of the website. */
function errorPage(
  request: EdgeRequest,
  error: AwsError,
  document?: { readonly key: string; readonly error: AwsError },
): EdgeAnswer {
  if (error.status === 304)
    return { status: 304, headers: { ...error.headers, ...idHeaders(request.requestId) }, body: new Uint8Array(0) }
  const title = `${error.status} ${REASONS[error.status] ?? 'Error'}`
  const nested =
    document === undefined
      ? ''
      : `<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n${list([
          ['Code', document.error.code],
          ['Message', document.error.message],
          ['Key', document.key],
        ])}`
  const { 'x-amz-id-2': hostId = '' } = idHeaders(request.requestId)
  const facts = list([
    ['Code', error.code],
    ['Message', error.message],
    ...Object.entries(error.fields).map(([name, value]) => [name, String(value)] as const),
    ['RequestId', request.requestId],
    ['HostId', hostId],
  ])
  const html = `<html>\n<head><title>${title}</title></head>\n<body>\n<h1>${title}</h1>\n${facts}${nested}<hr/>\n</body>\n</html>\n`
  const body = Buffer.from(html)
  return {
    status: error.status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(body.length),
      'x-amz-error-code': error.code,
      'x-amz-error-message': error.message,
      ...(error.status === 405 && { allow: 'HEAD, GET' }),
      ...idHeaders(request.requestId),
    },
    body,
  }
}

function list(facts: readonly (readonly [string, string])[]): string {
  return `<ul>\n${facts.map(([name, value]) => `<li>${escapeHtml(name)}: ${escapeHtml(value)}</li>`).join('\n')}\n</ul>\n`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
