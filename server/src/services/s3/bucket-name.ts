// Which names a bucket may have. Source: S3 user guide, "General purpose bucket naming rules".
import { s3Error } from './errors.ts'

const SHAPE = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const IP_ADDRESS = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/
const RESERVED_PREFIXES = ['xn--', 'sthree-', 'amzn-s3-demo-']
const RESERVED_SUFFIXES = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3']

/** Could never have been a bucket, not even by the older rules: such a name is invalid wherever it is used. */
const EVER_POSSIBLE = /^[A-Za-z0-9._-]{3,255}$/

/** Throws InvalidBucketName unless a new bucket may have this name. */
export function checkNewBucketName(name: string): void {
  const allowed =
    SHAPE.test(name) &&
    !name.includes('..') &&
    !IP_ADDRESS.test(name) &&
    !RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix)) &&
    !RESERVED_SUFFIXES.some((suffix) => name.endsWith(suffix))
  if (!allowed) throw s3Error('InvalidBucketName', { fields: { BucketName: name } })
}

/** Throws InvalidBucketName for a name that no bucket ever had. */
export function checkBucketName(name: string): void {
  if (!EVER_POSSIBLE.test(name)) throw s3Error('InvalidBucketName', { fields: { BucketName: name } })
}
