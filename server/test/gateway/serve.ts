// Runs a server as a process of its own: `node serve.ts <mode> <data folder>`. Prints the endpoint when it is ready.
import { runServer } from '#run.ts'

const [, , mode = 'start', dataFolder = ''] = process.argv
process.exitCode = await runServer({
  mode: mode === 'dev' ? 'dev' : 'start',
  port: 0,
  dataFolder,
  readyCells: {},
  onReady: (server) => process.stdout.write(`${server.endpoint}\n`),
})
