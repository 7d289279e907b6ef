import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { accountOf, findCredentials } from './credentials.ts'

const FILE = `# two keys
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = secret=with=signs
[other]
aws_access_key_id=123456789012
aws_secret_access_key=o
aws_session_token = t
[empty]
region = eu-west-1
`

function folderWithCredentials(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-credentials-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'credentials'), FILE)
  return folder
}

test('a key in the environment is used, with its token', () => {
  const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_SESSION_TOKEN: 'c', MAYFLY_DATA: '/nowhere' }
  const { accessKeyId, secretAccessKey, sessionToken } = findCredentials(undefined, env)
  assert.deepEqual([accessKeyId, secretAccessKey, sessionToken], ['a', 'b', 'c'])
})

test('a profile that was named wins over the environment', (t) => {
  const path = join(folderWithCredentials(t), 'credentials')
  const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_SHARED_CREDENTIALS_FILE: path }
  const found = findCredentials('other', env)
  assert.equal(found.sessionToken, 't')
  assert.equal(accountOf(found), '123456789012')
})

test('a profile that is not there, or without a key, is refused', (t) => {
  const env = { AWS_SHARED_CREDENTIALS_FILE: join(folderWithCredentials(t), 'credentials') }
  for (const profile of ['missing', 'empty'])
    assert.throws(() => findCredentials(profile, env), { code: 'MF1102', message: new RegExp(profile) })
})

test('without any of them the root key of the server on this machine is used, else test/test', (t) => {
  const folder = folderWithCredentials(t)
  const own = findCredentials(undefined, { MAYFLY_DATA: folder })
  assert.equal(own.accessKeyId, 'AKIADEFAULT')
  assert.equal(own.secretAccessKey, 'secret=with=signs')
  assert.equal(accountOf(own), '000000000000')
  assert.equal(findCredentials(undefined, { MAYFLY_DATA: join(folder, 'nothing') }).accessKeyId, 'test')
})
