// The real server on a real disk, killed at random moments under a mixed load, and given a disk that is full. What was
// acknowledged is there afterwards, byte by byte; what was under way has happened or not; nothing is left over.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { seededRandom } from '../../src/base/ids.ts'
import { eventually, readKeys } from '../conformance/server-kit.ts'

const Bucket = 'killed'
const KILLS = 4
const WORKERS = 6
const PROGRAM = fileURLToPath(new URL('object-server.ts', import.meta.url))

interface Life {
  readonly child: ChildProcess
  readonly s3: S3Client
}

async function begin(folder: string): Promise<Life> {
  const child = spawn(process.execPath, [PROGRAM, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    const { endpoint, credentialsFile } = JSON.parse(line) as { endpoint: string; credentialsFile: string }
    const credentials = await readKeys(credentialsFile)
    return {
      child,
      s3: new S3Client({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1, forcePathStyle: true }),
    }
  }
  throw new Error('the server ended before it was ready')
}

async function end({ child, s3 }: Life, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  s3.destroy()
  const ended = new Promise((resolve) => child.once('exit', resolve))
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await ended
}

/** What a key may hold: the acknowledged content, or that of the step under way; undefined: nothing. */
type Expected = Map<string, readonly (string | undefined)[]>

async function work({ s3 }: Life, worker: number, draw: () => number, expected: Expected): Promise<void> {
  for (let turn = 0; ; turn++) {
    const Key = `w${worker}/${Math.floor(draw() * 5)}`
    const kind = draw()
    const content = kind < 0.25 ? undefined : `${turn}`.padEnd(draw() < 0.5 ? 500 : 200_000, `${worker}`)
    const before = expected.get(Key)?.[0]
    expected.set(Key, [before, content])
    try {
      if (content === undefined) await s3.send(new DeleteObjectCommand({ Bucket, Key }))
      else if (kind < 0.85) await s3.send(new PutObjectCommand({ Bucket, Key, Body: content }))
      else await uploadInParts(s3, Key, content)
    } catch (error) {
      if (error instanceof S3ServiceException && (error.$metadata.httpStatusCode ?? 0) < 500) throw error
      return
    }
    expected.set(Key, [content])
  }
}

async function uploadInParts(s3: S3Client, Key: string, Body: string): Promise<void> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))
  const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body }))
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
  await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }))
}

async function contentOf(s3: S3Client, Key: string): Promise<string | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
    return await Body?.transformToString()
  } catch (error) {
    assert.ok(error instanceof S3ServiceException && error.name === 'NoSuchKey', String(error))
    return undefined
  }
}

test('acknowledged objects survive SIGKILL at random moments; what was under way is whole or not there', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  const draw = seededRandom(seed)
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-kill-'))
  const expected: Expected = new Map()
  let life = await begin(folder)
  try {
    await life.s3.send(new CreateBucketCommand({ Bucket }))
    const VersioningConfiguration = { Status: 'Enabled' as const }
    for (let kill = 0; kill < KILLS; kill++) {
      // The second half with versions.
      if (kill === KILLS / 2) await life.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
      const now = life
      const workers = Array.from({ length: WORKERS }, (_, worker) => work(now, worker, draw, expected))
      await sleep(150 + draw() * 500)
      now.child.kill('SIGKILL')
      await Promise.all(workers)
      await end(now, 'SIGKILL')
      life = await begin(folder)
      assert.deepEqual(await readdir(join(folder, 'blobs/tmp')), [], 'a killed upload left something')
      for (const [key, possible] of expected) {
        const found = await contentOf(life.s3, key)
        const shown = possible.map((content) => content?.slice(0, 10))
        assert.ok(
          possible.includes(found),
          `seed ${seed}, kill ${kill}: ${key} holds ${found?.slice(0, 10)}, not ${shown.join()}`,
        )
        expected.set(key, [found])
      }
    }
    assert.ok(expected.size >= WORKERS)
  } finally {
    await end(life, 'SIGTERM')
    await rm(folder, { recursive: true, force: true })
  }
})

const DISK_MB = 48
const canMount = process.getuid?.() === 0 ? false : 'only root may mount a small disk'

test(
  'a full disk refuses writes, serves reads, loses nothing, and takes writes again when it has room',
  { skip: canMount },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'mayfly-full-'))
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'tmpfs', folder])
    if (mounted.status !== 0) {
      await rm(folder, { recursive: true, force: true })
      return t.skip(`cannot mount here: ${mounted.stderr.toString().trim()}`)
    }
    const life = await begin(join(folder, 'data'))
    try {
      await life.s3.send(new CreateBucketCommand({ Bucket }))
      const content = 'x'.repeat(1024 * 1024)
      const kept: string[] = []
      let refused: S3ServiceException | undefined
      for (let index = 0; index < DISK_MB * 2 && !refused; index++) {
        const Key = `k${index}`
        try {
          await life.s3.send(new PutObjectCommand({ Bucket, Key, Body: content }))
          kept.push(Key)
        } catch (error) {
          assert.ok(error instanceof S3ServiceException, String(error))
          refused = error
        }
      }
      assert.ok((refused?.$metadata.httpStatusCode ?? 0) >= 500, `${refused?.name}`)
      assert.ok(kept.length > 10, `${kept.length} objects fit`)
      assert.equal(life.child.exitCode, null)
      for (const key of kept) assert.equal(await contentOf(life.s3, key), content)
      for (const Key of kept.slice(0, 10))
        await eventually('a deletion', () => tried(life.s3.send(new DeleteObjectCommand({ Bucket, Key }))))
      await eventually(
        'a write',
        () => tried(life.s3.send(new PutObjectCommand({ Bucket, Key: 'after', Body: content }))),
        5000,
      )
      assert.equal(await contentOf(life.s3, 'after'), content)
      for (const key of kept.slice(10)) assert.equal(await contentOf(life.s3, key), content)
    } finally {
      await end(life, 'SIGTERM')
      spawnSync('umount', [folder])
      await rm(folder, { recursive: true, force: true })
    }
  },
)

/** Undefined while the server has no room. */
async function tried(sending: Promise<unknown>): Promise<true | undefined> {
  try {
    await sending
    return true
  } catch (error) {
    assert.ok(error instanceof S3ServiceException && (error.$metadata.httpStatusCode ?? 0) >= 500, String(error))
    return undefined
  }
}
