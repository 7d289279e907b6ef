// What browsers see of a bucket without any SDK: preflights and CORS headers, and websites on their own hosts. Plain HTTP
// with Host headers, since `*.localhost` does not resolve everywhere.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import * as sdk from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { openServer, type TestServer } from '../conformance/server-kit.ts'

const CORS_BUCKET = 'cross-origin'
const SITE = 'pages'
let server: TestServer
let s3: sdk.S3Client

before(async () => {
  server = await openServer({ readyCells: {} })
  s3 = new sdk.S3Client({ ...server.sdk, region: 'us-east-1' })
  for (const Bucket of [CORS_BUCKET, SITE]) {
    await s3.send(new sdk.CreateBucketCommand({ Bucket }))
    await s3.send(new sdk.DeletePublicAccessBlockCommand({ Bucket }))
    const allowed = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [allowed] })
    await s3.send(new sdk.PutBucketPolicyCommand({ Bucket, Policy }))
  }
})
after(async () => {
  s3.destroy()
  await server[Symbol.asyncDispose]()
})

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

function send(method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { hostname, port } = new URL(server.endpoint)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers, agent: false }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

const corsOf = ({ headers }: Answer): object =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-') || name === 'vary'))
const errorOf = ({ status, body }: Answer): readonly unknown[] => [
  status,
  /<Code>(.*?)<\/Code>/.exec(body)?.[1],
  /<Message>(.*?)<\/Message>/.exec(body)?.[1]?.slice(0, 60),
  /<Method>(.*?)<\/Method>/.exec(body)?.[1],
  /<ResourceType>(.*?)<\/ResourceType>/.exec(body)?.[1],
]

test('preflights before there are rules', async () => {
  const origin = { origin: 'https://app.example.org' }
  assert.deepEqual(errorOf(await send('OPTIONS', `/${CORS_BUCKET}/k`)), [
    400,
    'BadRequest',
    'Insufficient information. Origin request header needed.',
    undefined,
    undefined,
  ])
  assert.deepEqual(
    errorOf(await send('OPTIONS', `/${CORS_BUCKET}/k`, { ...origin, 'access-control-request-method': 'PUT' })),
    [403, 'AccessForbidden', 'CORSResponse: CORS is not enabled for this bucket.', 'PUT', 'BUCKET'],
  )
  assert.deepEqual(errorOf(await send('OPTIONS', `/${CORS_BUCKET}/k`, origin)), [
    403,
    'AccessForbidden',
    'CORSResponse: CORS is not enabled for this bucket.',
    'OPTIONS',
    'BUCKET',
  ])
  assert.deepEqual(errorOf(await send('OPTIONS', '/no-such-bucket/k', origin)), [
    403,
    'AccessForbidden',
    'CORSResponse: Bucket not found',
    'OPTIONS',
    'BUCKET',
  ])
})

test('preflights and requests by the rules, with exact headers', async () => {
  await s3.send(
    new sdk.PutBucketCorsCommand({
      Bucket: CORS_BUCKET,
      CORSConfiguration: {
        CORSRules: [
          {
            AllowedOrigins: ['https://*.example.org'],
            AllowedMethods: ['GET', 'PUT'],
            AllowedHeaders: ['Content-*', 'x-amz-meta-a'],
            ExposeHeaders: ['ETag', 'x-amz-version-id'],
            MaxAgeSeconds: 3000,
          },
          { AllowedOrigins: ['*'], AllowedMethods: ['HEAD', 'GET'] },
        ],
      },
    }),
  )
  await s3.send(new sdk.PutObjectCommand({ Bucket: CORS_BUCKET, Key: 'k', Body: 'content' }))
  const vary = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method'
  const path = `/${CORS_BUCKET}/k`
  const allowed = {
    'access-control-allow-origin': 'https://app.example.org',
    'access-control-allow-methods': 'GET, PUT',
    'access-control-expose-headers': 'ETag, x-amz-version-id',
    'access-control-max-age': '3000',
    'access-control-allow-credentials': 'true',
    vary,
  }
  const preflight = (origin: string, method: string, headers?: string): Promise<Answer> =>
    send('OPTIONS', path, {
      origin,
      'access-control-request-method': method,
      ...(headers !== undefined && { 'access-control-request-headers': headers }),
    })
  const good = await preflight('https://app.example.org', 'PUT', 'Content-Type, X-Amz-Meta-A')
  assert.equal(good.status, 200)
  assert.equal(good.body, '')
  assert.equal(good.headers['content-length'], '0')
  assert.ok(good.headers['x-amz-request-id'])
  assert.deepEqual(corsOf(good), { ...allowed, 'access-control-allow-headers': 'content-type, x-amz-meta-a' })
  const anyOrigin = { 'access-control-allow-origin': '*', 'access-control-allow-methods': 'HEAD, GET', vary }
  assert.deepEqual(corsOf(await preflight('http://elsewhere', 'GET')), anyOrigin)
  for (const [origin, method, headers] of [
    ['http://elsewhere', 'PUT', undefined],
    ['https://app.example.org', 'DELETE', undefined],
    ['https://app.example.org', 'PUT', 'x-amz-meta-b'],
    ['https://example.org', 'PUT', undefined],
  ] as const)
    assert.deepEqual(errorOf(await preflight(origin, method, headers)), [
      403,
      'AccessForbidden',
      'CORSResponse: This CORS request is not allowed. This is usua',
      method,
      'OBJECT',
    ])
  const got = await send('GET', path, { origin: 'https://app.example.org' })
  assert.equal(got.body, 'content')
  assert.deepEqual(corsOf(got), allowed)
  // Errors carry them too, or a page could not read why it failed.
  const failed = await send('GET', `/${CORS_BUCKET}/k?acl`, { origin: 'https://app.example.org' })
  assert.equal(failed.status, 403)
  assert.deepEqual(corsOf(failed), allowed)
  assert.deepEqual(corsOf(await send('GET', path)), {})
  const virtual = await send('OPTIONS', '/k', {
    host: `${CORS_BUCKET}.s3.us-east-1.amazonaws.com`,
    origin: 'https://app.example.org',
    'access-control-request-method': 'GET',
  })
  assert.deepEqual(corsOf(virtual), allowed)
})

test('a presigned URL carries the headers of CORS', async () => {
  const url = new URL(await getSignedUrl(s3, new sdk.GetObjectCommand({ Bucket: CORS_BUCKET, Key: 'k' })))
  const answer = await send('GET', url.pathname + url.search, { origin: 'https://a.example.org' })
  assert.equal(answer.body, 'content')
  assert.equal(answer.headers['access-control-allow-origin'], 'https://a.example.org')
})

const visit = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
  send(method, path, { host: `${SITE}.s3-website.us-east-1.mayfly.localhost:4566`, ...headers })

async function page(Key: string, Body: string, more: object = {}): Promise<void> {
  await s3.send(new sdk.PutObjectCommand({ Bucket: SITE, Key, Body, ContentType: 'text/html', ...more }))
}

test('a website: index documents, folders, error pages, conditions', async () => {
  const before = await visit('/')
  assert.equal(before.status, 404)
  assert.match(before.body, /<li>Code: NoSuchWebsiteConfiguration<\/li>/)
  assert.equal(before.headers['content-type'], 'text/html; charset=utf-8')
  await s3.send(
    new sdk.PutBucketWebsiteCommand({
      Bucket: SITE,
      WebsiteConfiguration: { IndexDocument: { Suffix: 'index.html' } },
    }),
  )
  await page('index.html', '<p>home</p>')
  await page('docs/index.html', '<p>docs</p>')
  await page('über uns.html', '<p>us</p>', { CacheControl: 'max-age=60', Metadata: { a: 'b' } })
  const home = await visit('/')
  assert.equal(home.body, '<p>home</p>')
  assert.equal(home.headers['content-type'], 'text/html')
  assert.equal((await visit('/docs/')).body, '<p>docs</p>')
  const folder = await visit('/docs')
  assert.equal(folder.status, 302)
  assert.equal(folder.headers['location'], '/docs/')
  const us = await visit('/%C3%BCber%20uns.html')
  assert.equal(us.body, '<p>us</p>')
  assert.equal(us.headers['cache-control'], 'max-age=60')
  assert.equal(us.headers['x-amz-meta-a'], 'b')
  assert.equal((await visit('/', { 'if-none-match': String(home.headers['etag']) })).status, 304)
  const part = await visit('/', { range: 'bytes=3-6' })
  assert.deepEqual([part.status, part.body, part.headers['content-range']], [206, 'home', 'bytes 3-6/11'])
  const head = await visit('/', {}, 'HEAD')
  assert.deepEqual([head.status, head.body, head.headers['content-length']], [200, '', '11'])
  // The policy lets everybody read, but not list: what is missing is forbidden.
  const missing = await visit('/missing')
  assert.equal(missing.status, 403)
  assert.match(missing.body, /<h1>403 Forbidden<\/h1>[\s\S]*<li>Code: AccessDenied<\/li>/)
  const posted = await visit('/', {}, 'POST')
  assert.equal(posted.status, 405)
  assert.match(posted.body, /<li>Code: MethodNotAllowed<\/li>/)
  const dashed = await send('GET', '/', { host: `${SITE}.s3-website-us-east-1.amazonaws.com` })
  assert.equal(dashed.body, '<p>home</p>')
  const nowhere = await send('GET', '/', { host: 'no-such-bucket-here.s3-website-us-east-1.amazonaws.com' })
  assert.match(nowhere.body, /<li>Code: NoSuchBucket<\/li>/)
  const hostile = await visit('/%3Cscript%3Ealert(1)%3C/script%3E')
  assert.ok(!hostile.body.includes('<script>'))
})

test('a website: error documents, redirects of objects, rules', async () => {
  const statements = [
    { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${SITE}/*` },
    { Effect: 'Allow', Principal: '*', Action: 's3:ListBucket', Resource: `arn:aws:s3:::${SITE}` },
    { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${SITE}/private/*` },
  ]
  await s3.send(
    new sdk.PutBucketPolicyCommand({
      Bucket: SITE,
      Policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
    }),
  )
  await s3.send(
    new sdk.PutBucketWebsiteCommand({
      Bucket: SITE,
      WebsiteConfiguration: {
        IndexDocument: { Suffix: 'index.html' },
        ErrorDocument: { Key: 'oops.html' },
        RoutingRules: [
          { Condition: { KeyPrefixEquals: 'old/' }, Redirect: { ReplaceKeyPrefixWith: 'new/' } },
          {
            Condition: { KeyPrefixEquals: 'blog/', HttpErrorCodeReturnedEquals: '404' },
            Redirect: {
              HostName: 'blog.example.org',
              Protocol: 'https',
              ReplaceKeyWith: 'all',
              HttpRedirectCode: '307',
            },
          },
        ],
      },
    }),
  )
  const missing = await visit('/missing')
  assert.equal(missing.status, 404)
  assert.match(missing.body, /<li>Code: NoSuchKey<\/li>[\s\S]*Custom Error Document[\s\S]*<li>Key: oops.html<\/li>/)
  await page('under-a-key', 'x', { ServerSideEncryption: 'aws:kms' })
  assert.equal((await visit('/under-a-key')).status, 403)
  await page('oops.html', '<p>oops</p>')
  const oops = await visit('/missing')
  assert.deepEqual([oops.status, oops.body], [404, '<p>oops</p>'])
  const forbidden = await visit('/private/x')
  assert.deepEqual([forbidden.status, forbidden.body], [403, '<p>oops</p>'])
  await page('moved', '', { WebsiteRedirectLocation: '/docs/' })
  const moved = await visit('/moved')
  assert.deepEqual([moved.status, moved.headers['location']], [301, '/docs/'])
  const old = await visit('/old/a%20b')
  assert.equal(old.status, 301)
  assert.equal(old.headers['location'], `http://${SITE}.s3-website.us-east-1.mayfly.localhost:4566/new/a%20b`)
  const blog = await visit('/blog/2020')
  assert.deepEqual([blog.status, blog.headers['location']], [307, 'https://blog.example.org/all'])
  await page('blog/2021', 'there')
  assert.equal((await visit('/blog/2021')).body, 'there')
  await s3.send(
    new sdk.PutBucketWebsiteCommand({
      Bucket: SITE,
      WebsiteConfiguration: { RedirectAllRequestsTo: { HostName: 'example.org' } },
    }),
  )
  const all = await visit('/a/b?c=d')
  assert.deepEqual([all.status, all.headers['location']], [301, 'http://example.org/a/b?c=d'])
})
