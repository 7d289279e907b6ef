// A server in a process of its own, to be killed. Arguments: data folder, options of Lambda as JSON. Prints its endpoint.
import { startServer } from '../../src/main.ts'

const [dataFolder = '', lambda = '{}'] = process.argv.slice(2)
const server = await startServer({
  mode: 'dev',
  host: '127.0.0.1',
  port: 0,
  dataFolder,
  lambda: JSON.parse(lambda),
  readyCells: { node: { small: 1 } },
})
process.stdout.write(`${server.endpoint}\n`)
