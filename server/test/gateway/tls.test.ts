// TLS on the port: certificates of the server's own authority and given ones, both HTTP versions, and the real clients, who
// are told whom to trust in their own ways.
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { connect as connectHttp2 } from 'node:http2'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { ManualClock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { openGivenCertificate, openOwnCertificates } from '#gateway/tls/certificates.ts'
import { CERTIFICATES_CHECKED_MS, LEAF_LIFE_MS } from '#gateway/tls/limits.ts'
import { type KeyPair, openLocalAuthority, type Sealer } from '#gateway/tls/local-authority.ts'
import { functionUrlAnswer } from '#services/lambda/function-url-settings.ts'
import { aws, openServer, REGION, type TestServer } from '../conformance/server-kit.ts'
import { raw } from './raw-client.ts'
import { closeServers, openServer as openPlainServer, runClient } from './running-server.ts'

let running: TestServer
let ca: string
let caFile: string
let folder: string
let port: number

/** As an SDK client is told whom to trust. */
function settings(endpoint = running.endpoint): TestServer['sdk'] & { readonly requestHandler: object } {
  return { ...running.sdk, endpoint, requestHandler: { httpsAgent: new Agent({ ca }) } }
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mayfly-tls-'))
  running = await openServer({ tls: true, readyCells: {} })
  ;({ port } = running.server)
  caFile = running.server.authorityFile ?? assert.fail('no authority')
  ca = await readFile(caFile, 'utf8')
  const s3 = new S3Client(settings())
  await s3.send(new CreateBucketCommand({ Bucket: 'vault' }))
  await s3.send(new PutObjectCommand({ Bucket: 'vault', Key: 'k', Body: 'over TLS' }))
})

after(async () => {
  await running[Symbol.asyncDispose]()
  await closeServers()
  await rm(folder, { recursive: true, force: true })
})

/** The outcome of a handshake: the protocol, or why there was none. */
async function handshake(options: ConnectionOptions): Promise<TLSSocket | string> {
  const socket = connect({ host: '127.0.0.1', port, ca, ...options })
  try {
    await once(socket, 'secureConnect')
    return socket
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

test('the endpoint says https, and so do the addresses that services give out', async () => {
  assert.equal(running.endpoint, `https://127.0.0.1:${port}`)
  const { QueueUrl: url } = await new SQSClient(settings()).send(new CreateQueueCommand({ QueueName: 'q' }))
  assert.ok(url?.startsWith(`https://127.0.0.1:${port}/`), url)
  const presigned = await getSignedUrl(new S3Client(settings()), new GetObjectCommand({ Bucket: 'vault', Key: 'k' }))
  const { stdout, stderr } = await runClient('curl', ['-sS', '--cacert', caFile, presigned])
  assert.equal(stdout, 'over TLS', stderr)
})

test('buckets in the host are served under certificates of their own names', async () => {
  const virtual = new S3Client({
    ...settings(`https://s3.${REGION}.localhost:${port}`),
    forcePathStyle: false,
    // Node resolves names below localhost to loopback by itself on few systems.
    requestHandler: {
      httpsAgent: new Agent({
        ca,
        lookup: (_name, _options, answer) => answer(null, [{ address: '127.0.0.1', family: 4 }]),
      }),
    },
  })
  const { Body } = await virtual.send(new GetObjectCommand({ Bucket: 'vault', Key: 'k' }))
  assert.equal(await Body?.transformToString(), 'over TLS')
  const named = await handshake({ servername: 'a.b.lambda-url.eu-west-1.localhost' })
  assert.ok(typeof named !== 'string')
  named.destroy()
})

test('the authority signs for no name that is not below the server’s', async () => {
  for (const servername of ['example.com', 'localhost.example.com', 'notlocalhost', 'x.127.0.0.1.nip.io'])
    assert.equal(await handshake({ servername }), 'ERR_TLS_CERT_ALTNAME_INVALID', servername)
})

test('aws:SecureTransport is true', async () => {
  const s3 = new S3Client(settings())
  const onlyInsecure = {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::vault/open/*',
    Condition: { Bool: { 'aws:SecureTransport': 'true' } },
  }
  const demand = {
    ...onlyInsecure,
    Resource: 'arn:aws:s3:::vault/*',
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [onlyInsecure, demand] })
  await s3.send(new PutBucketPolicyCommand({ Bucket: 'vault', Policy }))
  await s3.send(new PutObjectCommand({ Bucket: 'vault', Key: 'open/k', Body: '' }))
  assert.equal((await s3.send(new GetObjectCommand({ Bucket: 'vault', Key: 'k' }))).$metadata.httpStatusCode, 200)
  await assert.rejects(s3.send(new GetObjectCommand({ Bucket: 'vault', Key: 'open/k' })), { name: 'AccessDenied' })
})

test('awscli and boto3, told whom to trust', async () => {
  const told = await aws(running, ['--ca-bundle', caFile, 's3api', 'list-objects-v2', '--bucket', 'vault'])
  assert.match(told.stdout, /"Key": "k"/, told.stderr)
  const script = `
import boto3
s3 = boto3.client('s3', endpoint_url='${running.endpoint}')
s3.put_object(Bucket='vault', Key='python', Body=b'x' * 100000)
print(s3.head_object(Bucket='vault', Key='python')['ContentLength'])`
  const env = {
    AWS_ACCESS_KEY_ID: running.keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: running.keys.secretAccessKey,
    AWS_DEFAULT_REGION: REGION,
  }
  const believing = await runClient('/usr/bin/python3', ['-c', script], { env: { ...env, AWS_CA_BUNDLE: caFile } })
  assert.equal(believing.stdout.trim(), '100000', believing.stderr)
  const doubting = await runClient('/usr/bin/python3', ['-c', script], { env })
  assert.match(doubting.stderr, /certificate verify failed|CERTIFICATE_VERIFY_FAILED/)
})

test('HTTP/2 by ALPN, HTTP/1.1 without', async () => {
  const session = connectHttp2(running.endpoint, { ca })
  await once(session, 'connect')
  assert.equal(session.alpnProtocol, 'h2')
  const stream = session.request({ ':path': '/healthz' })
  const [head] = await once(stream, 'response')
  assert.equal((head as Record<string, unknown>)[':status'], 200)
  session.destroy()
  const { stdout } = await runClient('curl', [
    '-sS',
    '--http1.1',
    '-w',
    '%{http_version}',
    '--cacert',
    caFile,
    `${running.endpoint}/healthz`,
  ])
  assert.match(stdout, /1\.1$/)
})

test('old versions of TLS are refused; plain HTTP is told what the port speaks', async () => {
  // OpenSSL's own bound must be lowered to offer them at all.
  for (const version of ['TLSv1', 'TLSv1.1'] as const) {
    const outcome = await handshake({ minVersion: 'TLSv1', maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' })
    assert.ok(typeof outcome === 'string', version)
    assert.match(outcome, /^E(?:RR_SSL|CONNRESET|PROTO)/, version)
  }
  const modern = await handshake({ maxVersion: 'TLSv1.2' })
  assert.ok(typeof modern !== 'string')
  assert.equal(modern.getProtocol(), 'TLSv1.2')
  modern.destroy()
  const plain = await raw(port, { pieces: ['GET / HTTP/1.1\r\nhost: a\r\n\r\n'], waitMs: 2000 })
  assert.deepEqual([plain.statuses, plain.closed], [[400], true])
  assert.match(plain.text, /This port speaks TLS/)
})

test('handshakes that never end are cut off, byte by byte ones are taken', async (t) => {
  const opened = await openPlainServer({ mode: 'start', tls: true, limits: { headersTimeoutMs: 300 } })
  t.after(closeServers)
  const half = await raw(opened.server.port, {
    pieces: [Buffer.from([0x16, 3, 1, 0, 200, 1]).toString('latin1')],
    waitMs: 5000,
  })
  assert.ok(half.closed)
  const noise = await raw(opened.server.port, { pieces: [`\x16${'\x00'.repeat(2000)}`], waitMs: 5000 })
  assert.ok(noise.closed)
  const health = await runClient('curl', ['-sSk', `${opened.endpoint}/healthz`])
  assert.match(health.stdout, /ok/)
})

const sealer: Sealer = {
  seal: (_place, secret) => Buffer.from(secret).toString('base64'),
  tryOpen: (_place, box) => Buffer.from(box),
}

test('the authority outlives restarts, and its key is nobody’s who has the folder alone', async () => {
  const clock = new ManualClock(Date.now())
  const options = { folder: join(folder, 'authority'), sealer, clock }
  const first = await openLocalAuthority(options)
  assert.equal((await openLocalAuthority(options)).certificate, first.certificate)
  assert.equal((await stat(join(options.folder, 'ca.key'))).mode & 0o777, 0o600)
  await assert.rejects(openLocalAuthority({ ...options, sealer: { ...sealer, tryOpen: () => undefined } }), {
    name: 'OperatorError',
  })
  const text = await readFile(join(running.folder, 'data', 'tls', 'ca.key'), 'latin1')
  assert.doesNotMatch(Buffer.from(text, 'base64').toString('latin1') + text, /PRIVATE KEY|\x2a\x86\x48\xce\x3d/)
  // Near its end it is made anew.
  await clock.advance(9.5 * 365 * 86_400_000)
  assert.notEqual((await openLocalAuthority(options)).certificate, first.certificate)
})

test('own certificates are renewed before they end', async () => {
  const clock = new JumpingClock(Date.now())
  let issued = 0
  const authority = await openLocalAuthority({ folder: join(folder, 'renewing'), sealer, clock })
  const counting = {
    issue(names: readonly string[]): Promise<KeyPair> {
      issued++
      return authority.issue(names)
    },
  }
  const own = await openOwnCertificates({ authority: counting, names: ['localhost'], clock, log: recorder().log })
  const before_ = own.standard
  await own.contextFor('a.localhost')
  await own.contextFor('a.localhost')
  assert.equal(issued, 2)
  clock.jumpMs = LEAF_LIFE_MS - 20 * 86_400_000
  await clock.advance(CERTIFICATES_CHECKED_MS)
  await until(() => own.standard !== before_)
  await own.contextFor('a.localhost')
  assert.equal(issued, 4)
  own.close()
})

/** Whose time can jump without every timer on the way. */
class JumpingClock extends ManualClock {
  jumpMs = 0

  override nowMs(): number {
    return super.nowMs() + this.jumpMs
  }
}

interface Recorder {
  readonly log: Log
  readonly events: string[]
}

function recorder(): Recorder {
  const events: string[] = []
  const note = (event: string): void => void events.push(event)
  const log: Log = { debug: note, info: note, warn: note, error: note, with: () => log }
  return { log, events }
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !holds(); tries++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(holds())
}

test('given files: read again when they change, kept when what comes is broken', async () => {
  const clock = new JumpingClock(Date.now())
  const authority = await openLocalAuthority({ folder: join(folder, 'given'), sealer, clock })
  const paths = { certPath: join(folder, 'cert.pem'), keyPath: join(folder, 'key.pem') }
  const write = async ({ cert, key }: Pick<KeyPair, 'cert' | 'key'>): Promise<void> => {
    await writeFile(paths.certPath, cert)
    await writeFile(paths.keyPath, key)
  }
  const { log, events } = recorder()
  const first = await authority.issue(['localhost'])
  await write(first)
  const given = await openGivenCertificate({ ...paths, clock, log })
  const shown = given.standard
  await clock.advance(CERTIFICATES_CHECKED_MS)
  assert.equal(given.standard, shown)
  await write({ cert: first.cert, key: (await authority.issue(['other'])).key })
  await until(() => (void clock.advance(CERTIFICATES_CHECKED_MS), events.includes('the certificate stays as it is')))
  assert.equal(given.standard, shown)
  await write(await authority.issue(['localhost', 'more']))
  await until(() => (void clock.advance(CERTIFICATES_CHECKED_MS), events.includes('certificate replaced')))
  assert.notEqual(given.standard, shown)
  clock.jumpMs = LEAF_LIFE_MS - 10 * 86_400_000
  await until(() => (void clock.advance(CERTIFICATES_CHECKED_MS), events.includes('the certificate expires soon')))
  given.close()
})

test('settings that cannot be are told before anything listens', async () => {
  await writeFile(join(folder, 'no.pem'), 'nothing')
  const own = { certPath: join(folder, 'cert.pem'), keyPath: join(folder, 'key.pem') }
  const refused = (tlsCert?: string, tlsKey?: string): Promise<unknown> =>
    assert.rejects(
      openPlainServer({
        mode: 'start',
        ...(tlsCert !== undefined && { tlsCert }),
        ...(tlsKey !== undefined && { tlsKey }),
      }),
      { name: 'OperatorError' },
    )
  await refused(own.certPath)
  await refused(undefined, own.keyPath)
  await refused(join(folder, 'missing.pem'), own.keyPath)
  await refused(join(folder, 'no.pem'), own.keyPath)
  await refused(own.certPath, join(folder, 'no.pem'))
  await refused(caFile, own.keyPath)
  const opened = await openPlainServer({ mode: 'start', tlsCert: own.certPath, tlsKey: own.keyPath })
  assert.match(opened.endpoint, /^https:/)
  assert.equal(opened.server.authorityFile, undefined)
})

test('function URLs are told under the scheme that the caller used', () => {
  const record = {
    urlId: 'abc',
    account: '000000000000',
    region: REGION,
    functionName: 'f',
    alias: undefined,
    authType: 'NONE',
    cors: undefined,
    domain: 'localhost:4566',
    mode: 'buffered',
    createdMs: 0,
    modifiedMs: 0,
  } as const
  const http = { method: 'GET', url: '/', headers: {}, host: 'localhost', remoteAddress: '127.0.0.1' }
  const urlOf = (secure: boolean): string | undefined =>
    functionUrlAnswer(record, { http: { ...http, secure } }).FunctionUrl
  assert.equal(urlOf(true), `https://abc.lambda-url.${REGION}.localhost:4566/`)
  assert.equal(urlOf(false), `http://abc.lambda-url.${REGION}.localhost:4566/`)
})
