// The memory of a real server while large objects go through it: bodies pass, and none of them is ever held.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { readKeys } from '../conformance/server-kit.ts'

const MB = 1024 * 1024
const OBJECT_MB = 64
const READERS = 8
/** Held bodies would be eight times 63 MB. */
const GROWTH_MB_MAX = 160
const Bucket = 'flat'

test('readers that stand still hold nothing in memory: whole objects, ranges, versions under encryption', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-flat-'))
  const program = fileURLToPath(new URL('object-server.ts', import.meta.url))
  const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true, force: true })
  })
  const s3 = await connect(child.stdout)
  t.after(() => s3.destroy())
  await s3.send(new CreateBucketCommand({ Bucket }))
  const Body = Buffer.alloc(OBJECT_MB * MB, 'mayfly ')
  await s3.send(new PutObjectCommand({ Bucket, Key: 'plain', Body }))
  await s3.send(new PutObjectCommand({ Bucket, Key: 'kms', Body, ServerSideEncryption: 'aws:kms' }))
  const asked = Array.from({ length: READERS }, (_, reader) => ({
    Bucket,
    Key: reader % 2 === 0 ? 'plain' : 'kms',
    ...(reader >= READERS / 2 && { Range: `bytes=${MB + reader}-` }),
  }))
  const before = await residentMb(child.pid)
  const answers = await Promise.all(asked.map((one) => s3.send(new GetObjectCommand(one))))
  let most = 0
  for (let look = 0; look < 10; look++) {
    await sleep(100)
    most = Math.max(most, await residentMb(child.pid))
  }
  for (const [reader, { Body: read }] of answers.entries()) {
    const bytes = Buffer.from((await read?.transformToByteArray()) ?? [])
    assert.ok(bytes.equals(Body.subarray(reader >= READERS / 2 ? MB + reader : 0)), `reader ${reader}`)
    most = Math.max(most, await residentMb(child.pid))
  }
  t.diagnostic(`from ${before} MB to ${most} MB`)
  assert.ok(most - before < GROWTH_MB_MAX, `from ${before} MB to ${most} MB`)
})

async function connect(stdout: NodeJS.ReadableStream): Promise<S3Client> {
  for await (const line of createInterface({ input: stdout })) {
    const { endpoint, credentialsFile } = JSON.parse(line) as { endpoint: string; credentialsFile: string }
    const credentials = await readKeys(credentialsFile)
    return new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true })
  }
  throw new Error('the server ended before it was ready')
}

async function residentMb(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024)
}
