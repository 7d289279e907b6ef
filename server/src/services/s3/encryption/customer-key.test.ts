import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { fails } from '../../../../test/s3/kit.ts'
import { parseCustomerKey } from './customer-key.ts'

const bytes = randomBytes(32)
const key = bytes.toString('base64')
const md5 = createHash('md5').update(bytes).digest('base64')

test('a key is all three headers, and they must agree', () => {
  assert.equal(parseCustomerKey({}), undefined)
  assert.ok(parseCustomerKey({ algorithm: 'AES256', key, md5 })?.key.equals(bytes))
  const short = randomBytes(16)
  const shortKey = { key: short.toString('base64'), md5: createHash('md5').update(short).digest('base64') }
  for (const [headers, code] of [
    [{ key, md5 }, 'InvalidArgument'],
    [{ algorithm: 'AES256', md5 }, 'InvalidArgument'],
    [{ algorithm: 'AES256', key }, 'InvalidArgument'],
    [{ algorithm: 'AES256', key, md5: 'AAAAAAAAAAAAAAAAAAAAAA==' }, 'InvalidArgument'],
    [{ algorithm: 'AES256', ...shortKey }, 'InvalidArgument'],
    [{ algorithm: 'aws:kms', key, md5 }, 'InvalidEncryptionAlgorithmError'],
  ] as const)
    assert.throws(() => parseCustomerKey(headers), fails(code, 400))
})
