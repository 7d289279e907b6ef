// A server as a process and as an object: how it starts, what it says of itself, what it refuses, and how it ends.
import { CreateBucketCommand, ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { OperatorError } from '#base/errors.ts'
import { resolveConfig } from '#config.ts'
import { startServer } from '#main.ts'
import { closeServers, openServer, runClient } from './running-server.ts'

after(closeServers)

async function folder(t: TestContext): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'mayfly-life-'))
  t.after(() => rm(made, { recursive: true, force: true }))
  return made
}

function client(endpoint: string, accessKeyId = 'test', secretAccessKey = 'test'): S3Client {
  return new S3Client({ endpoint, region: 'us-east-1', maxAttempts: 1, credentials: { accessKeyId, secretAccessKey } })
}

test('settings: option, then environment, then default; what cannot be is refused with a hint', () => {
  const env = { MAYFLY_HOST: '127.0.0.2', MAYFLY_PORT: '1234', MAYFLY_DATA: '/data/env', HOME: '/home/u' }
  assert.partialDeepStrictEqual(resolveConfig({}, env), {
    mode: 'start',
    enforce: true,
    host: '127.0.0.2',
    port: 1234,
    dataFolder: '/data/env',
    master: { kind: 'file', path: '/data/env/master.key', mayMake: true },
  })
  const options = { mode: 'dev', host: '127.0.0.1', port: 1, dataFolder: '/data/option' } as const
  assert.partialDeepStrictEqual(resolveConfig(options, env), { ...options, enforce: false })
  const key = Buffer.alloc(32).toString('hex')
  assert.deepEqual(resolveConfig({}, { MAYFLY_MASTER_KEY: key }).master, { kind: 'given', text: key })
  assert.equal(resolveConfig({}, {}).port, 4566)
  assert.equal(resolveConfig({}, {}).host, '127.0.0.1')
  assert.equal(resolveConfig({}, { XDG_DATA_HOME: '/x' }).dataFolder, '/x/mayfly')
  assert.equal(resolveConfig({}, { MAYFLY_HOME: '/m' }).dataFolder, '/m/data')
  const refused = (run: () => unknown): void =>
    assert.throws(run, (error) => error instanceof OperatorError && error.hint !== '')
  refused(() => resolveConfig({}, { MAYFLY_PORT: 'abc' }))
  refused(() => resolveConfig({}, { MAYFLY_MASTER_PASSPHRASE: 'short' }))
  refused(() => resolveConfig({}, { MAYFLY_MASTER_KEY: key, MAYFLY_MASTER_KEY_FILE: '/k' }))
  refused(() => resolveConfig({ port: 65_536 }, {}))
  refused(() => resolveConfig({ mode: 'dev', host: '0.0.0.0' }, {}))
  refused(() => resolveConfig({ mode: 'dev' }, { MAYFLY_HOST: '10.0.0.1' }))
  assert.equal(resolveConfig({ mode: 'start', host: '0.0.0.0' }, {}).host, '0.0.0.0')
})

test('dev takes any key, an account by its number, and resets in less than 20 ms', async () => {
  const { endpoint } = await openServer({ mode: 'dev' })
  const mine = client(endpoint)
  const other = client(endpoint, '123456789012', 'whatever')
  await mine.send(new CreateBucketCommand({ Bucket: 'mine' }))
  await other.send(new CreateBucketCommand({ Bucket: 'other' }))
  const namesOf = async (s3: S3Client): Promise<(string | undefined)[]> =>
    ((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).map((bucket) => bucket.Name)
  assert.deepEqual(await namesOf(mine), ['mine'])
  assert.deepEqual(await namesOf(other), ['other'])
  assert.equal((await fetch(endpoint)).status, 200)
  for (let index = 0; index < 20; index++)
    await mine.send(new PutObjectCommand({ Bucket: 'mine', Key: `k${index}`, Body: Buffer.alloc(200_000, index) }))
  // What a request costs that asks for nothing, at this moment; on a busy machine it is the measure.
  const floorMs = async (): Promise<number> => {
    const startMs = performance.now()
    await (await fetch(`${endpoint}/livez`)).text()
    return performance.now() - startMs
  }
  const rounds: { readonly tookMs: number; readonly mayMs: number }[] = []
  for (let round = 0; round < 9; round++) {
    await mine.send(new CreateBucketCommand({ Bucket: `again${round}` }))
    const before = await floorMs()
    const startMs = performance.now()
    const answer = await fetch(`${endpoint}/_mayfly/reset`, { method: 'POST' })
    const tookMs = performance.now() - startMs
    assert.equal(answer.status, 200)
    await answer.text()
    rounds.push({ tookMs, mayMs: Math.max(RESET_MS_MAX, RESET_REQUESTS_MAX * Math.max(before, await floorMs())) })
    assert.deepEqual(await namesOf(mine), [])
  }
  const held = rounds.filter(({ tookMs, mayMs }) => tookMs < mayMs)
  const text = rounds.map(({ tookMs, mayMs }) => `${tookMs.toFixed(1)} of ${mayMs.toFixed(1)}`).join()
  assert.ok(held.length > rounds.length / 2, `${text} ms`)
})

const RESET_MS_MAX = 20
/** A reset is no more than so many requests that ask for nothing. */
const RESET_REQUESTS_MAX = 10

test('control routes are for local callers, health is for everyone, and neither is for cells or buckets', async () => {
  const dev = await openServer({ mode: 'dev' })
  const port = dev.server.port
  const status = async (path: string, args: readonly string[] = []): Promise<string> =>
    (
      await runClient('curl', [
        '-s',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        ...args,
        `http://127.0.0.1:${port}${path}`,
      ])
    ).stdout
  const post = ['-X', 'POST']
  assert.equal(await status('/_mayfly/reset', [...post, '-H', 'Host: evil.example']), '403')
  assert.equal(await status('/_mayfly/reset', [...post, '-H', 'Origin: http://evil.example']), '403')
  assert.equal(await status('/_mayfly/reset', [...post, '-H', 'Sec-Fetch-Site: cross-site']), '403')
  assert.equal(await status('/_mayfly/reset'), '404')
  assert.equal(await status('/_mayfly/reset', post), '200')
  assert.equal(await status('/_mayfly/nothing'), '404')
  assert.equal(await status('/_mayfly/..%2f..%2fpackage.json'), '404')
  assert.equal(await status('/_mayfly/../package.json', ['--path-as-is']), '404')
  assert.equal(await status('/_mayfly/package.json.ts'), '404')
  for (const path of ['/healthz', '/livez', '/readyz', '/_mayfly/health', '/_localstack/health'])
    assert.equal(await status(path, ['-H', 'Host: mayfly.example']), '200', path)
  assert.equal(await status('/', ['-H', 'Accept: text/html,*/*']), '302')
  assert.equal(await status('/_mayfly/'), (await consolePageExists()) ? '200' : '404')
  assert.equal(await status('/some-bucket', ['-H', 'Origin: https://evil.example']), '403')
  assert.equal(await status('/some-bucket', ['-H', 'Origin: http://localhost:3000']), '404')
  assert.equal(await status('/some-bucket', ['-H', 'Host: rebound.example:4566']), '403')
  assert.equal(await status('/some-bucket', ['-H', 'Host: s3.us-east-1.amazonaws.com']), '404')
  // Below a bucket's host every path is a key.
  assert.equal(await status('/_mayfly/health', ['-H', 'Host: some-bucket.s3.mayfly.localhost']), '404')
  for (const bucket of ['_mayfly', '%5Fmayfly', '_localstack'])
    assert.match(await status(`/${bucket}`, ['-X', 'PUT']), /^40[0345]$/, bucket)
  const health = (await (await fetch(`${dev.endpoint}/_mayfly/health`)).json()) as { services: Record<string, string> }
  assert.equal(health.services['s3'], 'running')
  assert.equal(health.services['kinesis'], 'not implemented')
  const stranger = await runClient('curl', [
    '-s',
    '-H',
    'Host: mayfly.example',
    `http://127.0.0.1:${port}/_mayfly/health`,
  ])
  assert.ok('engine' in health && !('engine' in JSON.parse(stranger.stdout)))
  const start = await openServer({ mode: 'start' })
  assert.equal((await fetch(`${start.endpoint}/_mayfly/reset`, { method: 'POST' })).status, 404)
})

async function consolePageExists(): Promise<boolean> {
  return (await readdir(fileURLToPath(new URL('../../../console/', import.meta.url)))).includes('index.html')
}

test('the second server on a folder or a port is told who has it', async (t) => {
  const dataFolder = await folder(t)
  const first = await startServer({ port: 0, dataFolder, readyCells: {} })
  t.after(() => first.close(100))
  await assert.rejects(startServer({ port: 0, dataFolder, readyCells: {} }), (error) => {
    assert.ok(error instanceof OperatorError)
    assert.ok(error.message.includes(dataFolder) && error.message.includes(`process ${process.pid}`), error.message)
    return true
  })
  const second = startServer({ port: first.port, dataFolder: await folder(t), readyCells: {} })
  await assert.rejects(second, (error) => error instanceof OperatorError && /in use/.test(error.message))
  // The refused ones left nothing open: the first still works and the folder can be had after it.
  assert.equal((await fetch(`${first.endpoint}/readyz`)).status, 200)
  await first.close(100)
  const again = await startServer({ port: 0, dataFolder, readyCells: {} })
  await again.close(100)
  await again.close(100)
})

async function runProcess(dataFolder: string): Promise<{ child: ChildProcess; endpoint: string }> {
  const script = fileURLToPath(new URL('serve.ts', import.meta.url))
  const child = spawn(process.execPath, [script, 'start', dataFolder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, endpoint: line.toString().trim() }
}

test('SIGTERM drains and exits 0; what was acknowledged is there after the next start', async (t) => {
  const dataFolder = await folder(t)
  const { child, endpoint } = await runProcess(dataFolder)
  const idle = connect(Number(new URL(endpoint).port), '127.0.0.1')
  idle.on('error', () => {})
  await once(idle, 'connect')
  assert.equal((await stat(join(dataFolder, 'credentials'))).mode & 0o777, 0o600)
  const startMs = performance.now()
  child.kill('SIGTERM')
  const [status, signal] = (await once(child, 'exit')) as [number | null, string | null]
  assert.deepEqual([status, signal], [0, null])
  assert.ok(performance.now() - startMs < 5000)
  assert.deepEqual((await readdir(dataFolder)).includes('mayfly.pid'), false)
  const next = await startServer({ port: 0, dataFolder, readyCells: {} })
  await next.close(100)
})
