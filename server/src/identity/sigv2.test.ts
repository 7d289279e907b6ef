// SigV2 in the query against the grammar that AWS documents; botocore itself is the judge in server/test/gateway.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { SignedRequest } from './canonical.ts'
import { readClaim } from './claim.ts'
import { checkLifeV2, verifyV2 } from './sigv2.ts'

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'

function get(path: string, query: string): SignedRequest {
  return { method: 'GET', path, query, headers: { host: 'localhost' } }
}

function verdict(request: SignedRequest, nowMs = 0): string {
  const claim = readClaim(request)
  if (claim.kind !== 'v2') return claim.kind
  return (checkLifeV2(claim, nowMs) ?? verifyV2(claim, request, SECRET))?.kind ?? 'verified'
}

function sign(stringToSign: string): string {
  return encodeURIComponent(createHmac('sha1', SECRET).update(stringToSign).digest('base64'))
}

test('a signed URL, its subresources and its life', () => {
  const plain = sign('GET\n\n\n1175139620\n/bucket/photos/puppy.jpg')
  const query = `AWSAccessKeyId=AKIA&Expires=1175139620&Signature=${plain}`
  assert.equal(verdict(get('/bucket/photos/puppy.jpg', query)), 'verified')
  assert.equal(verdict(get('/bucket/photos/puppy.jpg', query), 1_175_139_621_000), 'url-expired')
  assert.equal(verdict(get('/bucket/photos/other.jpg', query)), 'signature-mismatch')
  assert.equal(
    verdict(get('/bucket/photos/puppy.jpg', query.replace('1175139620', '1175139621'))),
    'signature-mismatch',
  )
  assert.equal(verdict(get('/bucket/photos/puppy.jpg', `${query}&acl`)), 'signature-mismatch')
  const acl = sign('GET\n\n\n1175139620\n/bucket/key?acl&response-content-type=text/plain&versionId=1')
  assert.equal(
    verdict(
      get(
        '/bucket/key',
        `versionId=1&acl&response-content-type=text%2Fplain&other=2&AWSAccessKeyId=A&Expires=1175139620&Signature=${acl}`,
      ),
    ),
    'verified',
  )
})

test('amz headers count, wherever they stand', () => {
  const signature = sign('PUT\n\ntext/plain\n1175139620\nx-amz-meta-a:1\nx-amz-security-token:tok/en\n/bucket/key')
  const request: SignedRequest = {
    method: 'PUT',
    path: '/bucket/key',
    query: `AWSAccessKeyId=A&Expires=1175139620&x-amz-security-token=tok%2Fen&Signature=${signature}`,
    headers: { host: 'localhost', 'content-type': 'text/plain', 'x-amz-meta-a': '1' },
  }
  assert.equal(verdict(request), 'verified')
  assert.equal(verdict({ ...request, headers: { ...request.headers, 'x-amz-meta-a': '2' } }), 'signature-mismatch')
  assert.equal(
    verdict({ ...request, headers: { ...request.headers, 'content-type': 'text/html' } }),
    'signature-mismatch',
  )
})

test('an expiry must be there and be a number', () => {
  for (const expires of ['', '&Expires=', '&Expires=never', '&Expires=-1'])
    assert.equal(verdict(get('/b/k', `AWSAccessKeyId=A&Signature=s${expires}`)), 'malformed')
})
