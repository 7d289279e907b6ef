import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { RequestContext } from '#protocol/operation.ts'
import { AwsError } from '#protocol/errors.ts'
import { functionArn, parseFunctionArn, parseFunctionName, qualifiedArn, resourceOfName } from './function-name.ts'

// Only these members of a context are looked at.
const context = { account: '123456789012', region: 'eu-west-1', operation: 'Invoke' } as RequestContext

const name = fc.stringMatching(/^[a-zA-Z0-9_-]{1,64}$/).filter((text) => !/^[a-z]{2}(-[a-z]+)+-\d$/.test(text))
const qualifier = fc.option(fc.oneof(fc.constant('$LATEST'), fc.nat(9999).map(String)), { nil: undefined })

test('every form names the same function, and its ARN names it again', () => {
  fc.assert(
    fc.property(name, qualifier, (text, version) => {
      const ref = { account: context.account, region: context.region, name: text, qualifier: version }
      const suffix = version === undefined ? '' : `:${version}`
      const forms = [
        `${text}${suffix}`,
        `function:${text}${suffix}`,
        `123456789012:function:${text}${suffix}`,
        `arn:aws:lambda:eu-west-1:123456789012:function:${text}${suffix}`,
      ]
      for (const form of forms) {
        assert.deepEqual(parseFunctionName(form, undefined, context), ref, form)
        assert.equal(resourceOfName(form, undefined, context), qualifiedArn(ref))
      }
      assert.deepEqual(parseFunctionName(text, version, context), ref)
      assert.deepEqual(parseFunctionArn(qualifiedArn(ref)), ref)
      assert.equal(functionArn(ref), qualifiedArn({ ...ref, qualifier: undefined }))
    }),
  )
})

test('any other text is refused with an AwsError, never with anything else', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), fc.option(fc.string(), { nil: undefined }), (text, version) => {
      try {
        const ref = parseFunctionName(text, version, context)
        assert.match(ref.name, /^[a-zA-Z0-9_-]+$/)
      } catch (error) {
        assert.ok(error instanceof AwsError)
      }
      resourceOfName(text, version, context)
      parseFunctionArn(text)
    }),
  )
})

test('names of great length cost no time', () => {
  const started = process.hrtime.bigint()
  for (const text of ['a'.repeat(1e6), 'a-'.repeat(5e5), 'us-east-1:'.repeat(1e5), ':'.repeat(1e6)])
    assert.throws(() => parseFunctionName(text, undefined, context), AwsError)
  assert.ok(Number(process.hrtime.bigint() - started) < 1e9)
})
