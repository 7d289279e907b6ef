import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ModelConstraints } from './constraints.ts'
import { AwsError } from './errors.ts'

class Two extends ModelConstraints {
  protected override refusal(message: string): AwsError {
    return new AwsError('ValidationException', 400, message)
  }

  protected override get faultsMax(): number {
    return 2
  }
}

test('what holds, and what is absent, is no fault', () => {
  new Two()
    .length('a', 'abc', { max: 3 })
    .length('a', undefined, { min: 1, max: 3 })
    .count('b', { one: 1 }, { min: 1, max: 1 })
    .range('c', 0, { max: 1 })
    .pattern('d', 'x', /^x$/, 'x')
    .oneOf('e', 'A', ['A'])
    .required('f', '')
    .check()
})

test('faults are told in their order, as AWS tells them, and no more than the service tells', () => {
  const constraints = new Two().count('list', [], { min: 1, max: 9 }).range('number', 10, { min: 1, max: 9 })
  const message =
    "2 validation errors detected: Value '[0 members]' at 'list' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '10' at 'number' failed to satisfy constraint: Member must have value less than or equal to 9"
  assert.throws(() => constraints.check(), { message })
  assert.throws(() => constraints.required('more', null).check(), { message })
  assert.throws(() => new Two().oneOf('kind', 'C', ['A', 'B']).check(), {
    message:
      "1 validation error detected: Value 'C' at 'kind' failed to satisfy constraint: Member must satisfy enum value set: [A, B]",
  })
})
