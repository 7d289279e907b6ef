import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LRUCache } from 'lru-cache'
import { grownTo } from './grown-cache.ts'

test('a cache that grows keeps so many entries, and lets go of those that were not used for longest', () => {
  const cache = new LRUCache<string, number>(grownTo(3))
  for (const [at, key] of ['a', 'b', 'c'].entries()) cache.set(key, at)
  assert.equal(cache.get('a'), 0)
  cache.set('d', 3)
  assert.deepEqual([...cache.keys()].sort(), ['a', 'c', 'd'])
  assert.equal(cache.get('b'), undefined)
})
