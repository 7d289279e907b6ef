// A whole server that takes any credentials, as the queues of other emulators do, in a process of its own. The argument is
// its data folder, which stays when it ends. Prints where it listens.
import { runServer } from '../../server/src/run.ts'

const [dataFolder = ''] = process.argv.slice(2)
const status = await runServer({
  mode: 'dev',
  host: '127.0.0.1',
  port: 0,
  dataFolder,
  readyCells: {},
  onReady: ({ endpoint }) => process.stdout.write(`${endpoint}\n`),
})
process.exit(status)
