// The real server on a real disk, killed at random moments under a mixed load, or given a disk that is full. What was
// acknowledged is there afterwards, byte by byte; what was under way has happened or not; nothing is left over.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
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
import { SmallDisk } from '../storage/small-disk.ts'

const Bucket = 'killed'
const WORKERS = 6
const LIFE_MS_MIN = 50
const LIFE_MS_MAX = 350
const PROGRAM = fileURLToPath(new URL('object-server.ts', import.meta.url))

interface Life {
  readonly child: ChildProcess
  readonly s3: S3Client
}

/** `cache`: a folder in which compiled code outlives the server. */
async function begin(folder: string, cache: string): Promise<Life> {
  const child = spawn(process.execPath, [PROGRAM, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
  })
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
    const content = kind < 0.25 ? undefined : `${turn}`.padEnd(sizeOf(draw()), `${worker}`)
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

/** In the Store, in a blob, and through the threads. */
function sizeOf(draw: number): number {
  return draw < 0.5 ? 500 : draw < 0.9 ? 200_000 : 1_500_000
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

/**
 * Kills the server so many times while objects of a bucket, with or without versions, move; after each life all is there. Throws
 * where it is not, with the seed.
 */
export async function killWhileObjectsMove(kills: number, Status: 'Enabled' | undefined): Promise<void> {
  const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`seed ${seed}`)
  const draw = seededRandom(seed)
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-kill-'))
  const cache = await mkdtemp(join(tmpdir(), 'mayfly-kill-code-'))
  const expected: Expected = new Map()
  let life = await begin(folder, cache)
  try {
    await life.s3.send(new CreateBucketCommand({ Bucket }))
    const versions = new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } })
    if (Status !== undefined) await life.s3.send(versions)
    for (let kill = 0; kill < kills; kill++) {
      const now = life
      const workers = Array.from({ length: WORKERS }, (_, worker) => work(now, worker, draw, expected))
      await sleep(LIFE_MS_MIN + draw() * (LIFE_MS_MAX - LIFE_MS_MIN))
      now.child.kill('SIGKILL')
      await Promise.all(workers)
      await end(now, 'SIGKILL')
      life = await begin(folder, cache)
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
    for (const used of [folder, cache]) await rm(used, { recursive: true, force: true })
  }
}

const DISK_MB = 32
/** How often somebody else takes the room that a deletion made, in each round. */
const GREED = 8

/** Fills a small disk so many times, and makes room again. Answers why it could not be tried. */
export async function fillDisk(times: number): Promise<string | undefined> {
  const disk = await SmallDisk.mount(DISK_MB)
  if (typeof disk === 'string') return disk
  const cache = await mkdtemp(join(tmpdir(), 'mayfly-full-code-'))
  let life = await begin(disk.dataFolder, cache)
  try {
    await life.s3.send(new CreateBucketCommand({ Bucket }))
    for (let round = 0; round < times; round++)
      life = await fillOnce(life, round, disk, async (before) => {
        await end(before, round % 2 === 0 ? 'SIGKILL' : 'SIGTERM')
        disk.fill()
        return (life = await begin(disk.dataFolder, cache))
      })
  } finally {
    await end(life, 'SIGTERM')
    await disk[Symbol.asyncDispose]()
    await rm(cache, { recursive: true, force: true })
  }
  return undefined
}

async function fillOnce(
  before: Life,
  round: number,
  disk: SmallDisk,
  restart: (life: Life) => Promise<Life>,
): Promise<Life> {
  let { s3 } = before
  // Half of them by the threads.
  const contentOfKey = (Key: string): string => Key.padEnd(Key.endsWith('0') ? 700_000 : 1_100_000, 'x')
  const put = (Key: string): Promise<unknown> => s3.send(new PutObjectCommand({ Bucket, Key, Body: contentOfKey(Key) }))
  const remove = (Key: string): Promise<unknown> => s3.send(new DeleteObjectCommand({ Bucket, Key }))
  const isFull = (error: unknown): boolean =>
    error instanceof S3ServiceException &&
    error.name === 'InsufficientStorage' &&
    error.$metadata.httpStatusCode === 507 &&
    /make room on the disk/.test(error.message)
  await disk.reserved()
  const kept: string[] = []
  let refused: unknown
  for (let index = 0; index < DISK_MB * 2 && refused === undefined; index++) {
    const Key = `${round}-${index}-${index % 2}`
    try {
      await put(Key)
      kept.push(Key)
    } catch (error) {
      refused = error
    }
  }
  assert.ok(isFull(refused), String(refused))
  assert.ok(kept.length > 10, `${kept.length} objects fit`)
  assert.equal(before.child.exitCode, null)
  disk.fill()
  for (const key of kept) assert.equal(await contentOf(s3, key), contentOfKey(key))
  for (const Key of kept.splice(0, GREED)) {
    // Each deletion at its first attempt, and what it sets free is taken at once.
    await remove(Key)
    disk.fill()
    await assert.rejects(put('more'), isFull)
  }
  const life = await restart(before)
  ;({ s3 } = life)
  for (const key of kept) assert.equal(await contentOf(s3, key), contentOfKey(key))
  assert.match(await warningsOf(life), /only reads and deletions/)
  await remove(kept.pop() ?? '')
  disk.empty()
  await eventually('a write', () => tried(put('after')), 5000)
  for (const key of [...kept, 'after']) assert.equal(await contentOf(s3, key), contentOfKey(key))
  assert.equal(await warningsOf(life), '')
  for (const Key of [...kept, 'after']) await remove(Key)
  return life
}

/** What `/readyz` tells of a server that is ready. */
async function warningsOf({ s3 }: Life): Promise<string> {
  const { protocol, hostname, port } = (await s3.config.endpoint?.()) ?? assert.fail('no endpoint')
  const answer = await fetch(`${protocol}//${hostname}:${port}/readyz`)
  assert.equal(answer.status, 200)
  const { warnings = [] } = (await answer.json()) as { warnings?: readonly string[] }
  return warnings.join()
}

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
