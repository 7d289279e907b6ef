// S3 through the whole server with the other real clients: Debian's awscli and boto3 (older wire formats: Content-MD5
// instead of trailing checksums, SigV2 presigned URLs), curl with --aws-sigv4, and a plain fetch of presigned URLs.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { REGION, type Served, serve } from './served.ts'

const Bucket = 'client-photos'
const AWS = '/usr/bin/aws'
const PYTHON = '/usr/bin/python3'
const CURL = '/usr/bin/curl'
let served: Served
let s3: S3Client

before(async () => {
  served = await serve()
  s3 = served.client()
  await s3.send(new CreateBucketCommand({ Bucket }))
})
after(() => served.close())

function needs(program: string, packageName: string): { readonly skip: string | false } {
  return { skip: existsSync(program) ? false : `${program} is not there: apt-get install ${packageName}` }
}

function aws(...args: string[]): Promise<string> {
  return served.runProgram(AWS, ['--endpoint-url', served.endpoint, ...args])
}

test('aws s3: mb, cp both ways, ls, sync, rm, rb', needs(AWS, 'awscli'), async () => {
  await aws('s3', 'mb', 's3://cli-photos')
  await writeFile(join(served.folder, 'big'), Buffer.alloc(20 * 1024 * 1024, 'big'))
  await mkdir(join(served.folder, 'tree/sub dir'), { recursive: true })
  await writeFile(join(served.folder, 'tree/a.txt'), 'a')
  await writeFile(join(served.folder, 'tree/sub dir/ä+b.txt'), 'b')
  await aws('s3', 'cp', 'big', 's3://cli-photos/big')
  await aws('s3', 'cp', 's3://cli-photos/big', 'big-again')
  const [sent, received] = await Promise.all(['big', 'big-again'].map((name) => readFile(join(served.folder, name))))
  assert.ok(sent && received?.equals(sent))
  await aws('s3', 'sync', 'tree', 's3://cli-photos/tree')
  assert.match(await aws('s3', 'ls', 's3://cli-photos'), /PRE tree\/[\s\S]*20971520 big/)
  assert.match(await aws('s3', 'ls', '--recursive', 's3://cli-photos/tree/'), /tree\/sub dir\/ä\+b\.txt/)
  assert.equal(await aws('s3', 'sync', 'tree', 's3://cli-photos/tree'), '')
  await aws('s3', 'sync', 's3://cli-photos/tree', 'tree-again')
  assert.equal(await readFile(join(served.folder, 'tree-again/sub dir/ä+b.txt'), 'utf8'), 'b')
  await aws('s3', 'cp', 's3://cli-photos/big', 's3://cli-photos/copy')
  await assert.rejects(aws('s3', 'rb', 's3://cli-photos'), /BucketNotEmpty/)
  await aws('s3', 'rm', '--recursive', 's3://cli-photos')
  await aws('s3', 'rb', 's3://cli-photos')
})

const BOTO3 = `
import os, io, boto3
from botocore.config import Config
from botocore.exceptions import ClientError
import urllib.request, urllib.error

def client(**options):
    return boto3.client('s3', endpoint_url=os.environ['ENDPOINT'], config=Config(s3={'addressing_style': 'path'}, **options))

def code(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode']
    return None

s3 = client()
s3.create_bucket(Bucket='boto-photos')
data = os.urandom(20 * 1024 * 1024)
s3.upload_fileobj(io.BytesIO(data), 'boto-photos', 'big', ExtraArgs={'Metadata': {'a': 'b'}, 'ContentType': 'image/x'})
head = s3.head_object(Bucket='boto-photos', Key='big')
assert head['ETag'].endswith('-3"'), head['ETag']
assert head['Metadata'] == {'a': 'b'} and head['ContentType'] == 'image/x'
back = io.BytesIO()
s3.download_fileobj('boto-photos', 'big', back)
assert back.getvalue() == data
assert s3.get_object(Bucket='boto-photos', Key='big', Range='bytes=8388600-8388615')['Body'].read() == data[8388600:8388616]

for key in ['a b+c', 'ä/ö', '../x', 'a//b', 'q"<&>']:
    s3.put_object(Bucket='boto-photos', Key='k/' + key, Body=key.encode())
    assert s3.get_object(Bucket='boto-photos', Key='k/' + key)['Body'].read() == key.encode()
    s3.copy_object(Bucket='boto-photos', Key='c/' + key, CopySource={'Bucket': 'boto-photos', 'Key': 'k/' + key})
listed = [item['Key'] for page in s3.get_paginator('list_objects_v2').paginate(Bucket='boto-photos', Prefix='k/', PaginationConfig={'PageSize': 2}) for item in page['Contents']]
assert sorted(listed) == sorted('k/' + key for key in ['a b+c', 'ä/ö', '../x', 'a//b', 'q"<&>']), listed
older = [item['Key'] for page in s3.get_paginator('list_objects').paginate(Bucket='boto-photos', Prefix='k/', PaginationConfig={'PageSize': 2}) for item in page['Contents']]
assert older == listed, older
deleted = s3.delete_objects(Bucket='boto-photos', Delete={'Objects': [{'Key': key} for key in listed]})
assert len(deleted['Deleted']) == 5, deleted

for version in ['s3', 's3v4']:
    signer = client(signature_version=version)
    put = signer.generate_presigned_url('put_object', Params={'Bucket': 'boto-photos', 'Key': 'presigned ' + version}, ExpiresIn=60)
    request = urllib.request.Request(put, data=version.encode(), method='PUT', headers={'Content-Type': ''})
    assert urllib.request.urlopen(request).status == 200
    get = signer.generate_presigned_url('get_object', Params={'Bucket': 'boto-photos', 'Key': 'presigned ' + version, 'ResponseContentType': 'a/b'}, ExpiresIn=60)
    answer = urllib.request.urlopen(get)
    assert answer.read() == version.encode() and answer.headers['Content-Type'] == 'a/b'
    try:
        urllib.request.urlopen(get.replace('presigned', 'tampered'))
        raise AssertionError('a tampered address was served')
    except urllib.error.HTTPError as error:
        assert error.code == 403, error.code

assert code(s3.get_object, Bucket='boto-photos', Key='nothing') == ('NoSuchKey', 404)
assert code(s3.head_object, Bucket='boto-photos', Key='nothing') == ('404', 404)
assert code(s3.get_object, Bucket='nothing-here', Key='k') == ('NoSuchBucket', 404)
assert code(s3.get_object, Bucket='boto-photos', Key='big', Range='bytes=99999999-') == ('InvalidRange', 416)
assert code(s3.get_object, Bucket='boto-photos', Key='big', IfNoneMatch=head['ETag']) == ('304', 304)
assert code(s3.put_object, Bucket='boto-photos', Key='k', Body=b'x', ContentMD5='AAAAAAAAAAAAAAAAAAAAAA==') == ('BadDigest', 400)
assert code(s3.delete_bucket, Bucket='boto-photos') == ('BucketNotEmpty', 409)
assert code(s3.put_object, Bucket='boto-photos', Key='k', Body=b'x', Metadata={'a': 'x' * 3000}) == ('MetadataTooLarge', 400)
assert code(s3.create_bucket, Bucket='boto-photos') is None
for algorithm in ['CRC32', 'SHA1', 'SHA256']:
    put = s3.put_object(Bucket='boto-photos', Key='sum', Body=b'123456789', ChecksumAlgorithm=algorithm)
    got = s3.get_object(Bucket='boto-photos', Key='sum', ChecksumMode='ENABLED')
    assert got['Body'].read() == b'123456789' and got['Checksum' + algorithm] == put['Checksum' + algorithm]
print('done')
`

test(
  'boto3: transfers in parts, listings, deletions, presigned SigV2 and SigV4, error codes',
  needs(PYTHON, 'python3-boto3'),
  async (context) => {
    const found = await served.runProgram(PYTHON, ['-c', 'import boto3']).catch(() => undefined)
    if (found === undefined) return context.skip('boto3 is not there: apt-get install python3-boto3')
    assert.equal(await served.runProgram(PYTHON, ['-'], BOTO3), 'done\n')
  },
)

function curl(...args: string[]): Promise<string> {
  const signed = ['--aws-sigv4', `aws:amz:${REGION}:s3`, '--user', `${served.accessKeyId}:${served.secretAccessKey}`]
  return served.runProgram(CURL, ['--silent', '--show-error', ...signed, ...args])
}

test('curl --aws-sigv4: put, get, range, head, delete', needs(CURL, 'curl'), async () => {
  const address = `${served.endpoint}/${Bucket}/curl.txt`
  const unsigned = ['-H', 'x-amz-content-sha256: UNSIGNED-PAYLOAD']
  assert.equal(
    await curl(...unsigned, '-X', 'PUT', '--data-binary', 'hello', '-H', 'content-type: text/plain', address),
    '',
  )
  assert.equal(await curl(...unsigned, address), 'hello')
  assert.equal(await curl(...unsigned, '-H', 'range: bytes=1-2', address), 'el')
  assert.match(
    await curl(...unsigned, '--head', address),
    /^HTTP\/1.1 200 [\s\S]*content-length: 5[\s\S]*content-type: text\/plain/i,
  )
  assert.equal(await curl(...unsigned, '-X', 'DELETE', '-o', '/dev/null', '-w', '%{http_code}', address), '204')
  assert.match(await curl(...unsigned, address), /<Code>NoSuchKey<\/Code>.*<Key>curl.txt<\/Key>/)
})

test('a body of unknown length is refused with what S3 says', needs(CURL, 'curl'), async () => {
  await writeFile(join(served.folder, 'some'), 'x'.repeat(100_000))
  const address = `${served.endpoint}/${Bucket}/chunked`
  const headers = ['-H', 'x-amz-content-sha256: UNSIGNED-PAYLOAD', '-H', 'Transfer-Encoding: chunked']
  assert.match(
    await curl(...headers, '-X', 'PUT', '--data-binary', '@some', address),
    /<Code>NotImplemented<\/Code>[\s\S]*Transfer-Encoding/,
  )
})

test('presigned URLs of the SDK in a plain fetch', async () => {
  const put = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: 'presigned/ä b' }), { expiresIn: 60 })
  const sent = await fetch(put, { method: 'PUT', body: 'hello' })
  assert.equal(sent.status, 200, await sent.text())
  const get = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'presigned/ä b' }), { expiresIn: 60 })
  const got = await fetch(get, { headers: { range: 'bytes=0-1' } })
  assert.deepEqual([got.status, await got.text(), got.headers.get('content-range')], [206, 'he', 'bytes 0-1/5'])
  assert.equal((await fetch(get.replace('X-Amz-Expires=60', 'X-Amz-Expires=61'))).status, 403)
  assert.equal((await fetch(get, { method: 'DELETE' })).status, 403)
})

test('malformed XML and wrong shapes are told from the handler’s own refusals', async () => {
  const signedPost = (query: string, body: string): Promise<string> =>
    curl(
      '-X',
      'POST',
      '-H',
      'content-type: application/xml',
      '-H',
      'x-amz-content-sha256: UNSIGNED-PAYLOAD',
      '--data-binary',
      body,
      `${served.endpoint}/${Bucket}?${query}`,
    )
  assert.match(await signedPost('delete=', '<Delete><Object>'), /<Code>MalformedXML<\/Code>/)
  assert.match(await signedPost('delete=', '<!DOCTYPE x [<!ENTITY a "b">]><Delete/>'), /<Code>MalformedXML<\/Code>/)
  assert.match(await signedPost('delete=', '<Delete><Object><Key>a</Key></Object></Delete>'), /Missing required header/)
})
