// Server access logs: objects in the target bucket, lines in the documented format.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as sdk from '@aws-sdk/client-s3'
import { eventually, openServer, type TestServer } from '../conformance/server-kit.ts'

let server: TestServer
let s3: sdk.S3Client

before(async () => {
  server = await openServer({ readyCells: {}, s3: { accessLogDelayMs: 300 } })
  s3 = new sdk.S3Client({ ...server.sdk, region: 'us-east-1', customUserAgent: 'tester "quoted"' })
  for (const Bucket of ['watched', 'logs']) await s3.send(new sdk.CreateBucketCommand({ Bucket }))
})
after(async () => {
  s3.destroy()
  await server[Symbol.asyncDispose]()
})

async function log(TargetPrefix: string, TargetObjectKeyFormat?: sdk.TargetObjectKeyFormat): Promise<void> {
  const LoggingEnabled = { TargetBucket: 'logs', TargetPrefix, ...(TargetObjectKeyFormat && { TargetObjectKeyFormat }) }
  await s3.send(new sdk.PutBucketLoggingCommand({ Bucket: 'watched', BucketLoggingStatus: { LoggingEnabled } }))
}

/** Key and lines of the logs below a prefix, once a line matches. */
async function logged(Prefix: string, wanted: RegExp): Promise<{ readonly keys: string[]; readonly lines: string[] }> {
  return eventually('an access log', async () => {
    const { Contents = [] } = await s3.send(new sdk.ListObjectsV2Command({ Bucket: 'logs', Prefix }))
    const lines: string[] = []
    for (const { Key } of Contents) {
      const { Body } = await s3.send(new sdk.GetObjectCommand({ Bucket: 'logs', Key }))
      lines.push(...((await Body?.transformToString()) ?? '').trimEnd().split('\n'))
    }
    return lines.some((line) => wanted.test(line)) ? { keys: Contents.map(({ Key = '' }) => Key), lines } : undefined
  })
}

test('requests become lines of 26 fields in objects named by time', async () => {
  await log('simple/')
  await s3.send(new sdk.PutObjectCommand({ Bucket: 'watched', Key: 'a key/ü', Body: 'twelve bytes' }))
  await s3.send(new sdk.GetObjectCommand({ Bucket: 'watched', Key: 'a key/ü' }))
  await assert.rejects(s3.send(new sdk.GetObjectCommand({ Bucket: 'watched', Key: 'missing' })))
  await s3.send(new sdk.GetBucketAclCommand({ Bucket: 'watched' }))
  await s3.send(new sdk.ListObjectsV2Command({ Bucket: 'watched' }))
  await fetch(`${server.endpoint}/watched/a?x=%22`, { headers: { referer: 'http://x/"' } })
  const { keys, lines } = await logged('simple/', /"http:\/\/x\/%22"/)
  for (const key of keys) assert.match(key, /^simple\/\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9A-F]{16}$/)
  const line = (operation: string): string => lines.find((one) => one.includes(` ${operation} `)) ?? operation
  assert.match(
    line('REST.PUT.OBJECT'),
    /^[0-9a-f]{64} watched \[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000\] 127\.0\.0\.1 [0-9a-f]{64} [0-9a-f-]{36} REST\.PUT\.OBJECT a%20key\/%C3%BC "PUT \/watched\/a%20key\/%C3%BC\?x-id=PutObject HTTP\/1\.1" 200 - - 12 \d+ \d+ "-" "[^"]*tester[^"]*" - \S+ SigV4 - AuthHeader 127\.0\.0\.1:\d+ - - -$/,
  )
  // Several objects of one second are in no order.
  assert.ok(lines.some((one) => / REST\.GET\.OBJECT a%20key\/%C3%BC .* 200 - 12 12 \d+ \d+ /.test(one)))
  assert.ok(lines.some((one) => / REST\.GET\.OBJECT missing .* 404 NoSuchKey \d+ - /.test(one)))
  assert.match(line('REST.GET.ACL'), / REST\.GET\.ACL - "GET \/watched\/?\?acl=? HTTP\/1\.1" 200 /)
  assert.match(line('REST.GET.BUCKET'), / 200 - \d+ - /)
  assert.ok(
    lines.some((one) =>
      / 127\.0\.0\.1 - \S+ REST\.GET\.OBJECT a "GET \/watched\/a\?x=%22 HTTP\/1\.1" 403 AccessDenied /.test(one),
    ),
  )
})

test('partitioned names, and no lines once logging is off', async () => {
  await log('parts/', { PartitionedPrefix: { PartitionDateSource: 'EventTime' } })
  await s3.send(new sdk.HeadBucketCommand({ Bucket: 'watched' }))
  const { keys } = await eventually('a partitioned log', async () => {
    await s3.send(new sdk.HeadBucketCommand({ Bucket: 'watched' }))
    const { Contents } = await s3.send(new sdk.ListObjectsV2Command({ Bucket: 'logs', Prefix: 'parts/' }))
    return Contents && { keys: Contents.map(({ Key = '' }) => Key) }
  })
  assert.match(
    keys[0] ?? '',
    /^parts\/000000000000\/us-east-1\/watched\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\d-00-00-00-[0-9A-F]{16}$/,
  )
  const ask = (Key: string): Promise<unknown> =>
    assert.rejects(s3.send(new sdk.GetObjectCommand({ Bucket: 'watched', Key })))
  await s3.send(new sdk.PutBucketLoggingCommand({ Bucket: 'watched', BucketLoggingStatus: {} }))
  await ask('while-off')
  await log('again/')
  await ask('while-on')
  const { lines } = await logged('', / REST\.GET\.OBJECT while-on /)
  assert.deepEqual(
    lines.filter((one) => one.includes(' while-off ')),
    [],
  )
})
