import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { readExif } from '../src/exif.ts'

test('camera, moment, exposure and position are read from a photo', async () => {
  const { exif } = await sharp(new URL('../photos/pond.jpg', import.meta.url).pathname).metadata()
  assert.deepEqual(readExif(exif), {
    camera: 'Mayfly Ephemera 1',
    taken: '2026-06-21T21:42:05',
    exposure: '1/125 s, f/2.8, ISO 200',
    gps: { latitude: 54.575, longitude: -3.105 },
  })
})

test('a picture without EXIF has none, and broken EXIF is an error', () => {
  assert.equal(readExif(undefined), undefined)
  assert.throws(() => readExif(Buffer.from('no tags here at all')))
})

test('EXIF that says little gives little', async () => {
  const photo = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
    .withExif({ IFD0: { Model: 'Only this' } })
    .jpeg()
    .toBuffer()
  const { exif } = await sharp(photo).metadata()
  assert.deepEqual(readExif(exif), { camera: 'Only this', taken: undefined, exposure: undefined, gps: undefined })
})
