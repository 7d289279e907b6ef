// Presigners move `x-amz-*` headers into the query string, because who uses the URL sends none. S3 takes them from
// there: metadata, storage class, tagging, copy source. Checksums it ignores there (a presigner knows no body: SDKs put
// the checksum of nothing into every URL), and what signs the URL is not the operation's.
import { eachParameter } from '../form.ts'
import type { WireRequest } from '../wire.ts'

const SIGNED = /(?:^|&)(?:X-Amz-Signature|Signature)=/
const NOT_HEADERS =
  /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256|user-agent|sdk-checksum-algorithm|checksum-(crc32|crc32c|crc64nvme|sha1|sha256|sha512|md5|xxhash64|xxhash3|xxhash128))$/

/** The request as S3's operations are to see it: headers from a presigned URL, and no word of the upload's framing. */
export function asS3SeesIt(request: WireRequest): WireRequest {
  return withoutChunking(withHoistedHeaders(request))
}

/** `aws-chunked` frames the upload; only what else stands in Content-Encoding belongs to the object. */
function withoutChunking(request: WireRequest): WireRequest {
  const encoding = request.headers['content-encoding']
  if (encoding?.includes('aws-chunked') !== true) return request
  const kept = encoding
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'aws-chunked')
  const value = kept.length === 0 ? undefined : kept.join(',')
  return { ...request, headers: { ...request.headers, 'content-encoding': value } }
}

/** The request with the headers that its presigned URL carries; the same object when there are none. */
function withHoistedHeaders(request: WireRequest): WireRequest {
  if (!SIGNED.test(request.query)) return request
  const hoisted: Record<string, string> = {}
  eachParameter(request.query, (name, value) => {
    const header = name.toLowerCase()
    if (header.startsWith('x-amz-') && !NOT_HEADERS.test(header))
      hoisted[header] = Buffer.from(value).toString('latin1')
  })
  return Object.keys(hoisted).length === 0 ? request : { ...request, headers: { ...hoisted, ...request.headers } }
}
