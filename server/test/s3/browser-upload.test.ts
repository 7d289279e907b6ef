// A page of another origin uploads to a bucket with a presigned URL and reads back, in headless Chromium: the browser itself
// is the judge of CORS. Skipped, saying so, where Debian's chromium is not installed.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { after, before, test } from 'node:test'
import * as sdk from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { openServer, type TestServer } from '../conformance/server-kit.ts'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path))
const skip = CHROMIUM === undefined && 'chromium is not installed (node tools/setup-machine.js --tests installs it)'
const Bucket = 'uploads'
let server: TestServer
let s3: sdk.S3Client
let site: Server
let origin: string

before(async () => {
  if (skip) return
  server = await openServer({ readyCells: {} })
  s3 = new sdk.S3Client({
    ...server.sdk,
    region: 'us-east-1',
    // The presigner would put a checksum of nothing into the URL.
    requestChecksumCalculation: 'WHEN_REQUIRED',
  })
  await s3.send(new sdk.CreateBucketCommand({ Bucket }))
  site = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>page</title>')
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  const address = site.address()
  assert.ok(typeof address === 'object' && address !== null)
  origin = `http://127.0.0.1:${address.port}`
})
after(async () => {
  if (skip) return
  site.close()
  s3.destroy()
  await server[Symbol.asyncDispose]()
})

test('a page uploads with a presigned URL and reads what it uploaded', { skip }, async () => {
  const { chromium } = await import('playwright-core')
  const browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage()
    await page.goto(origin)
    const putUrl = await getSignedUrl(s3, new sdk.PutObjectCommand({ Bucket, Key: 'from a page' }))
    const getUrl = await getSignedUrl(s3, new sdk.GetObjectCommand({ Bucket, Key: 'from a page' }))
    const upload = (url: string): Promise<string> =>
      page.evaluate(async (target) => {
        try {
          const headers = { 'content-type': 'text/x-page' }
          const answer = await fetch(target, { method: 'PUT', body: 'hello from a page', headers })
          return `${answer.status} ${answer.headers.get('etag') ?? 'hidden'}`
        } catch (error) {
          return String(error)
        }
      }, url)
    assert.match(await upload(putUrl), /TypeError/)
    const rule = (AllowedHeaders: string[]): Promise<unknown> =>
      s3.send(
        new sdk.PutBucketCorsCommand({
          Bucket,
          CORSConfiguration: {
            CORSRules: [
              { AllowedOrigins: [origin], AllowedMethods: ['GET', 'PUT'], AllowedHeaders, ExposeHeaders: ['ETag'] },
            ],
          },
        }),
      )
    await rule(['x-amz-meta-*'])
    assert.match(await upload(putUrl), /TypeError/, 'the preflight must fail: content-type is not allowed')
    await rule(['*'])
    assert.match(await upload(putUrl), /^200 "[0-9a-f]{32}"$/)
    const read = await page.evaluate(async (url) => (await fetch(url)).text(), getUrl)
    assert.equal(read, 'hello from a page')
    const head = await s3.send(new sdk.HeadObjectCommand({ Bucket, Key: 'from a page' }))
    assert.equal(head.ContentType, 'text/x-page')
  } finally {
    await browser.close()
  }
})
