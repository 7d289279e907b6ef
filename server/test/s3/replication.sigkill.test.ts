// A put that was acknowledged is replicated although the server was killed right after the acknowledgement.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as sdk from '@aws-sdk/client-s3'
import { eventually } from '../conformance/server-kit.ts'

const ROUNDS = 4
const PUTS = 5

interface Life {
  readonly process: ChildProcess
  readonly s3: sdk.S3Client
}

async function begin(folder: string): Promise<Life> {
  const script = fileURLToPath(new URL('../events/server-process.ts', import.meta.url))
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const endpoint = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
  })
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  return {
    process: child,
    s3: new sdk.S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true, maxAttempts: 1 }),
  }
}

async function end({ process: child, s3 }: Life): Promise<void> {
  s3.destroy()
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

test('acknowledged puts reach the other bucket over SIGKILL', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-replication-'))
  let life = await begin(join(folder, 'data'))
  try {
    for (const Bucket of ['from', 'into']) {
      await life.s3.send(new sdk.CreateBucketCommand({ Bucket }))
      await life.s3.send(new sdk.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
    }
    await life.s3.send(
      new sdk.PutBucketReplicationCommand({
        Bucket: 'from',
        ReplicationConfiguration: {
          Role: 'arn:aws:iam::000000000000:role/replicates',
          Rules: [{ Status: 'Enabled', Prefix: '', Destination: { Bucket: 'arn:aws:s3:::into' } }],
        },
      }),
    )
    const versions = new Map<string, string | undefined>()
    for (let round = 0; round < ROUNDS; round++) {
      const { s3 } = life
      await Promise.all(
        Array.from({ length: PUTS }, async (_, index) => {
          const Key = `k-${round}-${index}`
          const Body = Buffer.alloc(index % 2 === 0 ? 100 : 150_000, Key)
          const { VersionId } = await s3.send(new sdk.PutObjectCommand({ Bucket: 'from', Key, Body }))
          versions.set(Key, VersionId)
        }),
      )
      await end(life)
      life = await begin(join(folder, 'data'))
    }
    assert.equal(versions.size, ROUNDS * PUTS)
    for (const [Key, VersionId] of versions) {
      await eventually(`replication of ${Key}`, async () => {
        const { ReplicationStatus } = await life.s3.send(new sdk.HeadObjectCommand({ Bucket: 'from', Key }))
        return ReplicationStatus === 'COMPLETED' ? true : undefined
      })
      const got = await life.s3.send(new sdk.GetObjectCommand({ Bucket: 'into', Key }))
      assert.equal(got.VersionId, VersionId)
      assert.ok((await got.Body?.transformToString())?.startsWith(Key))
    }
  } finally {
    await end(life)
    await rm(folder, { recursive: true, force: true })
  }
})
