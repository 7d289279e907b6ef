import assert from 'node:assert/strict'
import { type SourceMapPayload, SourceMap } from 'node:module'
import { test } from 'node:test'
import fc from 'fast-check'
import { originsOf, type Position } from './mappings.ts'

const SEED = Number(process.env['SEED'] ?? Date.now() % 1e9)

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

function vlq(value: number): string {
  let rest = value < 0 ? -value * 2 + 1 : value * 2
  let text = ''
  do {
    const more = rest > 31
    text += DIGITS[(rest % 32) + (more ? 32 : 0)]
    rest = Math.floor(rest / 32)
  } while (rest > 0)
  return text
}

interface Segment {
  readonly column: number
  readonly origin: readonly [source: number, line: number, column: number, name: number | undefined] | undefined
}

function mappingsOf(lines: readonly (readonly Segment[])[]): string {
  let last = [0, 0, 0, 0]
  return lines
    .map((segments) => {
      let column = 0
      return segments
        .map((segment) => {
          let text = vlq(segment.column - column)
          column = segment.column
          if (segment.origin) {
            const next = segment.origin.map((value, at) => value ?? last[at] ?? 0)
            const given = segment.origin[3] === undefined ? next.slice(0, 3) : next
            text += given.map((value, at) => vlq(value - (last[at] ?? 0))).join('')
            last = next
          }
          return text
        })
        .join(',')
    })
    .join(';')
}

const segment: fc.Arbitrary<Segment> = fc.record({
  column: fc.nat(2_000),
  origin: fc.option(fc.tuple(fc.nat(3), fc.nat(100_000), fc.nat(100_000), fc.option(fc.nat(3), { nil: undefined })), {
    nil: undefined,
  }),
})
const byColumn = (segments: readonly Segment[]): Segment[] =>
  [...new Map(segments.map((one) => [one.column, one])).values()].sort((a, b) => a.column - b.column)
const lines = fc.array(fc.array(segment, { maxLength: 8 }).map(byColumn), { maxLength: 12 })
const positions = fc.array(fc.record({ line: fc.nat(14), column: fc.nat(2_100) }), { minLength: 1, maxLength: 5 })

/** What the map says of a position, by its definition. */
function expected(all: readonly (readonly Segment[])[], { line, column }: Position) {
  const nearest = all[line]?.findLast((one) => one.column <= column)
  const [source, originLine, originColumn] = nearest?.origin ?? []
  return source === undefined ? undefined : { source, line: originLine, column: originColumn }
}

test('a position comes from the last segment of its line that does not begin behind it', () => {
  fc.assert(
    fc.property(lines, positions, (all, wanted) => {
      const found = originsOf(mappingsOf(all), wanted)
      assert.deepEqual(
        found,
        wanted.map((position) => expected(all, position)),
      )
    }),
    { seed: SEED, numRuns: 2_000 },
  )
})

test('Node’s own reader finds the same in a map in which every line is mapped', () => {
  const origin = fc.tuple(fc.nat(3), fc.nat(1_000), fc.nat(1_000), fc.constant(undefined))
  const mapped = fc.record({ column: fc.nat(200), origin })
  const full = fc.array(
    fc.array(mapped, { maxLength: 5 }).map((more) => byColumn([...more, { column: 0, origin: [0, 1, 1, undefined] }])),
    { minLength: 1, maxLength: 10 },
  )
  fc.assert(
    fc.property(full, positions, (all, wanted) => {
      const mappings = mappingsOf(all)
      const sources = ['0', '1', '2', '3']
      const payload = { version: 3, sources, names: [], mappings, file: '', sourcesContent: [], sourceRoot: '' }
      const map = new SourceMap(payload satisfies SourceMapPayload)
      const inside = wanted.map(({ line, column }) => ({ line: line % all.length, column }))
      const found = originsOf(mappings, inside)
      for (const [at, { line, column }] of inside.entries()) {
        const entry = map.findEntry(line, column)
        assert.ok('originalSource' in entry)
        const { originalSource, originalLine, originalColumn } = entry
        assert.deepEqual(found[at], { source: Number(originalSource), line: originalLine, column: originalColumn })
      }
    }),
    { seed: SEED, numRuns: 500 },
  )
})

test('nothing that stands in a map makes the reader fail', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), positions, (mappings, wanted) => {
      assert.equal(originsOf(mappings, wanted).length, wanted.length)
    }),
    { seed: SEED, numRuns: 1_000 },
  )
})
