// What was acknowledged of identities survives SIGKILL: users and their keys, sessions, secrets, keys of the vault.
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { DecryptCommand, EncryptCommand, KMSClient, CreateKeyCommand } from '@aws-sdk/client-kms'
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readKeys } from '../conformance/server-kit.ts'

const SERVER = fileURLToPath(new URL('../conformance/crash/child-server.ts', import.meta.url))

async function start(folder: string) {
  const child: ChildProcess = spawn(process.execPath, [SERVER, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  if (child.stdout === null) throw new Error('no output')
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { endpoint, credentialsFile } = JSON.parse(line) as { endpoint: string; credentialsFile: string }
  const credentials = await readKeys(credentialsFile)
  return { child, sdk: { endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 } }
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

test('identities, sessions, keys and secrets survive SIGKILL; no secret is readable in the folder', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-identity-crash-'))
  const lives: ChildProcess[] = []
  t.after(async () => {
    for (const child of lives) if (child.exitCode === null && child.signalCode === null) await kill(child)
    await rm(folder, { recursive: true, force: true })
  })
  const first = await start(folder)
  lives.push(first.child)
  const iam = new IAMClient(first.sdk)
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'ssm:GetParameter', Resource: '*' }],
  })
  await iam.send(new CreateUserCommand({ UserName: 'u' }))
  await iam.send(new PutUserPolicyCommand({ UserName: 'u', PolicyName: 'p', PolicyDocument }))
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: 'u' }))
  const user = { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
  const { Credentials: session } = await new STSClient({ ...first.sdk, credentials: user }).send(
    new GetSessionTokenCommand({}),
  )
  const kms = new KMSClient(first.sdk)
  const { KeyMetadata: made } = await kms.send(new CreateKeyCommand({}))
  const { CiphertextBlob } = await kms.send(
    new EncryptCommand({ KeyId: made?.KeyId, Plaintext: Buffer.from('canary-kms-1') }),
  )
  await new SecretsManagerClient(first.sdk).send(new CreateSecretCommand({ Name: 's', SecretString: 'canary-sm-1' }))
  await new SSMClient(first.sdk).send(
    new PutParameterCommand({ Name: '/p', Value: 'canary-ssm-1', Type: 'SecureString' }),
  )
  await kill(first.child)

  const secrets = ['canary-kms-1', 'canary-sm-1', 'canary-ssm-1', user.secretAccessKey, session?.SecretAccessKey ?? 'x']
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const bytes = await readFile(join(entry.parentPath, entry.name))
    for (const secret of secrets) assert.ok(!bytes.includes(secret), `${entry.name} holds a secret`)
  }

  const second = await start(folder)
  lives.push(second.child)
  const credentials = {
    accessKeyId: session?.AccessKeyId ?? '',
    secretAccessKey: session?.SecretAccessKey ?? '',
    sessionToken: session?.SessionToken ?? '',
  }
  const who = await new STSClient({ ...second.sdk, credentials }).send(new GetCallerIdentityCommand({}))
  assert.equal(who.Arn, 'arn:aws:iam::000000000000:user/u')
  const parameter = await new SSMClient({ ...second.sdk, credentials: user }).send(
    new GetParameterCommand({ Name: '/p', WithDecryption: true }),
  )
  assert.equal(parameter.Parameter?.Value, 'canary-ssm-1')
  const secret = await new SecretsManagerClient(second.sdk).send(new GetSecretValueCommand({ SecretId: 's' }))
  assert.equal(secret.SecretString, 'canary-sm-1')
  const opened = await new KMSClient(second.sdk).send(new DecryptCommand({ CiphertextBlob }))
  assert.equal(Buffer.from(opened.Plaintext ?? []).toString(), 'canary-kms-1')
})
