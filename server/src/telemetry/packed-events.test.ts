import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PackedEvents } from './packed-events.ts'

// Long and short, of one to four bytes a character, halves of pairs included: those become the replacement character.
const message = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('a', 'ß', '語', '😀', '\ud83d'), maxLength: 40 }),
  fc
    .tuple(fc.constantFrom('x', 'é', '語'), fc.integer({ min: 1000, max: 6000 }))
    .map(([unit, times]) => unit.repeat(times)),
)
const events = fc.array(fc.record({ timestampMs: fc.nat(), message }, { noNullPrototype: true }), { maxLength: 30 })

function stored(all: readonly { readonly timestampMs: number; readonly message: string }[]): unknown {
  return all.map(({ timestampMs, message: text }) => ({ timestampMs, message: text.toWellFormed() }))
}

test('what is packed comes back, appended and cut anywhere', () => {
  fc.assert(
    fc.property(events, events, fc.nat({ max: 60 }), fc.nat({ max: 60 }), (some, more, one, other) => {
      const packed = PackedEvents.of(some)
      packed.append(PackedEvents.of(more))
      const all = [...some, ...more]
      assert.deepEqual([...packed], stored(all))
      assert.equal(packed.count, all.length)
      assert.equal(packed.messageBytes, Buffer.byteLength(all.map(({ message: text }) => text.toWellFormed()).join('')))
      const [first, end] = one < other ? [one, other] : [other, one]
      assert.deepEqual(Array.from(packed.slice(first, end)), stored(all.slice(first, end)))
    }),
  )
})

test('a slice keeps its events when more are added', () => {
  const packed = PackedEvents.of([{ timestampMs: 1, message: 'one' }])
  const slice = packed.slice(0, 1)
  packed.add(2, 'two')
  slice.add(3, 'three')
  assert.deepEqual(
    [...packed].map((event) => event.message),
    ['one', 'two'],
  )
  assert.deepEqual(
    [...slice].map((event) => event.message),
    ['one', 'three'],
  )
})
