// S3 buckets named by the host: `<bucket>.s3.<region>.mayfly.localhost`, `<bucket>.s3.amazonaws.com`,
// `<bucket>.s3-website-...` and any other domain behind an `s3` label. Pure.

export interface BucketHost {
  readonly bucket: string
  readonly region: string | undefined
}

/** `s3`, `s3-eu-west-1`, `s3.eu-west-1`, `s3.dualstack.eu-west-1`, `s3-accelerate`, `s3-website...` after the bucket. */
const BUCKET_HOST =
  /^(.+?)\.s3(?:-(?!website|accelerate)([a-z]{2}[a-z0-9-]*-\d)|-accelerate|-website[.-]([a-z0-9-]+))?(?:\.dualstack)?(?:\.([a-z]{2}[a-z0-9-]*-\d))?\.[a-z0-9.-]+$/
const SERVICE_HOST = /^s3(?:-([a-z]{2}[a-z0-9-]*-\d))?(?:\.dualstack)?(?:\.([a-z]{2}[a-z0-9-]*-\d))?\./

/** DNS names are no longer (RFC 1035); also bounds the work of the patterns above. */
const HOST_CHARS_MAX = 255

/** The bucket in a host name (without port, lower case); undefined for path style. */
export function bucketOfHost(host: string): BucketHost | undefined {
  if (host.length > HOST_CHARS_MAX || !host.includes('.s3')) return undefined
  const match = BUCKET_HOST.exec(host)
  if (match?.[1] === undefined) return undefined
  return { bucket: match[1], region: match[2] ?? match[3] ?? match[4] }
}

/** The region in a path-style S3 host. */
export function regionOfS3Host(host: string): string | undefined {
  const match = host.length > HOST_CHARS_MAX ? null : SERVICE_HOST.exec(host)
  return match?.[1] ?? match?.[2]
}
