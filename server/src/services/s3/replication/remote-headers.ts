// What an object is besides its bytes, as the headers of a PutObject somewhere else.
import { metadataOutput } from '../metadata.ts'
import type { ObjectRecord } from '../object-record.ts'

/** Lower-case names, latin1 values; only what the object has. */
export function metadataHeaders(record: ObjectRecord): Record<string, string> {
  const output = metadataOutput(record)
  const headers: Record<string, string | undefined> = {
    'content-type': output.ContentType,
    'cache-control': output.CacheControl,
    'content-disposition': output.ContentDisposition,
    'content-encoding': output.ContentEncoding,
    'content-language': output.ContentLanguage,
    expires: output.Expires?.toUTCString(),
    'x-amz-website-redirect-location': output.WebsiteRedirectLocation,
    'x-amz-storage-class': output.StorageClass,
    'x-amz-tagging':
      record.tags &&
      new URLSearchParams(record.tags.map(({ key, value }): [string, string] => [key, value])).toString(),
  }
  for (const [name, value] of Object.entries(output.Metadata)) headers[`x-amz-meta-${name}`] = value
  return Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => Boolean(entry[1])))
}
