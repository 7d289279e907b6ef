// A cell's ways out are made when it first goes one of them: to the API, and to the egress proxy.
import assert from 'node:assert/strict'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { FunctionVersion } from '#engine/engine.ts'
import { describeOutcome, type EngineFixture, withEngine } from './engine-fixture.ts'

/** Connections of functions to the API are answered with what they say. */
const ECHO = { acceptSocket: (socket: NodeJS.ReadWriteStream) => void socket.pipe(socket) }

/** Says something to the API on so many connections at once, and gives what comes back. */
const NODE = `const { connect } = require('node:net')
const say = (port, text) => new Promise((resolve, reject) => {
  const socket = connect(port, '127.0.0.1', () => socket.write(text))
  socket.on('data', (bytes) => (socket.destroy(), resolve(String(bytes)))).on('error', reject)
    .on('close', () => reject(new Error('closed')))
})
exports.handler = ({ count, port }) =>
  Promise.all(Array.from({ length: count }, (_, n) => say(port ?? new URL(process.env.AWS_ENDPOINT_URL).port, 'hello ' + n)))`

const PYTHON = `import os, socket
from urllib.parse import urlsplit

def handler(event, context):
    port = event.get("port") or urlsplit(os.environ["AWS_ENDPOINT_URL"]).port
    opened = [socket.create_connection(("127.0.0.1", port), 20) for _ in range(event["count"])]
    for n, connection in enumerate(opened):
        connection.sendall(b"hello %d" % n)
    return [connection.recv(100).decode() for connection in opened]
`

const RUNTIMES: Readonly<Record<string, (fixture: EngineFixture) => FunctionVersion>> = {
  node: (fixture) => fixture.node(NODE, { timeoutMs: 30_000 }),
  python: (fixture) => fixture.python(PYTHON, { handler: 'index.handler', timeoutMs: 30_000 }),
}

/** The usual port of a proxy. */
const PROXY_PORT = 3128

for (const [runtime, versionOf] of Object.entries(RUNTIMES))
  for (const tier of ['A', 'C'] as const)
    test(`${runtime} in tier ${tier}: a door is made when the cell first goes through it`, () =>
      withEngine({ ...ECHO, ...(tier === 'C' && { tierMaximum: tier }) }, async (fixture) => {
        const version = versionOf(fixture)
        const { outcome } = await fixture.invoke(version, { count: 0 })
        assert.ok(outcome.kind === 'result', describeOutcome(outcome))
        const doors = join(fixture.folder, 'cells', outcome.metering.instance, 'doors')
        assert.equal(fixture.engine.status().tier, tier)
        assert.deepEqual(readdirSync(doors), [])
        const expected = ['hello 0', 'hello 1', 'hello 2', 'hello 3']
        assert.deepEqual(await fixture.result(version, { count: 4 }), expected)
        assert.deepEqual(readdirSync(doors), ['api.sock'])
        assert.deepEqual(await fixture.result(version, { count: 4 }), expected)
        if (tier === 'C') return
        // The proxy answers what is no request.
        await fixture.result(version, { count: 1, port: PROXY_PORT }).catch(() => {})
        assert.deepEqual(readdirSync(doors).toSorted(), ['api.sock', 'egress.sock'])
      }))

test('an instance whose door cannot be opened ends, and the next one is whole', () =>
  withEngine(ECHO, async (fixture) => {
    const version = fixture.node(NODE, { timeoutMs: 30_000 })
    const { outcome } = await fixture.invoke(version, { count: 0 })
    assert.ok(outcome.kind === 'result', describeOutcome(outcome))
    rmSync(join(fixture.folder, 'cells', outcome.metering.instance, 'doors'), { recursive: true })
    const broken = await fixture.invoke(version, { count: 1 })
    assert.equal(broken.outcome.kind, 'exit')
    assert.match(broken.lines.join('\n'), /MAYFLY ERROR: a way out of the sandbox could not be opened: Error: ENOENT/)
    assert.deepEqual(await fixture.result(version, { count: 1 }), ['hello 0'])
  }))
