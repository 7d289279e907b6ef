// A bucket of a million keys, paged through by the SDK in each of the ways that a listing can be asked for: all of it comes,
// once and in order, and the server's memory stays as it is.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3'
import { readKeys } from '../conformance/server-kit.ts'

const KEYS = 1_000_000
const Bucket = `keys-${KEYS}`
/** The program lays a hundred keys into each folder. */
const FOLDERS = KEYS / 100
/** What the collector lets lie about. Held, the million records would be some three hundred. */
const GROWTH_MB_MAX = 100

test(
  'a million keys are listed whole, by folders and as one folder, in flat memory',
  { timeout: 1_800_000 },
  async (t) => {
    const program = fileURLToPath(new URL('../../../bench/floors/listed-buckets.ts', import.meta.url))
    const child = spawn(process.execPath, [program, String(KEYS)], { stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(async () => {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    })
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    const { endpoint, credentialsFile } = JSON.parse(line) as { endpoint: string; credentialsFile: string }
    const credentials = await readKeys(credentialsFile)
    const s3 = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true })
    t.after(() => s3.destroy())

    const list = async (input: { readonly Prefix?: string; readonly Delimiter?: string }) => {
      const found = { keys: 0, prefixes: 0, pages: 0, mostMb: 0 }
      let last = Buffer.alloc(0)
      for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket, ...input })) {
        const { Contents = [], CommonPrefixes = [] } = page
        found.keys += Contents.length
        found.prefixes += CommonPrefixes.length
        found.pages++
        for (const name of [...Contents.map(({ Key }) => Key), ...CommonPrefixes.map(({ Prefix }) => Prefix)]) {
          const bytes = Buffer.from(name ?? '')
          assert.ok(Buffer.compare(last, bytes) < 0, `${String(name)} comes after ${last.toString()}`)
          last = bytes
        }
        if (found.pages % 10 === 1) found.mostMb = Math.max(found.mostMb, await residentMb(child.pid))
      }
      return found
    }

    // What a server that lists needs anyway: the compilers, the caches, and the garbage of two hundred pages.
    await list({ Prefix: 'photos/000' })
    await list({ Prefix: 'photos/001' })
    const beforeMb = await residentMb(child.pid)
    const asOne = await list({ Delimiter: '/' })
    const byFolder = await list({ Prefix: 'photos/', Delimiter: '/' })
    const whole = await list({})
    t.diagnostic(`${beforeMb} MB, then at most ${asOne.mostMb}, ${byFolder.mostMb} and ${whole.mostMb} MB`)
    assert.deepEqual([asOne.keys, asOne.prefixes, asOne.pages], [0, 1, 1])
    assert.deepEqual([byFolder.keys, byFolder.prefixes, byFolder.pages], [0, FOLDERS, FOLDERS / 1000])
    assert.deepEqual([whole.keys, whole.prefixes, whole.pages], [KEYS, 0, KEYS / 1000])
    for (const { mostMb } of [asOne, byFolder, whole]) assert.ok(mostMb - beforeMb < GROWTH_MB_MAX, `${mostMb} MB`)
  },
)

async function residentMb(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024)
}
