// Detection row by row: what real clients send, and the cases in which two services could be meant.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readClaim } from '#identity/claim.ts'
import { SERVICES } from '#protocol/services.ts'
import { detect, detectByForm } from './detect.ts'
import type { RequestHead } from './head.ts'

interface Given {
  readonly method?: string
  readonly path?: string
  readonly query?: string
  readonly host?: string
  readonly scope?: string
  readonly headers?: Record<string, string>
}

function headOf(given: Given): RequestHead {
  const { method = 'POST', path = '/', query = '', host = '127.0.0.1', scope } = given
  const headers: Record<string, string> = { host, ...given.headers }
  if (scope !== undefined) {
    headers['x-amz-date'] = '20261121T000000Z'
    headers['authorization'] =
      `AWS4-HMAC-SHA256 Credential=A/20261121/us-east-1/${scope}/aws4_request, SignedHeaders=host, Signature=00`
  }
  const url = query === '' ? path : `${path}?${query}`
  return { method, path, query, url, host, headers, remoteAddress: '127.0.0.1', secure: false }
}

function found(given: Given): string {
  const head = headOf(given)
  const detection = detect(head, readClaim(head))
  return detection.kind === 'detected' ? `${detection.service} ${detection.protocol}` : detection.kind
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }

test('every service with a target prefix is known by it, in JSON and CBOR', () => {
  for (const row of SERVICES) {
    if (row.targetPrefix === undefined || row.json === undefined) continue
    const [scope = ''] = row.signingNames
    assert.equal(found({ scope, headers: { 'x-amz-target': `${row.targetPrefix}.Any` } }), `${row.id} ${row.json}`)
    assert.equal(found({ headers: { 'x-amz-target': `${row.targetPrefix}.Any` } }), `${row.id} ${row.json}`)
    const path = `/service/${row.targetPrefix}/operation/Any`
    assert.equal(found({ scope, path, headers: { 'smithy-protocol': 'rpc-v2-cbor' } }), `${row.id} rpcv2Cbor`)
  }
})

test('botocore has a longer prefix for CloudTrail', () => {
  const target = 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents'
  assert.equal(found({ headers: { 'x-amz-target': target } }), 'cloudtrail awsJson1_1')
})

test('every other service is known by the scope of its credentials', () => {
  assert.equal(found({ scope: 'lambda', path: '/2015-03-31/functions' }), 'lambda restJson1')
  assert.equal(found({ scope: 's3', path: '/2015-03-31/functions' }), 's3 restXml')
  assert.equal(found({ scope: 'sns', headers: FORM }), 'sns awsQuery')
  assert.equal(found({ scope: 'iam', headers: FORM }), 'iam awsQuery')
  assert.equal(found({ scope: 'sqs', headers: FORM }), 'sqs awsQuery')
  assert.equal(found({ scope: 'monitoring', headers: FORM }), 'cloudwatch awsQuery')
  assert.equal(found({ scope: 'apigateway', path: '/restapis' }), 'api-gateway restJson1')
  assert.equal(found({ scope: 'apigateway', path: '/v2/apis' }), 'apigatewayv2 restJson1')
  assert.equal(found({ scope: 'execute-api', path: '/@connections/x' }), 'apigatewaymanagementapi restJson1')
})

test('an unknown operation is still the business of its service', () => {
  assert.equal(found({ scope: 'dynamodb', headers: { 'x-amz-target': 'Nonsense.GetItem' } }), 'dynamodb awsJson1_0')
  assert.equal(found({ scope: 'dynamodb', headers: { 'x-amz-target': 'GetItem' } }), 'dynamodb awsJson1_0')
  assert.equal(found({ scope: 'kms' }), 'kms awsJson1_1')
})

test('unsigned requests: host, Action, path, then S3', () => {
  assert.equal(found({ host: 'sqs.us-east-1.mayfly.localhost', headers: FORM }), 'sqs awsQuery')
  assert.equal(found({ host: 'queue.amazonaws.com', headers: FORM }), 'sqs awsQuery')
  assert.equal(found({ host: 'sync-states.us-east-1.amazonaws.com' }), 'sfn awsJson1_0')
  assert.equal(found({ method: 'GET', query: 'Action=GetCallerIdentity&Version=2011-06-15' }), 'sts awsQuery')
  assert.equal(found({ method: 'GET', path: '/2015-03-31/functions/' }), 'lambda restJson1')
  assert.equal(found({ method: 'GET', path: '/bucket/key' }), 's3 restXml')
  assert.equal(found({ method: 'GET', query: 'Action=Nonsense&Version=1' }), 's3 restXml')
  assert.equal(
    found({ method: 'GET', query: 'AWSAccessKeyId=A&Signature=s&Expires=1', path: '/2015-03-31/x' }),
    's3 restXml',
  )
  assert.equal(found({ headers: FORM }), 'ask-form')
  assert.equal(found({ headers: FORM, path: '/000000000000/queue' }), 'ask-form')
  assert.equal(found({ headers: FORM, path: '/2015-03-31/functions/f/invocations' }), 'lambda restJson1')
  assert.equal(found({ headers: FORM, host: 'bucket.s3.mayfly.localhost' }), 's3 restXml')
})

test('a form tells its service by its version', () => {
  const head = headOf({ headers: FORM })
  const form = (text: string): string => detectByForm(head, Buffer.from(text)).service
  assert.equal(form('Action=AssumeRoleWithWebIdentity&Version=2011-06-15'), 'sts')
  assert.equal(form('Action=Publish&Version=2010-03-31'), 'sns')
  assert.equal(form('nothing'), 's3')
})

test('the bucket of a host', () => {
  const bucket = (host: string): string | undefined => {
    const detection = detect(headOf({ method: 'GET', host }), { kind: 'none' })
    return detection.kind === 'detected' ? `${detection.bucket} ${detection.hostRegion}` : detection.kind
  }
  assert.equal(bucket('photos.s3.eu-west-1.mayfly.localhost'), 'photos eu-west-1')
  assert.equal(bucket('photos.s3.mayfly.localhost'), 'photos undefined')
  assert.equal(bucket('photos.s3.amazonaws.com'), 'photos undefined')
  assert.equal(bucket('my.dotted.photos.s3.amazonaws.com'), 'my.dotted.photos undefined')
  assert.equal(bucket('photos.s3-eu-west-1.amazonaws.com'), 'photos eu-west-1')
  assert.equal(bucket('photos.s3.dualstack.eu-west-1.amazonaws.com'), 'photos eu-west-1')
  assert.equal(bucket('photos.s3-accelerate.amazonaws.com'), 'photos undefined')
  assert.equal(bucket('photos.s3-website-eu-west-1.amazonaws.com'), 'photos eu-west-1')
  assert.equal(bucket('s3.eu-west-1.amazonaws.com'), 'undefined eu-west-1')
  assert.equal(bucket('s3.mayfly.localhost'), 'undefined undefined')
  assert.equal(bucket('localhost'), 'undefined undefined')
  assert.equal(bucket('127.0.0.1'), 'undefined undefined')
  assert.equal(bucket(''), 'undefined undefined')
})
