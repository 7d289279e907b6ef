import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type CgroupPlaces, findPlacesIn, readTrees } from './cgroup-places.ts'
import { tryCgroupPlaces } from './cgroups.ts'

test('mounts and own groups are joined: v1 trees by controller, the v2 tree without', () => {
  const mountinfo = [
    '25 20 0:21 / / rw - ext4 /dev/vda rw',
    '30 25 0:26 / /nowhere/memory rw,nosuid - cgroup cgroup rw,memory',
    '31 25 0:27 / /nowhere/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
    '32 25 0:28 / /nowhere/unified rw - cgroup2 cgroup2 rw',
  ].join('\n')
  const trees = readTrees(mountinfo, '4:memory:/a/b\n3:cpu,cpuacct:/\n0::/c\n')
  assert.deepEqual(
    trees.map(({ controllers, mountpoint }) => [controllers.filter((name) => name !== 'rw'), mountpoint]),
    [
      [['memory'], '/nowhere/memory'],
      [['cpu', 'cpuacct'], '/nowhere/cpu,cpuacct'],
      [[], '/nowhere/unified'],
    ],
  )
  // An own group that is not visible (another namespace) falls back to the mountpoint.
  assert.ok(trees.every(({ own, mountpoint }) => own === mountpoint))
})

test('who sits among the cells of a server is seen where that server began', () => {
  const mountinfo = (root: string): string => `31 25 0:27 ${root} /sys rw - cgroup cgroup rw,cpu`
  const ownOf = (path: string, root = '/'): readonly unknown[] => {
    const [tree] = readTrees(mountinfo(root), `3:cpu:${path}\n`)
    return [tree?.own, tree?.seen]
  }
  assert.deepEqual(ownOf('/'), ['/sys', true])
  assert.deepEqual(ownOf('/mayfly-0123456789ab-77/server'), ['/sys', true])
  assert.deepEqual(ownOf('/a/mayfly-0123456789ab-77/server', '/a'), ['/sys', true])
  assert.deepEqual(ownOf('/mayfly-0123456789ab-77/server/main'), ['/sys', true])
  // The group of an operator that is called so is left alone; here, as it is not there, it cannot be seen.
  assert.deepEqual(ownOf('/mayfly/server'), ['/sys', false])
  assert.deepEqual(ownOf('/b', '/a'), ['/sys', false])
  assert.deepEqual(ownOf('/../b'), ['/sys', false])
  assert.deepEqual(ownOf('/mayfly-beside'), ['/sys', true])
  assert.deepEqual(ownOf('/a/mayfly-beside', '/a'), ['/sys', true])
})

/** A tree of the second version as plain files, with these controllers at its root and in the own group. */
function unifiedPlaces(
  t: { after(work: () => void): void },
  atRoot: string,
  inOwn: string,
): [CgroupPlaces | string, string] {
  const mountpoint = mkdtempSync(join(tmpdir(), 'mayfly-groups-'))
  t.after(() => rmSync(mountpoint, { recursive: true }))
  const own = join(mountpoint, 'service')
  mkdirSync(own)
  for (const [group, controllers] of [
    [mountpoint, atRoot],
    [own, inOwn],
  ] as const) {
    writeFileSync(join(group, 'cgroup.controllers'), controllers)
    writeFileSync(join(group, 'cgroup.procs'), '')
  }
  return [findPlacesIn([{ controllers: [], mountpoint, own, seen: true }], 'key'), mountpoint]
}

test('in v2 cells come below the own group, and the server may sit among them', (t) => {
  const [found, root] = unifiedPlaces(t, 'cpu memory pids', 'cpu io memory pids')
  assert.deepEqual(found, { layout: 'v2', unified: join(root, 'service', 'mayfly-key'), seatable: true })
  assert.match(readFileSync(join(root, 'service', 'cgroup.subtree_control'), 'utf8'), /^\+memory \+pids \+cpu$/)
  assert.ok(!existsSync(join(root, 'cgroup.subtree_control')))
})

test('where the own group is not delegated, as in a login session, they come below the root, and the server stays outside', (t) => {
  const [found, root] = unifiedPlaces(t, 'cpu memory pids', 'memory pids')
  assert.deepEqual(found, { layout: 'v2', unified: join(root, 'mayfly-key'), seatable: false })
})

test('where neither is possible a text says why for both', (t) => {
  const [found, root] = unifiedPlaces(t, 'cpu', 'memory pids')
  assert.equal(
    found,
    `the control group ${root}/service is not delegated cpu; the control group ${root} is not delegated memory, pids`,
  )
})

test('to try leaves everything as it was', () => {
  const groups = readFileSync('/proc/self/cgroup', 'utf8')
  const found = tryCgroupPlaces()
  assert.equal(readFileSync('/proc/self/cgroup', 'utf8'), groups)
  if (typeof found === 'object' && found.layout !== 'v1') assert.ok(!existsSync(found.unified))
})
