// The demo as a user runs it: a real server, a real sandbox, real pictures.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const DEMO = fileURLToPath(new URL('../demo/demo.ts', import.meta.url))

test('the demo uploads three photos, gets nine thumbnails, reads EXIF and log, and ends with 0', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [DEMO], { timeout: 240_000 })
  for (const [photo, sizes] of [
    ['pond.jpg', ['120x160', '480x640', '960x1280']],
    ['hills.png', ['160x107', '640x427', '1280x853']],
    ['city.webp', ['160x107', '640x427', '1280x853']],
  ] as const)
    for (const [index, size] of sizes.entries())
      assert.match(stdout, new RegExp(`thumbs/${photo}/${[160, 640, 1280][index]}\\.webp +${size} `), photo)
  assert.match(stdout, /EXIF Mayfly Ephemera 1 · 2026-06-21T21:42:05 · 1\/125 s, f\/2\.8, ISO 200 · 54\.575, -3\.105/)
  assert.match(stdout, /wrong key .*refused: InvalidAccessKeyId/)
  assert.match(stdout, /REPORT RequestId: .* Init Duration: /)
  assert.match(stdout, /uploads\/\S+ +handler .* MB {2}warm/)
  assert.match(stdout, /✓ SIGTERM: drain and end/)
})
