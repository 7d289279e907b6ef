// A server in a process of its own, to be killed: `node child-server.ts <data folder>`. Prints one line of JSON when ready.
import { systemClock } from '../../../src/base/clock.ts'
import { startServer } from '../../../src/main.ts'

const dataFolder = process.argv[2] ?? ''
const startedMs = systemClock.monotonicMs()
const server = await startServer({ mode: 'start', port: 0, dataFolder })
process.stdout.write(
  `${JSON.stringify({ endpoint: server.endpoint, credentialsFile: server.credentialsFile, readyMs: systemClock.monotonicMs() - startedMs })}\n`,
)
process.on('SIGTERM', () => void server.close(5000).then(() => process.exit(0)))
