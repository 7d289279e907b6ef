// A whole server, verifying signatures, in a process of its own and a fresh folder. Prints where it listens and where its
// root key lies. The argument bounds the instances of a function.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runServer } from '../../server/src/run.ts'

const dataFolder = await mkdtemp(join(tmpdir(), 'mayfly-bench-'))
const status = await runServer({
  mode: 'start',
  host: '127.0.0.1',
  port: 0,
  dataFolder,
  lambda: { concurrencyMax: Number(process.argv[2] ?? 1000) },
  onReady: ({ endpoint, credentialsFile }) =>
    process.stdout.write(`${JSON.stringify({ endpoint, credentialsFile })}\n`),
})
await rm(dataFolder, { recursive: true, force: true })
process.exit(status)
