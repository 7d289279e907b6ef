import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTrees } from './cgroup-places.ts'

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
  // The group of an operator that is called so is left alone; here, as it is not there, it cannot be seen.
  assert.deepEqual(ownOf('/mayfly/server'), ['/sys', false])
  assert.deepEqual(ownOf('/b', '/a'), ['/sys', false])
  assert.deepEqual(ownOf('/../b'), ['/sys', false])
})
