// Our signatures against those of the SDK's own signer.
import assert from 'node:assert/strict'
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { test } from 'node:test'
import { SignatureV4 } from '@smithy/signature-v4'
import { sign } from './signature.ts'

type SourceData = string | ArrayBuffer | ArrayBufferView

function bytesOf(data: SourceData): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)
}

/** The hash that the SDK's signer is made with. */
class Sha256 {
  readonly #hash: Hash | Hmac
  constructor(secret?: SourceData) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }
  update(data: SourceData): void {
    this.#hash.update(bytesOf(data))
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }
  reset(): void {
    throw new Error('the signer makes a new hash each time')
  }
}

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  source: 'test',
}
const at = new Date('2026-11-21T09:08:07.654Z')

const CASES = [
  {
    name: 'a plain GET',
    method: 'GET',
    url: 'http://127.0.0.1:4566/2015-03-31/functions/hello/configuration',
    body: '',
  },
  { name: 'a body', method: 'POST', url: 'http://127.0.0.1:4566/', body: '{"logGroupName":"/aws/lambda/ü"}' },
  {
    name: 'a query',
    method: 'POST',
    url: 'http://h:1/2015-03-31/functions/f/invocations?Qualifier=1&A=b%20c',
    body: '{}',
  },
  {
    name: 'an ARN in the path',
    method: 'GET',
    url: 'http://h/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af/configuration',
    body: '',
  },
] as const

for (const sessionToken of [undefined, 'the/token+of=a session'])
  for (const { name, method, url, body } of CASES)
    test(`${name} is signed as the SDK signs it${sessionToken === undefined ? '' : ', with a session token'}`, async () => {
      const parsed = new URL(url)
      const headers = { 'content-type': 'application/json', 'x-amz-log-type': '  Tail  twice ' }
      const signer = new SignatureV4({
        credentials: { ...credentials, ...(sessionToken && { sessionToken }) },
        region: 'eu-central-1',
        service: 'lambda',
        sha256: Sha256,
        applyChecksum: false,
      })
      const theirs = await signer.sign(
        {
          method,
          protocol: parsed.protocol,
          hostname: parsed.hostname,
          path: parsed.pathname,
          query: Object.fromEntries(parsed.searchParams),
          headers: { ...headers, host: parsed.host },
          body,
        },
        { signingDate: at },
      )
      const ours = sign(
        { method, url: parsed, headers, body: Buffer.from(body) },
        { ...credentials, sessionToken },
        { service: 'lambda', region: 'eu-central-1', at },
      )
      assert.equal(ours['authorization'], theirs.headers['authorization'])
      assert.equal(ours['x-amz-date'], '20261121T090807Z')
    })
