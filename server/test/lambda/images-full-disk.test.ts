// An image that does not fit on the disk: it is told as any full disk, nothing of it is left, and what fits
// is taken afterwards.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startServer } from '../../src/main.ts'
import { type Entries, type Image, imageOf, layerOf, pushImage, putBytes, putDocument } from '../images/oci-image.ts'
import { cannotMount, SmallDisk } from '../storage/small-disk.ts'
import { eventually } from './server-fixture.ts'

const DISK_MB = 96
const FILE_BYTES = 1024 * 1024
/** Of a file; the rest packs to nothing. */
const RANDOM_BYTES = 30_000

/** Sent, it is small; unpacked, it is as large as it says. */
function files(name: string, count: number): Entries {
  const entries = Array.from({ length: count }, (_, at): [string, Buffer] => [
    `${name}-${at}`,
    Buffer.concat([randomBytes(RANDOM_BYTES), Buffer.alloc(FILE_BYTES - RANDOM_BYTES)]),
  ])
  return Object.fromEntries(entries)
}

test('an image that does not fit is told as a full disk, and leaves nothing', { skip: cannotMount }, async (t) => {
  const disk = await SmallDisk.mount(DISK_MB)
  if (typeof disk === 'string') return t.skip(disk)
  const { dataFolder } = disk
  const server = await startServer({ mode: 'dev', host: '127.0.0.1', port: 0, dataFolder, readyCells: {} })
  t.after(async () => {
    await server.close(1000)
    await disk[Symbol.asyncDispose]()
  })
  await disk.reserved()
  const made = async (...layers: readonly Entries[]): Promise<Image> =>
    imageOf(await Promise.all(layers.map((layer) => layerOf(layer, 'zstd'))))
  const large = await made(files('lower', DISK_MB / 2), files('upper', DISK_MB / 2))
  // There is room for what is sent.
  for (const blob of [large.configuration, ...large.layers])
    assert.equal((await putBytes(server.endpoint, blob)).status, 201)
  const { status, body } = await putDocument(server.endpoint, 'large:v1', large.manifest)
  assert.equal(status, 507, body.error)
  assert.match(String(body.error), /The disk of this server is full/)
  const images = join(dataFolder, 'engine/images')
  assert.deepEqual([readdirSync(join(images, 'live')), readdirSync(join(images, 'unpacking'))], [[], []])
  const small = await made(files('only', 8))
  await eventually('room again', async () => {
    const taken = await pushImage(server.endpoint, 'small:v1', small)
    return taken.status === 200 ? true : undefined
  })
  assert.equal(readdirSync(join(images, 'live')).length, 1)
})
