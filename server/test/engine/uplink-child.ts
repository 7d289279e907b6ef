// A process of its own for uplink.test.ts: an engine with an instance that has a network, until it is killed.
import { EngineFixture } from './engine-fixture.ts'

const fixture = await EngineFixture.open({ ready: {} })
const version = fixture.node('exports.handler = async () => 1', { uplink: [], timeoutMs: 60_000 })
await fixture.result(version)
console.log('ready')
setInterval(() => {}, 1_000)
