// Packages that cannot go into one file: they load a compiled part from beside themselves. They stay outside the bundle
// and are copied with everything they need, as npm laid it out.
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Target {
  readonly os: string
  readonly cpu: string
}

interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly gypfile?: boolean
  readonly binary?: unknown
  readonly napi?: unknown
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** A package on disk and where it goes below the function's `node_modules`. */
export interface PlacedPackage {
  readonly folder: string
  /** For example `node_modules/sharp` or `node_modules/a/node_modules/b`. */
  readonly place: string
  readonly id: string
}

/** Packages that load compiled parts for those that depend on them. */
const LOADERS = ['bindings', 'node-gyp-build', 'prebuild-install', 'node-pre-gyp', '@mapbox/node-pre-gyp', 'nan']
const PACKAGES_MAX = 2_000
const SEARCH_DEPTH_MAX = 3

/** `@scope/name/file` → `@scope/name`; undefined for relative paths, URLs and Node's own modules. */
export function packageNameOf(specifier: string): string | undefined {
  return /^(?:@[^/\s]+\/)?[^@./#\s][^/\s:]*(?=\/|$)/.exec(specifier)?.[0]
}

/** The folder of a package as Node finds it from `from`, following links. */
export function findPackage(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate)
    if (folder === dirname(folder)) return undefined
  }
}

/** Whether the package loads compiled code: by its manifest, its platform packages, or a `.node` file in it. */
export function isNative(folder: string): boolean {
  const manifest = readManifest(folder)
  if (manifest.gypfile === true || manifest.binary !== undefined || manifest.napi !== undefined) return true
  if (existsSync(join(folder, 'binding.gyp'))) return true
  const needs = { ...manifest.dependencies, ...manifest.optionalDependencies }
  if (LOADERS.some((loader) => loader in needs)) return true
  if (Object.keys(manifest.optionalDependencies ?? {}).some((name) => hasPlatform(name, folder))) return true
  return holdsBinary(folder, SEARCH_DEPTH_MAX)
}

/** An optional dependency that is for one platform only: the mark of prebuilt binaries. */
function hasPlatform(name: string, from: string): boolean {
  const folder = findPackage(name, from)
  if (folder === undefined) return false
  const manifest = readManifest(folder)
  return manifest.os !== undefined && manifest.cpu !== undefined
}

function holdsBinary(folder: string, depth: number): boolean {
  return readdirSync(folder, { withFileTypes: true }).some((entry) =>
    entry.isDirectory()
      ? depth > 0 && entry.name !== 'node_modules' && holdsBinary(join(folder, entry.name), depth - 1)
      : entry.name.endsWith('.node'),
  )
}

/** The packages and all that they depend on for the target. The first of a name lies on top, others inside who needs them. */
export function placePackages(roots: readonly string[], target: Target): readonly PlacedPackage[] {
  const placed = new Map<string, PlacedPackage>()
  const queue = roots.map((folder) => ({ folder, parent: '' }))
  while (queue.length > 0 && placed.size < PACKAGES_MAX) {
    const next = queue.shift()
    if (next === undefined) break
    const manifest = readManifest(next.folder)
    const top = `node_modules/${manifest.name ?? ''}`
    if (placed.get(top)?.folder === next.folder) continue
    const place = placed.has(top) ? `${next.parent}/${top}` : top
    if (placed.has(place)) continue
    placed.set(place, { folder: next.folder, place, id: `${manifest.name}@${manifest.version}` })
    for (const folder of dependenciesOf(next.folder, manifest, target)) queue.push({ folder, parent: place })
  }
  return [...placed.values()].toSorted((a, b) => (a.place < b.place ? -1 : 1))
}

function dependenciesOf(folder: string, manifest: Manifest, target: Target): readonly string[] {
  return Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
    .map((name) => findPackage(name, folder))
    .filter((one) => one !== undefined)
    .filter((one) => fits(readManifest(one), target))
}

/** npm's rule for `os` and `cpu`: a list of names, or of names to leave out. */
function fits({ os, cpu }: Manifest, target: Target): boolean {
  return allows(os, target.os) && allows(cpu, target.cpu)
}

function allows(list: readonly string[] | undefined, value: string): boolean {
  if (list === undefined || list.length === 0) return true
  if (list.includes(`!${value}`)) return false
  return list.includes(value) || list.every((one) => one.startsWith('!'))
}

function readManifest(folder: string): Manifest {
  // npm checked the manifest when it installed the package.
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}
