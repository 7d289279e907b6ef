import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSchedule } from './schedule-expression.ts'

/** The first slots after a time, as ISO texts without seconds. */
function slots(expression: string, after: string, count = 3): readonly string[] {
  const schedule = readSchedule(expression)
  assert.ok(schedule, expression)
  const found: string[] = []
  for (let at: number | undefined = Date.parse(`${after}Z`); found.length < count;) {
    at = schedule.next(at)
    if (at === undefined) break
    found.push(new Date(at).toISOString().slice(0, 16))
  }
  return found
}

test('rates', () => {
  assert.deepEqual(slots('rate(5 minutes)', '2026-01-01T00:01'), [
    '2026-01-01T00:06',
    '2026-01-01T00:11',
    '2026-01-01T00:16',
  ])
  assert.deepEqual(slots('rate(1 hour)', '2026-01-01T00:01', 1), ['2026-01-01T01:01'])
  assert.deepEqual(slots('rate(2 days)', '2026-02-27T12:00', 1), ['2026-03-01T12:00'])
})

test('what is late is passed over without losing the beat', () => {
  const at = (text: string): number => Date.parse(`${text}Z`)
  const rate = readSchedule('rate(7 minutes)')
  assert.equal(rate?.skip(at('2026-01-01T00:00'), at('2026-01-01T01:00')), at('2026-01-01T01:03'))
  assert.equal(rate?.skip(at('2026-01-01T00:00'), at('2026-01-01T00:00')), at('2026-01-01T00:07'))
  const cron = readSchedule('cron(0 10 * * ? *)')
  assert.equal(cron?.skip(at('2020-01-01T10:00'), at('2026-01-01T10:00')), at('2026-01-01T10:00'))
})

const CRONS: readonly (readonly [expression: string, after: string, slots: readonly string[]])[] = [
  ['cron(0 10 * * ? *)', '2026-01-01T10:00', ['2026-01-02T10:00', '2026-01-03T10:00', '2026-01-04T10:00']],
  ['cron(15 12 * * ? *)', '2026-01-01T00:00', ['2026-01-01T12:15', '2026-01-02T12:15', '2026-01-03T12:15']],
  // Weekdays from Monday to Friday; 2026-01-02 is a Friday.
  ['cron(0 18 ? * MON-FRI *)', '2026-01-02T00:00', ['2026-01-02T18:00', '2026-01-05T18:00', '2026-01-06T18:00']],
  ['cron(0 8 1 * ? *)', '2026-01-15T00:00', ['2026-02-01T08:00', '2026-03-01T08:00', '2026-04-01T08:00']],
  ['cron(0/15 * * * ? *)', '2026-01-01T00:01', ['2026-01-01T00:15', '2026-01-01T00:30', '2026-01-01T00:45']],
  ['cron(0/5 8-17 ? * MON-FRI *)', '2026-01-02T17:54', ['2026-01-02T17:55', '2026-01-05T08:00', '2026-01-05T08:05']],
  ['cron(0 0 L * ? *)', '2028-02-01T00:00', ['2028-02-29T00:00', '2028-03-31T00:00', '2028-04-30T00:00']],
  ['cron(0 0 31 * ? *)', '2026-01-31T00:00', ['2026-03-31T00:00', '2026-05-31T00:00', '2026-07-31T00:00']],
  // The second Tuesday; the last Friday; the weekday nearest to the first, within the month.
  ['cron(0 9 ? * 3#2 *)', '2026-01-01T00:00', ['2026-01-13T09:00', '2026-02-10T09:00', '2026-03-10T09:00']],
  ['cron(0 9 ? * 6L *)', '2026-01-01T00:00', ['2026-01-30T09:00', '2026-02-27T09:00', '2026-03-27T09:00']],
  ['cron(0 9 1W * ? *)', '2026-07-31T00:00', ['2026-08-03T09:00', '2026-09-01T09:00', '2026-10-01T09:00']],
  ['cron(0 0 1 JAN ? 2027,2030)', '2026-01-01T00:00', ['2027-01-01T00:00', '2030-01-01T00:00']],
  ['cron(0 0 29 2 ? *)', '2026-01-01T00:00', ['2028-02-29T00:00', '2032-02-29T00:00', '2036-02-29T00:00']],
  ['cron(0 9 ? * L *)', '2026-01-01T00:00', ['2026-01-03T09:00', '2026-01-10T09:00', '2026-01-17T09:00']],
  ['cron(0 0 1 1 ? 2026/2)', '2026-01-01T00:00', ['2028-01-01T00:00', '2030-01-01T00:00', '2032-01-01T00:00']],
  ['cron(30 22,23 ? * sat,SUN *)', '2026-01-03T22:30', ['2026-01-03T23:30', '2026-01-04T22:30', '2026-01-04T23:30']],
  ['cron(0 0 1 1 ? 2020)', '2026-01-01T00:00', []],
  ['cron(0 0 30 2 ? *)', '2026-01-01T00:00', []],
]

test('cron expressions', () => {
  for (const [expression, after, expected] of CRONS) assert.deepEqual(slots(expression, after), expected, expression)
})

test('what is no schedule is refused', () => {
  for (const expression of [
    '',
    'rate(0 minutes)',
    'rate(1 minutes)',
    'rate(5 minute)',
    'rate(-5 minutes)',
    'rate(5 seconds)',
    'rate(5 years)',
    'rate(5 minutes) ',
    'rate( 5 minutes )',
    'rate(5.5 minutes)',
    'rate()',
    'cron()',
    'cron(0 10 * * *)',
    'cron(0 10 * * * *)',
    'cron(0 10 ? * ? *)',
    'cron(60 10 * * ? *)',
    'cron(0 24 * * ? *)',
    'cron(0 10 32 * ? *)',
    'cron(0 10 * 13 ? *)',
    'cron(0 10 ? * 8 *)',
    'cron(0 10 ? * 0 *)',
    'cron(0 10 * * ? 2200)',
    'cron(0 10 * * ? 1969)',
    'cron(5-1 10 * * ? *)',
    'cron(0/0 10 * * ? *)',
    'cron(0 10 * * ? * *)',
    'at(2026-01-01T00:00:00)',
  ])
    assert.equal(readSchedule(expression), undefined, expression)
})
