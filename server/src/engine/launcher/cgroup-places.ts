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
  /** Where it is said which cores a group may use; missing where that is not ours to say. */
  readonly cores?: string
}

/** The server's own group in the CPU's place, among those of the cells. */
export const SEAT = 'server'

/** The launcher's. */
export const LAUNCHER_SEAT = 'launcher'

/** Groups among those of the cells that are none. */
export const SEATS: readonly string[] = [SEAT, LAUNCHER_SEAT]

/** Where in v2 everybody is who was in the server's own group, if that must be empty. */
export const BESIDE = 'mayfly-beside'

/** Below the server's seat: its main thread, and the others. */
export const MAIN_THREAD = 'main'
export const OTHER_THREADS = 'others'
export const THREAD_GROUPS: readonly string[] = [MAIN_THREAD, OTHER_THREADS]

/** A seat or the group beside, seen from a process in it: the server's next launcher, or a server that it started. */
const SEAT_PATH = new RegExp(
  `(?:/${BESIDE})?(?:/mayfly-[0-9a-f]{12}-\\d+/(?:${SEATS.join('|')})(?:/(?:${THREAD_GROUPS.join('|')}))?)?$`,
)

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

const REFUSALS = new Set(['EACCES', 'EPERM', 'EROFS'])

/** Who is born while a group is emptied is moved in the next turn. */
const MOVES_MAX = 5

const V2_CONTROLLERS = ['memory', 'pids', 'cpu'] as const

/** What cells can do without. */
const CORES_CONTROLLER = 'cpuset'

/** Finds and makes the places, named after `key`. A text instead says why there are none. */
export function findCgroupPlaces(key: string): CgroupPlaces | string {
  let trees: Tree[]
  try {
    trees = readTrees(readFileSync('/proc/self/mountinfo', 'utf8'), readFileSync('/proc/self/cgroup', 'utf8'))
  } catch (error) {
    return `control groups cannot be read: ${String(error)}`
  }
  return findPlacesIn(trees, key)
}

/** The same in trees that are known. */
export function findPlacesIn(trees: readonly Tree[], key: string): CgroupPlaces | string {
  const unified = trees.find((tree) => tree.controllers.length === 0)
  if (unified && !trees.some((tree) => tree.controllers.includes('memory'))) return findV2(unified, key)
  return findV1(trees, unified, key)
}

function findV1(trees: readonly Tree[], unified: Tree | undefined, key: string): CgroupPlaces | string {
  const place = (controller: string): string | undefined => {
    const tree = trees.find((candidate) => candidate.controllers.includes(controller))
    return tree && makePlace([tree.own, tree.mountpoint], key)
  }
  const [memory, pids, cpu, cpuacct] = [place('memory'), place('pids'), place('cpu'), place('cpuacct')]
  if (!memory || !pids || !cpu || !cpuacct) return 'no writable control group for memory, pids and cpu'
  const v1 = { memory, pids, cpu, cpuacct }
  const seatable = trees.some((tree) => tree.controllers.includes('cpu') && isBelowOwn(tree, cpu))
  const unifiedPlace = unified && makePlace([unified.own, unified.mountpoint], key)
  if (unifiedPlace && existsSync(join(unifiedPlace, 'cgroup.freeze')))
    return { layout: 'hybrid', v1, unified: unifiedPlace, seatable, ...coresOfV1(trees, key) }
  const freezer = place('freezer')
  if (!freezer) return 'no control group that can freeze'
  return { layout: 'v1', v1, freezer, seatable, ...coresOfV1(trees, key) }
}

/** Only below the own group: nobody gets a core that an operator kept from the server. */
function coresOfV1(trees: readonly Tree[], key: string): Pick<CgroupPlaces, 'cores'> {
  const tree = trees.find(({ controllers, seen }) => seen && controllers.includes(CORES_CONTROLLER))
  const cores = tree && makePlace([tree.own], key)
  if (!tree || cores === undefined) return {}
  try {
    // A new group has none of either, and takes no processes before it has.
    for (const file of ['cpuset.mems', 'cpuset.cpus'])
      writeFileSync(join(cores, file), readFileSync(join(tree.own, file), 'latin1'))
    writeFileSync(join(cores, 'cgroup.clone_children'), '1')
    return { cores }
  } catch {
    // Another life of the controller, as with `noprefix`: without it cells only stand back.
    rmdirSync(cores)
    return {}
  }
}

/** The own group, or where that cannot be divided the root of the tree: there only root may, and what is not ours stays. */
function findV2(tree: Tree, key: string): CgroupPlaces | string {
  const reasons: string[] = []
  for (const group of new Set([tree.own, tree.mountpoint])) {
    const reason = divide(group, group === tree.own)
    const place = reason === undefined ? makePlace([group], key) : undefined
    if (place === undefined) reasons.push(reason ?? `the control group ${group} is not writable`)
    else {
      enableV2(place)
      const cores = enableCores(group) && enableCores(place) ? { cores: place } : {}
      return { layout: 'v2', unified: place, seatable: isBelowOwn(tree, place), ...cores }
    }
  }
  return reasons.join('; ')
}

/**
 * Lets a group of v2 hand its controllers to children. One with processes cannot (except the root of all): then everybody in
 * it moves into a group beside the cells', where what holds for the group holds on, if the group is `own`. A text says why not.
 */
function divide(group: string, own: boolean): string | undefined {
  const available = v2Controllers(group)
  const missing = V2_CONTROLLERS.filter((name) => !available.includes(name))
  if (missing.length > 0) return `the control group ${group} is not delegated ${missing.join(', ')}`
  try {
    enableV2(group)
    return undefined
  } catch (error) {
    // What has processes and is ours may yet be emptied.
    if (!own) return notDivided(group, error)
  }
  try {
    const beside = join(group, BESIDE)
    mkdirSync(beside, { recursive: true })
    moveAll(group, beside)
    enableV2(group)
    return undefined
  } catch (error) {
    reunite(group)
    return notDivided(group, error)
  }
}

function notDivided(group: string, error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  if (code !== undefined && REFUSALS.has(code)) return `the control group ${group} may not be written`
  return `the control group ${group} cannot be divided: ${String(error)}`
}

/** Undoes what `divide` did to a group, unless somebody has places below it. */
export function reunite(group: string): void {
  const beside = join(group, BESIDE)
  if (!existsSync(beside)) return
  try {
    const enabled = readFileSync(join(group, 'cgroup.subtree_control'), 'latin1').split(/\s+/).filter(Boolean)
    const ours = enabled.filter((name) => name === CORES_CONTROLLER || V2_CONTROLLERS.some((known) => known === name))
    writeFileSync(join(group, 'cgroup.subtree_control'), ours.map((name) => `-${name}`).join(' '))
    moveAll(beside, group)
    rmdirSync(beside)
  } catch {
    // In use by another server, or not ours: it is found and used again.
  }
}

function moveAll(from: string, to: string): void {
  for (let left = processesIn(from), turn = 0; left.length > 0 && turn < MOVES_MAX; left = processesIn(from), turn++)
    for (const pid of left)
      try {
        writeFileSync(join(to, 'cgroup.procs'), pid)
      } catch (error) {
        // It ended between the reading and the move.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
}

/** Puts a process into a group. Throws what the file system throws. */
export function enterGroup(folder: string, pid: number): void {
  writeFileSync(join(folder, 'cgroup.procs'), String(pid))
}

/** The ids of the processes in a group. Throws what the file system throws. */
export function processesIn(group: string): string[] {
  return readFileSync(join(group, 'cgroup.procs'), 'latin1').split('\n').filter(Boolean)
}

function isBelowOwn(tree: Tree, place: string): boolean {
  return tree.seen && dirname(place) === tree.own
}

function enableV2(group: string): void {
  writeFileSync(join(group, 'cgroup.subtree_control'), V2_CONTROLLERS.map((name) => `+${name}`).join(' '))
}

/** Whether children of a group of v2 may be told which cores they use. */
function enableCores(group: string): boolean {
  if (!v2Controllers(group).includes(CORES_CONTROLLER)) return false
  try {
    writeFileSync(join(group, 'cgroup.subtree_control'), `+${CORES_CONTROLLER}`)
    return true
  } catch {
    // Another one of its children is a partition of its own, or it may not be written: cells only stand back.
    return false
  }
}

function v2Controllers(group: string): string[] {
  try {
    return readFileSync(join(group, 'cgroup.controllers'), 'utf8').split(/\s+/).filter(Boolean)
  } catch {
    return []
  }
}

/** Makes `mayfly-<key>` below the first of the groups that is writable; undefined where none is. */
function makePlace(parents: readonly string[], key: string): string | undefined {
  for (const parent of parents) {
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
