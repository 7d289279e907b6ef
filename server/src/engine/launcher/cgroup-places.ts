// Where this machine lets us make control groups: read from /proc, then proved by making one. Three layouts are known:
// "v2" (one tree for everything), "hybrid" (limits in the v1 trees, freezing and killing in the v2 tree, which needs no
// controller for that), and "v1".
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** The folders below which one folder per cell is made. */
export type CgroupPlaces = (
  | { readonly layout: 'v2'; readonly unified: string }
  | { readonly layout: 'hybrid'; readonly v1: V1Places; readonly unified: string }
  | { readonly layout: 'v1'; readonly v1: V1Places; readonly freezer: string }
) & {
  /** The CPU's place lies in the very group that the server is in, so the server may sit below it. */
  readonly seatable: boolean
}

/** The server's own group in the CPU's place, among those of the cells. */
export const SEAT = 'server'

/** Where the server is in v2, if its own group must be empty. */
export const BESIDE = 'mayfly-server'

/** A seat, seen from a process in it: the server's next launcher, or a server that it started. */
const SEAT_PATH = new RegExp(`/mayfly-[0-9a-f]{12}-\\d+/${SEAT}$`)

export interface V1Places {
  readonly memory: string
  readonly pids: string
  readonly cpu: string
  readonly cpuacct: string
}

/** A mounted tree and where this process is in it. `controllers` is empty for the v2 tree. */
interface Tree {
  readonly controllers: readonly string[]
  readonly mountpoint: string
  /** Absolute; the mountpoint itself when the own place is not visible. */
  readonly own: string
  /** Whether the own place is visible. */
  readonly seen: boolean
}

const V2_CONTROLLERS = ['memory', 'pids', 'cpu'] as const

/** Finds and makes the places, named after `key`. A text instead says why there are none. */
export function findCgroupPlaces(key: string): CgroupPlaces | string {
  let trees: Tree[]
  try {
    trees = readTrees(readFileSync('/proc/self/mountinfo', 'utf8'), readFileSync('/proc/self/cgroup', 'utf8'))
  } catch (error) {
    return `control groups cannot be read: ${String(error)}`
  }
  const unified = trees.find((tree) => tree.controllers.length === 0)
  if (unified && !trees.some((tree) => tree.controllers.includes('memory'))) return findV2(unified, key)
  return findV1(trees, unified, key)
}

function findV1(trees: readonly Tree[], unified: Tree | undefined, key: string): CgroupPlaces | string {
  const place = (controller: string): string | undefined => {
    const tree = trees.find((candidate) => candidate.controllers.includes(controller))
    return tree && makePlace(tree, key)
  }
  const [memory, pids, cpu, cpuacct] = [place('memory'), place('pids'), place('cpu'), place('cpuacct')]
  if (!memory || !pids || !cpu || !cpuacct) return 'no writable control group for memory, pids and cpu'
  const v1 = { memory, pids, cpu, cpuacct }
  const seatable = trees.some((tree) => tree.controllers.includes('cpu') && isBelowOwn(tree, cpu))
  const unifiedPlace = unified && makePlace(unified, key)
  if (unifiedPlace && existsSync(join(unifiedPlace, 'cgroup.freeze')))
    return { layout: 'hybrid', v1, unified: unifiedPlace, seatable }
  const freezer = place('freezer')
  return freezer ? { layout: 'v1', v1, freezer, seatable } : 'no control group that can freeze'
}

/**
 * In v2 a group with processes cannot hand controllers to its children (except the root). Then this process and its
 * parent, the server, move into a group beside the cells'.
 */
function findV2(tree: Tree, key: string): CgroupPlaces | string {
  const available = v2Controllers(tree.own)
  const missing = V2_CONTROLLERS.filter((name) => !available.includes(name))
  if (missing.length > 0) return `the control group ${tree.own} is not delegated ${missing.join(', ')}`
  try {
    enableV2(tree.own)
  } catch {
    try {
      const beside = join(tree.own, BESIDE)
      mkdirSync(beside, { recursive: true })
      for (const pid of [process.pid, process.ppid]) writeFileSync(join(beside, 'cgroup.procs'), String(pid))
      enableV2(tree.own)
    } catch (error) {
      return `the control group ${tree.own} cannot be divided: ${String(error)}`
    }
  }
  const place = makePlace({ ...tree, mountpoint: tree.own }, key)
  if (!place) return `the control group ${tree.own} is not writable`
  enableV2(place)
  return { layout: 'v2', unified: place, seatable: isBelowOwn(tree, place) }
}

function isBelowOwn(tree: Tree, place: string): boolean {
  return tree.seen && dirname(place) === tree.own
}

function enableV2(group: string): void {
  writeFileSync(join(group, 'cgroup.subtree_control'), V2_CONTROLLERS.map((name) => `+${name}`).join(' '))
}

function v2Controllers(group: string): string[] {
  try {
    return readFileSync(join(group, 'cgroup.controllers'), 'utf8').split(/\s+/).filter(Boolean)
  } catch {
    return []
  }
}

/** Makes `mayfly-<key>` below the own group, else below the tree's root; undefined where neither is writable. */
function makePlace(tree: Tree, key: string): string | undefined {
  for (const parent of [tree.own, tree.mountpoint]) {
    const place = join(parent, `mayfly-${key}`)
    const trial = join(place, 'trial')
    try {
      mkdirSync(place, { recursive: true })
      mkdirSync(trial, { recursive: true })
      rmdirSync(trial)
      return place
    } catch {
      // Read-only or not ours: try the next parent; none left means that there is no place, which is the answer.
    }
  }
  return undefined
}

/** Joins /proc/self/mountinfo and /proc/self/cgroup. */
export function readTrees(mountinfo: string, ownGroups: string): Tree[] {
  const paths = new Map<string, string>()
  for (const line of ownGroups.split('\n')) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line)
    const path = match?.[2]?.replace(SEAT_PATH, '') || '/'
    if (match) for (const name of (match[1] ?? '').split(',')) paths.set(name, path)
  }
  const trees: Tree[] = []
  for (const line of mountinfo.split('\n')) {
    const [left, right] = line.split(' - ')
    const fields = left?.split(' ') ?? []
    const [type, , superOptions = ''] = right?.split(' ') ?? []
    const [root, mountpoint] = [fields[3], fields[4]]
    if (root === undefined || mountpoint === undefined || (type !== 'cgroup' && type !== 'cgroup2')) continue
    const controllers = type === 'cgroup2' ? [] : superOptions.split(',')
    const path = type === 'cgroup2' ? paths.get('') : controllers.map((name) => paths.get(name)).find(Boolean)
    const below = path === undefined ? undefined : belowRoot(path, root)
    const own = below === undefined ? mountpoint : resolve(mountpoint, `.${below}`)
    const seen = below !== undefined && existsSync(own)
    trees.push({ controllers, mountpoint, own: seen ? own : mountpoint, seen })
  }
  return trees
}

/** Undefined for a path that is not below the root that is mounted. */
function belowRoot(path: string, root: string): string | undefined {
  if (path.startsWith('/..')) return undefined
  if (root === '/') return path
  return path === root || path.startsWith(`${root}/`) ? path.slice(root.length) : undefined
}
