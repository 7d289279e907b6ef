// Tools that people point at a bucket and forget: they must work unchanged. rclone and s3fs from Debian's packages, aws s3
// with whole folders, and boto3's transfer manager with an object of many parts.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CreateBucketCommand, HeadObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import { eventually } from '../conformance/server-kit.ts'
import { REGION, type Served, serve } from './served.ts'

const AWS = '/usr/bin/aws'
const PYTHON = '/usr/bin/python3'
const RCLONE = '/usr/bin/rclone'
const S3FS = '/usr/bin/s3fs'
let served: Served
let s3: S3Client
let tree: string

before(async () => {
  served = await serve()
  s3 = served.client()
  for (const Bucket of ['rclone', 'recursive', 'transfer', 'mounted'])
    await s3.send(new CreateBucketCommand({ Bucket }))
  tree = join(served.folder, 'tree')
  await mkdir(join(tree, 'a folder/ünder'), { recursive: true })
  for (const [name, bytes] of Object.entries(FILES)) await writeFile(join(tree, name), Buffer.alloc(bytes, name))
})
after(() => served.close())

const FILES: Readonly<Record<string, number>> = {
  'empty.txt': 0,
  'small & strange+name.txt': 10,
  'a folder/medium.bin': 300_000,
  'a folder/ünder/large.bin': 12 * 1024 * 1024,
}

function needs(program: string, packageName: string): { readonly skip: string | false } {
  return { skip: existsSync(program) ? false : `${program} is not there: apt-get install ${packageName}` }
}

async function assertSameTree(found: string): Promise<void> {
  for (const name of Object.keys(FILES))
    assert.ok((await readFile(join(found, name))).equals(await readFile(join(tree, name))), name)
}

async function keysOf(Bucket: string): Promise<readonly (string | undefined)[]> {
  return ((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key }) => Key)
}

test('rclone copies, checks, lists, moves and empties', needs(RCLONE, 'rclone'), async () => {
  const remote = `:s3,provider=Other,env_auth=true,region=${REGION},endpoint="${served.endpoint}",force_path_style=true:rclone`
  const rclone = (...args: string[]): Promise<string> =>
    served.runProgram(RCLONE, [
      '--config',
      '/dev/null',
      '--retries',
      '1',
      '--s3-upload-cutoff',
      '5M',
      '--s3-chunk-size',
      '5M',
      ...args,
    ])
  await rclone('sync', 'tree', `${remote}/tree`)
  await rclone('check', '--download', 'tree', `${remote}/tree`)
  const listed = await rclone('lsf', '-R', '--files-only', `${remote}/tree`)
  assert.deepEqual(listed.trim().split('\n').toSorted(), Object.keys(FILES).toSorted())
  await rclone('copy', `${remote}/tree`, 'from-rclone')
  await assertSameTree(join(served.folder, 'from-rclone'))
  await rclone('moveto', `${remote}/tree/empty.txt`, `${remote}/tree/moved.txt`)
  await rclone('sync', 'tree', `${remote}/tree`)
  assert.deepEqual(new Set(await keysOf('rclone')), new Set(Object.keys(FILES).map((name) => `tree/${name}`)))
  await rclone('purge', `${remote}/tree`)
  assert.deepEqual(await keysOf('rclone'), [])
})

test('aws s3 cp --recursive and sync --delete', needs(AWS, 'awscli'), async () => {
  const aws = (...args: string[]): Promise<string> =>
    served.runProgram(AWS, ['--endpoint-url', served.endpoint, ...args])
  await aws('s3', 'cp', '--recursive', 'tree', 's3://recursive/tree')
  await aws('s3', 'cp', '--recursive', 's3://recursive/tree', 'from-aws')
  await assertSameTree(join(served.folder, 'from-aws'))
  await writeFile(join(served.folder, 'from-aws', 'new.txt'), 'new')
  await aws('s3', 'sync', 'from-aws', 's3://recursive/tree')
  await aws('s3', 'sync', '--delete', 'tree', 's3://recursive/tree')
  assert.deepEqual(new Set(await keysOf('recursive')), new Set(Object.keys(FILES).map((name) => `tree/${name}`)))
})

const TRANSFER = `
import boto3, os, hashlib
from botocore.config import Config
from boto3.s3.transfer import TransferConfig
s3 = boto3.client('s3', endpoint_url=os.environ['ENDPOINT'], config=Config(s3={'addressing_style': 'path'}))
piece = bytes(range(256)) * 4096
with open('hundred', 'wb') as file:
    for number in range(100):
        file.write(number.to_bytes(4, 'big') + piece[4:])
config = TransferConfig(multipart_threshold=8 << 20, multipart_chunksize=8 << 20, max_concurrency=4)
s3.upload_file('hundred', 'transfer', 'hundred', Config=config, ExtraArgs={'Metadata': {'made': 'by boto3'}})
head = s3.head_object(Bucket='transfer', Key='hundred')
assert head['ContentLength'] == 100 << 20, head
assert head['ETag'].endswith('-13"'), head['ETag']
assert head['Metadata'] == {'made': 'by boto3'}, head
s3.download_file('transfer', 'hundred', 'hundred-again', Config=config)
def digest(name):
    with open(name, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest() if hasattr(hashlib, 'file_digest') else hashlib.sha256(file.read()).hexdigest()
assert digest('hundred') == digest('hundred-again')
s3.copy({'Bucket': 'transfer', 'Key': 'hundred'}, 'transfer', 'copy', Config=config)
assert s3.head_object(Bucket='transfer', Key='copy')['ContentLength'] == 100 << 20
part = s3.get_object(Bucket='transfer', Key='hundred', PartNumber=13)
assert part['PartsCount'] == 13 and part['ContentLength'] == (100 << 20) - 12 * (8 << 20), part
assert part['ContentRange'].startswith('bytes %d-' % (12 * (8 << 20)))
print('done')
`

test('the transfer manager of boto3 moves 100 MB in parts', needs(PYTHON, 'python3-boto3'), async () => {
  assert.match(await served.runProgram(PYTHON, ['-'], TRANSFER), /done/)
  const whole = await s3.send(new HeadObjectCommand({ Bucket: 'transfer', Key: 'hundred' }))
  assert.equal(whole.ContentLength, 100 * 1024 * 1024)
})

function fuse(): string | false {
  if (!existsSync(S3FS)) return `${S3FS} is not there: apt-get install s3fs`
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
    return false
  } catch {
    return 'there is no /dev/fuse that may be used'
  }
}

test('s3fs mounts a bucket as a folder', { skip: fuse() }, async (t) => {
  const folder = join(served.folder, 'mount')
  await mkdir(folder)
  const passwords = join(served.folder, 'passwd-s3fs')
  await writeFile(passwords, `${served.accessKeyId}:${served.secretAccessKey}`, { mode: 0o600 })
  const options = [`passwd_file=${passwords}`, `url=${served.endpoint}`, 'use_path_request_style', `endpoint=${REGION}`]
  const mounting = spawn(S3FS, ['mounted', folder, '-f', ...options.flatMap((option) => ['-o', option])])
  let output = ''
  mounting.stdout.on('data', (text: Buffer) => (output += text.toString()))
  mounting.stderr.on('data', (text: Buffer) => (output += text.toString()))
  const ended = new Promise<void>((resolve) => mounting.once('exit', () => resolve()))
  t.after(async () => {
    await served.runProgram('/bin/umount', [folder]).catch(() => mounting.kill())
    await ended
  })
  const mounted = await eventually('the mount', async () => {
    if (mounting.exitCode !== null) return false
    return (await readFile('/proc/mounts', 'utf8')).includes(folder) ? true : undefined
  })
  // A container may have the device and still not be allowed to mount.
  if (!mounted) return t.skip(`s3fs cannot mount here: ${output.trim()}`)
  await mkdir(join(folder, 'sub'))
  await writeFile(join(folder, 'sub/file.txt'), 'written through a mount')
  assert.equal(await readFile(join(folder, 'sub/file.txt'), 'utf8'), 'written through a mount')
  assert.deepEqual(await readdir(join(folder, 'sub')), ['file.txt'])
  assert.ok((await keysOf('mounted')).includes('sub/file.txt'))
})
