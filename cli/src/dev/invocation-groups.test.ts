import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvocationGroups } from './invocation-groups.ts'

let count = 0
function event(logStreamName: string, message: string) {
  return { eventId: String(count++), logStreamName, timestamp: count, message: `${message}\n` }
}

const report = (id: string, rest = '') =>
  `REPORT RequestId: ${id}\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 70 MB${rest}`

test('lines of two instances that run at once are kept apart', () => {
  const groups = new InvocationGroups()
  const events = [
    event('a', 'INIT_START Runtime Version: nodejs:24'),
    event('a', 'START RequestId: 1 Version: $LATEST'),
    event('b', 'START RequestId: 2 Version: $LATEST'),
    event('a', '2026-11-21T10:04:17.710Z\t1\tINFO\tfrom one\rsecond line'),
    event('b', '2026-11-21T10:04:17.710Z\t2\tERROR\tfrom two'),
    event('b', 'END RequestId: 2'),
    event('b', report('2', '\tStatus: timeout')),
    event('a', 'END RequestId: 1'),
    event('a', report('1', '\tInit Duration: 98.7 ms')),
  ]
  assert.deepEqual(
    events.flatMap((one) => groups.add(one)),
    [
      {
        kind: 'invocation',
        group: {
          requestId: '2',
          stream: 'b',
          lines: [{ level: 'error', text: 'from two' }],
          durationMs: 12.34,
          initMs: undefined,
          memoryMb: 70,
          status: 'timeout',
        },
      },
      {
        kind: 'invocation',
        group: {
          requestId: '1',
          stream: 'a',
          lines: [{ level: 'info', text: 'from one\nsecond line' }],
          durationMs: 12.34,
          initMs: 98.7,
          memoryMb: 70,
          status: undefined,
        },
      },
    ],
  )
})

test('what comes outside an invocation is shown at once', () => {
  const groups = new InvocationGroups()
  assert.deepEqual(groups.add(event('a', 'loading')), [{ kind: 'line', line: { level: undefined, text: 'loading' } }])
})

test('a report whose start was missed is still shown', () => {
  const [grouped] = new InvocationGroups().add(event('a', report('9')))
  assert.equal(grouped?.kind === 'invocation' && grouped.group.requestId, '9')
})

test('open groups are bounded: the oldest gives up its lines', () => {
  const groups = new InvocationGroups()
  groups.add(event('first', 'START RequestId: 0 Version: $LATEST'))
  groups.add(event('first', 'a line'))
  let given: readonly unknown[] = []
  for (let index = 0; index < 1_000 && given.length === 0; index++)
    given = groups.add(event(`s${index}`, `START RequestId: ${index} Version: $LATEST`))
  assert.deepEqual(given, [{ kind: 'line', line: { level: undefined, text: 'a line' } }])
})
