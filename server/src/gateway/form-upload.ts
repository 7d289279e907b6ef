// A browser's upload by form (S3, "POST Object"): a request that carries its headers, its credentials and its policy as
// fields of a form. Here it becomes what it means: a PutObject with a caller, whose body is the file of the form; and the
// answer becomes the one that the form asks for. Source: S3 API reference, "POST Object" and "Browser-based uploads".
import { createHmac } from 'node:crypto'
import type { Clock } from '#base/clock.ts'
import { type Claim, parseAmzDate } from '#identity/claim.ts'
import type { Credential, Credentials } from '#identity/credentials.ts'
import { equalInConstantTime } from '#identity/hmac.ts'
import {
  checkPostPolicy,
  lengthRange,
  type PostPolicy,
  PostPolicyError,
  readPostPolicy,
} from '#identity/post-policy.ts'
import { BodyRefused } from '#identity/refusal.ts'
import { checkToken, deriveSigningKey } from '#identity/sigv4.ts'
import { accountOfAnyKey, DEFAULT_ACCOUNT, regionOf } from '#identity/accounts.ts'
import { AwsError } from '#protocol/errors.ts'
import type { IncomingBody } from '#protocol/operation.ts'
import { parseXml, type XmlElement } from '#protocol/codec/xml-parse.ts'
import type { WireRequest, WireResponse } from '#protocol/wire.ts'
import type { Caller } from './authenticate.ts'
import type { Exchange } from './exchange.ts'
import { formBoundary, type MultipartForm, readForm } from './multipart-form.ts'

export interface FormUploadOptions {
  readonly mode: 'start' | 'dev'
  readonly credentials: Credentials
  readonly clock: Clock
  readonly hostRegion: string | undefined
  /** Turns what goes wrong while the file is read into what the client is told. */
  readonly toAwsError: (thrown: unknown) => unknown
}

export interface FormUpload {
  readonly caller: Caller
  /** The PutObject that the form means. */
  readonly request: WireRequest
  readonly body: IncomingBody
  readonly fields: ReadonlyMap<string, string>
  readonly bucket: string
  readonly key: string
}

/** Is this request a browser's upload? Undefined: no; else the bucket. S3 only. */
export function formUploadBucket({ head, wireRequest }: Exchange, claim: Claim): string | undefined {
  if (head.method !== 'POST' || claim.kind !== 'none' || head.query !== '') return undefined
  if (formBoundary(head.headers['content-type']) === undefined) return undefined
  return /^\/([^/]+)\/?$/.exec(wireRequest?.path ?? head.path)?.[1]
}

/** Reads the form up to its file and believes it, or throws the AwsError (or BodyRefused) that says why not. */
export async function openFormUpload(
  exchange: Exchange,
  bucketText: string,
  options: FormUploadOptions,
): Promise<FormUpload> {
  const { head, body } = exchange
  const bucket = decodeURIComponent(bucketText)
  const form = await readForm(body.stream({ passing: false }), formBoundary(head.headers['content-type']) ?? '')
  const fields = fieldsOf(form, bucket)
  const key = fields.get('key')
  if (key === undefined || key === '')
    throw argument(
      'key',
      '',
      "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
    )
  if (!form.file) throw argument('file', '0', 'POST requires exactly one file upload per request.')
  const { caller, policy } = await believeForm(fields, options)
  const content = bounded(form.file.content, policy && lengthRange(policy), options.toAwsError)
  return {
    caller,
    request: putRequest(exchange, bucket, key, fields),
    body: streamOf(content, body.length),
    fields,
    bucket,
    key,
  }
}

/** Every field may name the file by `${filename}`. */
function fieldsOf({ fields, file }: MultipartForm, bucket: string): ReadonlyMap<string, string> {
  const filled = new Map<string, string>()
  for (const [name, value] of fields) filled.set(name, value.replaceAll('${filename}', file?.name ?? ''))
  return filled.set('bucket', bucket)
}

async function believeForm(
  fields: ReadonlyMap<string, string>,
  options: FormUploadOptions,
): Promise<{ readonly caller: Caller; readonly policy: PostPolicy | undefined }> {
  const encoded = fields.get('policy')
  const signed = fields.has('x-amz-signature') || fields.has('signature')
  if (encoded === undefined) {
    if (signed) throw missingField('policy')
    return { caller: callerOf(undefined, undefined, options), policy: undefined }
  }
  const claim = readFormClaim(fields)
  const caller = await callerOfClaim(claim, fields, encoded, options)
  try {
    const policy = readPostPolicy(encoded)
    checkPostPolicy(policy, fields, options.clock.nowMs())
    return { caller, policy }
  } catch (error) {
    if (!(error instanceof PostPolicyError)) throw error
    if (error.kind === 'document') throw new AwsError('InvalidPolicyDocument', 400, error.message)
    throw new AwsError('AccessDenied', 403, error.message)
  }
}

type FormClaim =
  | { readonly kind: 'v2'; readonly accessKeyId: string; readonly signature: string }
  | {
      readonly kind: 'v4'
      readonly accessKeyId: string
      readonly signature: string
      readonly scopeDate: string
      readonly region: string
      readonly service: string
    }

/** Throws InvalidArgument for fields that are missing or malformed. */
function readFormClaim(fields: ReadonlyMap<string, string>): FormClaim {
  const demand = (name: string): string => {
    const value = fields.get(name.toLowerCase())
    if (value === undefined) throw missingField(name)
    return value
  }
  if (fields.has('signature') || fields.has('awsaccesskeyid'))
    return { kind: 'v2', accessKeyId: demand('AWSAccessKeyId'), signature: demand('signature') }
  const algorithm = demand('X-Amz-Algorithm')
  if (algorithm !== 'AWS4-HMAC-SHA256')
    throw argument('x-amz-algorithm', algorithm, 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"')
  const credential = demand('X-Amz-Credential')
  const [accessKeyId = '', scopeDate = '', region = '', service = '', terminator] = credential.split('/')
  if (terminator !== 'aws4_request' || service !== 's3' || !/^\d{8}$/.test(scopeDate))
    throw argument(
      'x-amz-credential',
      credential,
      'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    )
  if (parseAmzDate(demand('X-Amz-Date')) === undefined)
    throw argument(
      'x-amz-date',
      fields.get('x-amz-date') ?? '',
      "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
    )
  return { kind: 'v4', accessKeyId, signature: demand('X-Amz-Signature'), scopeDate, region, service }
}

async function callerOfClaim(
  claim: FormClaim,
  fields: ReadonlyMap<string, string>,
  policy: string,
  options: FormUploadOptions,
): Promise<Caller> {
  const credential = await options.credentials.lookup(claim.accessKeyId)
  if (options.mode === 'dev') return callerOf(claim, credential, options)
  if (!credential) throw new BodyRefused({ kind: 'unknown-key', accessKeyId: claim.accessKeyId })
  const refusal = checkToken(fields.get('x-amz-security-token'), credential, options.clock.nowMs())
  if (refusal) throw new BodyRefused(refusal)
  const secret = credential.secretAccessKey
  const expected =
    claim.kind === 'v4'
      ? deriveSigningKey(secret, claim).hex(policy)
      : createHmac('sha1', secret).update(policy, 'utf8').digest('base64')
  if (!equalInConstantTime(expected, claim.signature))
    throw new BodyRefused({
      kind: 'signature-mismatch',
      accessKeyId: claim.accessKeyId,
      stringToSign: policy,
      canonicalRequest: undefined,
      signature: claim.signature,
    })
  return callerOf(claim, credential, options)
}

function callerOf(
  claim: FormClaim | undefined,
  credential: Credential | undefined,
  { hostRegion }: FormUploadOptions,
): Caller {
  const region = regionOf(claim?.kind === 'v4' ? claim.region : hostRegion)
  const rest = { region, mode: { kind: 'unsigned' }, seed: undefined, body: undefined } as const
  if (!claim) return { principal: { kind: 'anonymous' }, account: DEFAULT_ACCOUNT, ...rest }
  const account = accountOfAnyKey(claim.accessKeyId)
  const principal = credential?.principal ?? { kind: 'root', account, accessKeyId: claim.accessKeyId }
  return { principal, account: principal.kind === 'anonymous' ? DEFAULT_ACCOUNT : principal.account, ...rest }
}

/** Fields that are headers of a PutObject. */
const HEADER_FIELDS: ReadonlyMap<string, string> = new Map([
  ['acl', 'x-amz-acl'],
  ['cache-control', 'cache-control'],
  ['content-type', 'content-type'],
  ['content-disposition', 'content-disposition'],
  ['content-encoding', 'content-encoding'],
  ['content-language', 'content-language'],
  ['expires', 'expires'],
])
const NO_HEADERS = /^x-amz-(algorithm|credential|date|signature|security-token)$/

function putRequest({ head }: Exchange, bucket: string, key: string, fields: ReadonlyMap<string, string>): WireRequest {
  const headers: Record<string, string | undefined> = { host: head.headers['host'] }
  for (const [name, value] of fields) {
    const header = HEADER_FIELDS.get(name) ?? (name.startsWith('x-amz-') && !NO_HEADERS.test(name) ? name : undefined)
    // Headers are latin1 on the wire.
    if (header !== undefined) headers[header] = Buffer.from(value).toString('latin1')
  }
  const tagging = fields.get('tagging')
  if (tagging !== undefined) headers['x-amz-tagging'] = tagHeader(tagging)
  const path = `/${encodeURIComponent(bucket)}/${key.toWellFormed().split('/').map(encodeURIComponent).join('/')}`
  return { method: 'PUT', path, query: '', headers }
}

/** In a form tags are a document, in PutObject a query string. */
function tagHeader(document: string): string {
  const textOf = (element: XmlElement, name: string): string =>
    element.children.find((child) => child.name === name)?.text ?? ''
  let root: XmlElement
  try {
    root = parseXml(Buffer.from(document))
  } catch {
    throw new AwsError(
      'MalformedXML',
      400,
      'The XML you provided was not well-formed or did not validate against our published schema',
    )
  }
  const tags = root.children.find((child) => child.name === 'TagSet')?.children ?? []
  return tags
    .map((tag) => `${encodeURIComponent(textOf(tag, 'Key'))}=${encodeURIComponent(textOf(tag, 'Value'))}`)
    .join('&')
}

/** Passes the file on and holds its size to the policy. */
async function* bounded(
  content: AsyncIterable<Buffer>,
  range: { readonly bytesMin: number; readonly bytesMax: number } | undefined,
  toAwsError: (thrown: unknown) => unknown,
): AsyncGenerator<Buffer> {
  let size = 0
  try {
    for await (const piece of content) {
      size += piece.length
      if (range && size > range.bytesMax)
        throw new AwsError('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum allowed size', {
          fields: { ProposedSize: String(size), MaxSizeAllowed: String(range.bytesMax) },
        })
      yield piece
    }
  } catch (thrown) {
    throw toAwsError(thrown)
  }
  if (range && size < range.bytesMin)
    throw new AwsError('EntityTooSmall', 400, 'Your proposed upload is smaller than the minimum allowed size', {
      fields: { ProposedSize: String(size), MinSizeAllowed: String(range.bytesMin) },
    })
}

/** How long the file is shows only at its end; it is shorter than the form. */
function streamOf(content: AsyncIterable<Buffer>, formBytes: number | undefined): IncomingBody {
  return {
    length: undefined,
    ...(formBytes !== undefined && { lengthMax: formBytes }),
    stream: () => content,
    bytes: async () => Buffer.concat(await Array.fromAsync(content)),
    trailers: () => new Map(),
  }
}

/**
 * The answer that the form asks for, from the answer of the PutObject: a redirect, a document, or nothing. Source: "POST
 * Object", `success_action_redirect` and `success_action_status`.
 */
export function answerForm(
  { fields, bucket, key, request }: FormUpload,
  put: WireResponse,
  origin: string,
  host: string,
): WireResponse {
  const etag = put.headers['etag'] ?? ''
  const { 'content-length': _length, 'content-type': _type, ...headers } = put.headers
  const location = `${origin}${host.startsWith(`${bucket}.`) ? request.path.slice(bucket.length + 1) : request.path}`
  const redirect = redirectOf(fields.get('success_action_redirect') ?? fields.get('redirect'), { bucket, key, etag })
  const empty = { body: Buffer.alloc(0) }
  if (redirect !== undefined)
    return { status: 303, headers: { ...headers, location: redirect, 'content-length': '0' }, ...empty }
  const status = fields.get('success_action_status')
  if (status === '200') return { status: 200, headers: { ...headers, location, 'content-length': '0' }, ...empty }
  if (status !== '201') return { status: 204, headers: { ...headers, location }, ...empty }
  const body = Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse><Location>${escaped(location)}</Location><Bucket>${escaped(bucket)}</Bucket><Key>${escaped(key)}</Key><ETag>${escaped(etag)}</ETag></PostResponse>`,
  )
  return {
    status: 201,
    headers: { ...headers, location, 'content-type': 'application/xml', 'content-length': String(body.length) },
    body,
  }
}

/** A redirect that is no address is ignored. */
function redirectOf(
  address: string | undefined,
  { bucket, key, etag }: { readonly bucket: string; readonly key: string; readonly etag: string },
): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined
  const url = new URL(address)
  for (const [name, value] of Object.entries({ bucket, key, etag })) url.searchParams.set(name, value)
  return url.href
}

const XML_ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => XML_ESCAPES[character] ?? character)
}

function missingField(name: string): AwsError {
  return argument(
    name,
    '',
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
  )
}

function argument(name: string, value: string, message: string): AwsError {
  return new AwsError('InvalidArgument', 400, message, { fields: { ArgumentName: name, ArgumentValue: value } })
}
