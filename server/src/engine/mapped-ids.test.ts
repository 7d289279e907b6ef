import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMapped } from './mapped-ids.ts'

test('ids are mapped when one line of the map holds them all', () => {
  const all = '         0          0 4294967295\n'
  const rootless = '         0       1000          1\n         1     100000      65536\n'
  assert.equal(isMapped(all, 1_500_000_000, 50_000), true)
  assert.equal(isMapped(rootless, 1_500_000_000, 50_000), false)
  assert.equal(isMapped(rootless, 1, 65_536), true)
  assert.equal(isMapped(rootless, 2, 65_536), false)
  assert.equal(isMapped('', 0, 1), false)
})
