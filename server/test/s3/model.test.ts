// S3 against the simplest model of it: a map. Random puts, overwrites, deletes and copies, with bodies on both sides of
// the inline bound, over a store that injects conflicts; after each step of reading, listings with random prefix,
// delimiter, start and page size must show what the map holds. Failing runs print fast-check's seed and path.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createMemoryStore } from '../../src/storage/memory/memory-store.ts'
import { createWorld, type S3World } from './kit.ts'

const Bucket = 'photos'

/** Few letters, so that keys collide, nest and share prefixes; among them what sorts oddly. */
const key = fc
  .array(fc.constantFrom('a', 'b', '/', '/', 'ä', '\u{1f4f7}', '\0', '\u{ffff}', ' '), { minLength: 1, maxLength: 6 })
  .map((letters) => letters.join(''))
const prefix = fc.array(fc.constantFrom('a', 'b', '/', 'ä'), { maxLength: 2 }).map((letters) => letters.join(''))
const size = fc.constantFrom(0, 1, 10, 65_537)

type Step =
  | { readonly kind: 'put'; readonly key: string; readonly size: number }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'deleteMany'; readonly keys: readonly string[] }
  | { readonly kind: 'copy'; readonly from: string; readonly to: string }
  | {
      readonly kind: 'list'
      readonly prefix: string
      readonly delimiter: string
      readonly after: string
      readonly maxKeys: number
    }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('put' as const), key, size }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('deleteMany' as const),
      keys: fc.array(key, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('copy' as const), from: key, to: key }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('list' as const),
      prefix,
      delimiter: fc.constantFrom('', '/', 'a', '//'),
      after: fc.oneof(fc.constant(''), key),
      maxKeys: fc.integer({ min: 1, max: 4 }),
    }),
  },
)

type Model = Map<string, Buffer>

/** All pages of a listing, keys and common prefixes (marked with `*`) in the order of S3. */
async function listAll(
  world: S3World,
  { prefix, delimiter, after, maxKeys }: Extract<Step, { kind: 'list' }>,
): Promise<string[]> {
  const found: string[] = []
  let ContinuationToken: string | undefined
  for (let page = 0; page < 1000; page++) {
    const output = await world.run('ListObjectsV2', {
      Bucket,
      Prefix: prefix,
      Delimiter: delimiter,
      StartAfter: after,
      MaxKeys: maxKeys,
      ContinuationToken,
    })
    const names = [
      ...(output.Contents ?? []).map((item) => item.Key ?? ''),
      ...(output.CommonPrefixes ?? []).map((item) => `${item.Prefix}*`),
    ]
    assert.ok(names.length <= maxKeys)
    if (output.IsTruncated === true) assert.equal(names.length, maxKeys)
    found.push(...names)
    ContinuationToken = output.NextContinuationToken
    if (ContinuationToken === undefined) return found.toSorted(byBytes)
  }
  throw new Error('the listing does not end')
}

function expectedListing(model: Model, { prefix, delimiter, after }: Extract<Step, { kind: 'list' }>): string[] {
  const names = new Set<string>()
  for (const key of model.keys()) {
    if (!key.startsWith(prefix)) continue
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const name = at < 0 ? key : key.slice(0, at + delimiter.length)
    if (byBytes(name, after) > 0) names.add(at < 0 ? name : `${name}*`)
  }
  return [...names].toSorted(byBytes)
}

function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}

async function play(world: S3World, model: Model, step: Step, turn: number): Promise<void> {
  switch (step.kind) {
    case 'put': {
      const content = Buffer.alloc(step.size, turn + 1)
      await world.put(Bucket, step.key, content)
      model.set(step.key, content)
      return
    }
    case 'delete':
      await world.run('DeleteObject', { Bucket, Key: step.key })
      model.delete(step.key)
      return
    case 'deleteMany': {
      const Objects = step.keys.map((Key) => ({ Key })) as never
      await world.run('DeleteObjects', { Bucket, Delete: { Objects } }, { headers: { 'content-md5': 'x' } })
      for (const key of step.keys) model.delete(key)
      return
    }
    case 'copy': {
      const content = model.get(step.from)
      const CopySource = `${Bucket}/${encodeURIComponent(step.from)}`
      const copying = world.run('CopyObject', { Bucket, Key: step.to, CopySource, MetadataDirective: 'REPLACE' })
      if (!content) return assert.rejects(copying, { code: 'NoSuchKey' })
      await copying
      model.set(step.to, content)
      return
    }
    case 'list':
      assert.deepEqual(await listAll(world, step), expectedListing(model, step))
      return
  }
}

test('random histories agree with a map, and leave no blob behind', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer(), async (steps, seed) => {
      const store = createMemoryStore({ faults: { seed, conflictRate: 0.2 } })
      const world = createWorld({ store })
      await world.run('CreateBucket', { Bucket })
      const model: Model = new Map()
      for (const [turn, step] of steps.entries()) await play(world, model, step, turn)
      for (const [key, content] of model) assert.ok((await world.read(Bucket, key)).equals(content))
      const whole = { kind: 'list', prefix: '', delimiter: '', after: '', maxKeys: 3 } as const
      assert.deepEqual(await listAll(world, whole), expectedListing(model, whole))
      await world.service.idle()
      const large = [...model.values()].filter((content) => content.length > 65_536).length
      assert.equal(world.blobs.kept.size, large)
    }),
    { numRuns: 150 },
  )
})
