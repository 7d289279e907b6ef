// A put that was acknowledged is replicated although the server was killed right after the acknowledgement.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as sdk from '@aws-sdk/client-s3'
import { eventually } from '../conformance/server-kit.ts'
import { KillableServer } from '../events/killable-server.ts'

const ROUNDS = 4
const PUTS = 5

interface Life {
  readonly s3: sdk.S3Client
  end(): Promise<void>
}

async function begin(folder: string): Promise<Life> {
  const server = await KillableServer.start(folder, { region: 'us-east-1' })
  return { s3: server.client(sdk.S3Client), end: () => server.kill() }
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
      await life.end()
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
    await life.end()
    await rm(folder, { recursive: true, force: true })
  }
})
