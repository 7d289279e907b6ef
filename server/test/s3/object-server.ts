// A server in a process of its own, to be killed or to run out of disk. Argument: data folder. Prints endpoint and key file.
import { flushCompileCache } from 'node:module'
import { startServer } from '../../src/main.ts'

const [, , dataFolder = ''] = process.argv
const server = await startServer({ mode: 'start', host: '127.0.0.1', port: 0, dataFolder, readyCells: {} })
process.stdout.write(`${JSON.stringify({ endpoint: server.endpoint, credentialsFile: server.credentialsFile })}\n`)
// What is killed writes no cache at its end: the lives after this one start in half the time.
flushCompileCache()
