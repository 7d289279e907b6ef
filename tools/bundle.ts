// `npm run bundle`: joins the modules of the command and the server to few files, from which `mayfly` starts while the sources
// are as they were (cli/src/bundle.ts). Part of `npm ci`. An argument names another folder to put bundles into.
//
// Modules that are loaded later stay in files of their own, and so do threads. What a module says about the place of its
// file holds for the source: files that are read, and not loaded as modules, lie beside that.
import { hash } from 'node:crypto'
import { globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Plugin, rolldown } from 'rolldown'
import { parseSync } from 'rolldown/utils'
import { BUNDLES, type BundleRecord } from '../cli/src/bundle.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const bundles = process.argv[2] ?? fileURLToPath(BUNDLES)

/** Packages that every start loads. All others stay where they are, and are loaded when they are needed. */
const JOINED = new Set(['@mayfly/server', '@mayfly/runtime', '@stricli/core', 'croner', 'lru-cache'])
/** They say what a name in an import stands for. */
const MANIFESTS = ['cli/package.json', 'server/package.json', 'runtime/package.json']
/** A server that still runs from a former bundle loads modules from it later. */
const FORMER_KEPT = 1

/** The file of a module is asked for by whoever runs it in a thread. */
const THREAD = /(?<=new URL\(\s*)'(\.{1,2}\/[^']+\.ts)',\s*import\.meta\.url(?=,?\s*\))/g
/** The module that others ask for the place of their source; bundles lie in folders side by side. */
const PLACES = 'mayfly:places'
const PLACES_MODULE = `import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
const root = new URL(${JSON.stringify(`${relative(join(bundles, 'id'), root)}/`)}, import.meta.url)
export function placeOf(source) {
  const url = new URL(source, root).href
  const filename = fileURLToPath(url)
  return { url, filename, dirname: dirname(filename) }
}
`

const startedMs = performance.now()
const record = await build()
discardFormer(record.id)
const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
console.log(`mayfly: ${Object.keys(record.sources).length} files joined in ${seconds} s`)

async function build(): Promise<BundleRecord> {
  mkdirSync(bundles, { recursive: true })
  const draft = join(bundles, `draft-${process.pid}`)
  const sources: Record<string, [number, number]> = {}
  for (const file of MANIFESTS) note(file, sources)
  const bundle = await rolldown({
    input: { main: join(root, 'cli/src/main.ts'), ...threads() },
    platform: 'node',
    external: isExternal,
    plugins: [places(sources)],
    // What is loaded later here, and at once there, is loaded at once: nothing is wrong with that.
    checks: { ineffectiveDynamicImport: false },
  })
  const { output } = await bundle.write({ dir: draft, format: 'esm', comments: { jsdoc: false } })
  await bundle.close()
  // Modules are seen in any order.
  const sorted = Object.fromEntries(Object.entries(sources).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const names = output.map(({ fileName }) => fileName).toSorted()
  const id = hash('sha256', JSON.stringify([sorted, names])).slice(0, 16)
  const made: BundleRecord = { id, sources: sorted }
  rmSync(join(bundles, id), { recursive: true, force: true })
  renameSync(draft, join(bundles, id))
  // Renamed into place, so that nobody reads half of it.
  writeFileSync(join(bundles, 'draft.json'), JSON.stringify(made))
  renameSync(join(bundles, 'draft.json'), join(bundles, 'current.json'))
  return made
}

function note(source: string, sources: Record<string, [number, number]>): void {
  const { size, mtimeMs } = statSync(root + source)
  sources[source] = [size, mtimeMs]
}

function isExternal(id: string): boolean {
  if (/^(?:\.|\/|#)/.test(id) || id === PLACES) return false
  return !JOINED.has(/^(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? id)
}

/** Entries of their own: the modules that other threads run. */
function threads(): Record<string, string> {
  const found: Record<string, string> = {}
  for (const file of globSync('{cli,server}/src/**/*.ts', { cwd: root }))
    for (const [, path = ''] of readFileSync(root + file, 'utf8').matchAll(THREAD)) {
      const entry = join(root, file, '..', path)
      found[threadName(entry)] = entry
    }
  return found
}

/** `server-src-storage-sqlite-writer`. */
function threadName(entry: string): string {
  return relative(root, entry).replace(/\.ts$/, '').replaceAll('/', '-')
}

/** Notes what goes in, and has every module know the place of its source. */
function places(sources: Record<string, [number, number]>): Plugin {
  return {
    name: 'places',
    resolveId: (id) => (id === PLACES ? id : null),
    load: (id) => (id === PLACES ? PLACES_MODULE : null),
    transform(code, id) {
      if (!id.startsWith(root)) return null
      const source = relative(root, id)
      note(source, sources)
      if (!code.includes('import.meta')) return null
      const placed = withPlaces(code, id)
      return placed === code
        ? null
        : `import { placeOf as $placeOf } from '${PLACES}'\nconst $place = $placeOf(${JSON.stringify(source)})\n${placed}`
    },
  }
}

/** `import.meta` is that of the source, but where a thread is begun: that is in the bundle. */
function withPlaces(code: string, id: string): string {
  let placed = code.replace(THREAD, (_, path: string) => `'./${threadName(join(id, '..', path))}.js', import.meta.url`)
  const { module } = parseSync(id, placed)
  for (const { start, end } of module.importMetas.toReversed())
    if (!placed.slice(0, start).endsWith(".js', ")) placed = `${placed.slice(0, start)}$place${placed.slice(end)}`
  return placed
}

function discardFormer(current: string): void {
  const former = readdirSync(bundles, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== current)
    .map(({ name }) => ({ path: join(bundles, name), changedMs: statSync(join(bundles, name)).mtimeMs }))
    .toSorted((a, b) => b.changedMs - a.changedMs)
  for (const { path } of former.slice(FORMER_KEPT)) rmSync(path, { recursive: true, force: true })
}
