// The matcher of filter policies and event patterns. Speed: matches of typical policies, in turns with JSON.parse of the
// same value, which whoever filters a body has done before. Linearity: the time for eight times the value, over eight
// times the time for the value, for the patterns that make backtracking matchers slow.
import { compilePattern, type PatternDialect } from '../server/src/events/pattern/pattern.ts'
import type { BenchRow } from './row.ts'

const ROUNDS = 15
const ROUND_MS = 40
const GROWTH = 8

interface Case {
  readonly name: string
  readonly dialect: PatternDialect
  readonly pattern: unknown
  readonly value: unknown
}

const ORDER = {
  source: 'shop.orders',
  'detail-type': 'OrderPlaced',
  detail: {
    id: 'order-2026-11-21-000042',
    customer: { id: 'c-1029384756', country: 'DE' },
    total: 129.95,
    lines: Array.from({ length: 10 }, (_none, index) => ({ sku: `sku-${index}`, count: index, price: 9.99 })),
  },
}

const TYPICAL: readonly Case[] = [
  {
    name: 'attributes, three keys',
    dialect: 'sns-attributes',
    pattern: { store: ['example'], event: [{ 'anything-but': 'cancelled' }], price: [{ numeric: ['>=', 100] }] },
    value: { store: 'example', event: 'placed', price: 210.75, other: 'x' },
  },
  {
    name: 'body, nested, array of objects',
    dialect: 'sns-body',
    pattern: {
      detail: { lines: { sku: ['sku-9'], count: [{ numeric: ['>', 8] }] }, customer: { country: ['DE', 'AT'] } },
    },
    value: ORDER,
  },
  {
    name: 'event pattern with $or, prefix, suffix, wildcard',
    dialect: 'eventbridge',
    pattern: {
      source: [{ prefix: 'shop.' }],
      'detail-type': [{ suffix: 'Placed' }],
      detail: { $or: [{ total: [{ numeric: ['>', 1000] }] }, { id: [{ wildcard: 'order-*-000042' }] }] },
    },
    value: ORDER,
  },
]

/** A pattern, and a value of a given size that it takes long to refuse. */
interface Growing {
  readonly name: string
  readonly pattern: unknown
  readonly value: (size: number) => unknown
  readonly size: number
}

const GROWING: readonly Growing[] = [
  {
    name: 'wildcard of 20 stars, text that almost matches',
    pattern: { a: [{ wildcard: `${'a*'.repeat(20)}b*` }] },
    value: (size) => ({ a: 'a'.repeat(size) }),
    size: 20_000,
  },
  {
    name: 'wildcard with a self-similar piece',
    pattern: { a: [{ wildcard: `*${'a'.repeat(100)}b*` }] },
    value: (size) => ({ a: 'a'.repeat(size) }),
    size: 20_000,
  },
  {
    name: 'three keys of array elements, none consistent',
    pattern: { a: { b: ['x'], c: ['y'], d: ['z'] } },
    value: (size) => ({
      a: Array.from({ length: size }, (_none, at) => ({ b: 'x', c: 'y', d: at === 0 ? 'n' : 'z2' })),
    }),
    size: 5000,
  },
  {
    name: 'arrays in arrays in arrays',
    pattern: { a: { b: { c: ['x'] } } },
    value: (size) => ({
      a: Array.from({ length: Math.ceil(size / 100) }, () => ({
        b: Array.from({ length: 100 }, () => ({ c: ['y', ['z']] })),
      })),
    }),
    size: 5000,
  },
]

/** The rows of the table. */
export async function run(): Promise<readonly BenchRow[]> {
  return [...TYPICAL.map(speed), ...GROWING.map(linearity)]
}

function matcher(pattern: unknown, dialect: PatternDialect): (value: unknown) => boolean {
  const compiled = compilePattern(JSON.stringify(pattern), dialect)
  if (compiled.kind === 'invalid') throw new Error(compiled.reason)
  return (value) => compiled.matches(value)
}

function speed({ name, dialect, pattern, value }: Case): BenchRow {
  const matches = matcher(pattern, dialect)
  if (!matches(value)) throw new Error(`${name} does not match`)
  const text = JSON.stringify(value)
  const rates: number[] = []
  const ratios: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const rate = perSecond(() => matches(value))
    const floor = perSecond(() => JSON.parse(text))
    rates.push(rate)
    ratios.push(rate / floor)
  }
  return {
    name: `match: ${name}`,
    value: median(rates),
    unit: 'matches/s',
    floor: 'JSON.parse of the value',
    ratio: median(ratios),
    target: '≥ 1',
  }
}

function linearity({ name, pattern, value, size }: Growing): BenchRow {
  const matches = matcher(pattern, 'eventbridge')
  const small = value(size)
  const large = value(size * GROWTH)
  if (matches(small) || matches(large)) throw new Error(`${name} matches`)
  const growths: number[] = []
  const rates: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const rate = perSecond(() => matches(large))
    growths.push(perSecond(() => matches(small)) / rate / GROWTH)
    rates.push(rate)
  }
  return {
    name: `linear: ${name}`,
    value: 1000 / median(rates),
    unit: 'ms',
    floor: `${GROWTH} x the time for 1/${GROWTH} of it`,
    ratio: median(growths),
    target: '≤ 1.5',
  }
}

function perSecond(body: () => unknown): number {
  const began = performance.now()
  let count = 0
  let tookMs = 0
  do {
    body()
    count++
    tookMs = performance.now() - began
  } while (tookMs < ROUND_MS)
  return (count * 1000) / tookMs
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
