// Holds the room table of ARCHITECTURE.md: which room may import which, how an import is written, and that there are no
// cycles, type-only imports included.
import assert from 'node:assert/strict'
import { posix } from 'node:path'
import { test } from 'node:test'
import { importsOf, type SourceFile, sourceFiles } from './source-files.ts'

const EVERY_LOWER_ROOM = [
  'base',
  'storage',
  'protocol',
  'identity',
  'cluster',
  'telemetry',
  'audit',
  'engine',
  'events',
]

/** Room -> rooms it may import. `main` is the composition root, workshop/ included, and may import everything. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  storage: ['base'],
  protocol: ['base'],
  identity: ['base', 'storage'],
  cluster: ['base', 'storage'],
  telemetry: ['base', 'storage'],
  audit: ['base', 'storage', 'protocol', 'identity'],
  engine: ['base', 'storage', 'cluster', 'telemetry'],
  events: ['base', 'storage', 'cluster', 'telemetry'],
  services: EVERY_LOWER_ROOM,
  gateway: ['base', 'protocol', 'identity', 'telemetry', 'audit'],
}

const SOURCE = 'server/src/'
const files = sourceFiles(/^server\/src\/.*\.ts$/)
const production = files.filter((file) => !/\.(test|contract)\.ts$/.test(file.path))

function roomOf(path: string): string {
  const [first = '', second = ''] = path.slice(SOURCE.length).split('/')
  if (!path.slice(SOURCE.length).includes('/')) return 'main'
  if (first === 'workshop') return 'main'
  return first === 'services' ? `services/${second}` : first
}

/** The repository path that a specifier leads to, or undefined for packages and built-ins. */
function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return SOURCE + specifier.slice(1)
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(from), specifier))
  return undefined
}

function faultOf(file: SourceFile, specifier: string): string | undefined {
  const target = resolve(file.path, specifier)
  const from = roomOf(file.path)
  if (target === undefined || from === 'main') return undefined
  const to = roomOf(target)
  if (specifier.startsWith('.')) return from === to ? undefined : `leaves its room by a relative path: ${specifier}`
  if (from === to) return `imports its own room by ${specifier}: use a relative path`
  const kind = from.startsWith('services/') ? 'services' : from
  if (!(MAY_IMPORT[kind] ?? []).includes(to)) return `room ${from} may not import room ${to}: ${specifier}`
  return undefined
}

test('rooms import only what the table allows', () => {
  const faults = production.flatMap((file) =>
    importsOf(file.text).flatMap((specifier) => {
      const fault = faultOf(file, specifier)
      return fault === undefined ? [] : [`${file.path} ${fault}`]
    }),
  )
  assert.deepEqual(faults, [])
})

test('there are no import cycles', () => {
  const graph = new Map(
    production.map((file) => [
      file.path,
      importsOf(file.text).flatMap((specifier) => resolve(file.path, specifier) ?? []),
    ]),
  )
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
      return
    }
    if (done.has(path)) return
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  assert.deepEqual(cycles, [])
})

test('only the engine starts processes, and only a storage driver knows a database', () => {
  const faults: string[] = []
  for (const file of production) {
    const imports = importsOf(file.text)
    if (imports.includes('node:child_process') && !file.path.startsWith('server/src/engine/launcher'))
      faults.push(`${file.path} imports node:child_process`)
    if (imports.some((name) => name === 'node:sqlite' || name === 'pg') && !file.path.startsWith('server/src/storage/'))
      faults.push(`${file.path} knows a database`)
    if (
      file.path.startsWith('server/src/protocol/') &&
      imports.some((name) => /^node:(net|http|http2|dgram|tls)$/.test(name))
    )
      faults.push(`${file.path} does network I/O`)
  }
  assert.deepEqual(faults, [])
})
