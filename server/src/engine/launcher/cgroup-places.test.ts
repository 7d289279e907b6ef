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
