// A machine on which bubblewrap cannot run: functions run all the same, and everybody is told that they run with less
// isolation: whoever starts the server, asks the doctor, or looks at a function's configuration.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { folderWith, mayfly, RunningCommand } from './support/command.ts'

const HIDDEN = ['unshare', '--mount', 'sh', '-c', 'mount --bind /dev/null /usr/bin/bwrap && exec "$0" "$@"']
const skip = spawnSync('unshare', [...HIDDEN.slice(1), 'true']).status === 0 ? false : 'cannot hide bubblewrap here'

test('without a sandbox: announced at the start, by the doctor and in the configuration', { skip }, async (t) => {
  const folder = folderWith(t, { 'fn/index.mjs': "export const handler = async () => 'it runs'\n" })
  const data = `${folder}/data`
  const command = new RunningCommand(['dev', '--port', '0', '--data', data], {}, HIDDEN)
  t.after(async () => void (await command.end()))
  const [, endpoint = ''] = /ready on (\S+)/.exec(await command.line(/ready on /)) ?? []
  await command.errLine(/isolation tier C: functions run with less isolation than they could/)
  await command.errLine(/neither tier A nor B works here: .*bwrap.* To mend: Install bubblewrap/)

  const env = { MAYFLY_ENDPOINT: endpoint, MAYFLY_DATA: data }
  const doctor = await mayfly(['doctor', '--endpoint', endpoint], env)
  assert.match(doctor.out, /isolation +tier C/)
  assert.match(doctor.out, /warn +isolation +neither tier A nor B works here: .*\n +→ Install bubblewrap/)

  assert.equal((await mayfly(['deploy', `${folder}/fn`], env)).code, 0)
  assert.match((await mayfly(['invoke', 'fn', '-q'], env)).out, /"it runs"/)
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = new LambdaClient({ endpoint, region: 'us-east-1', credentials })
  const { State, StateReason } = await client.send(new GetFunctionConfigurationCommand({ FunctionName: 'fn' }))
  client.destroy()
  assert.equal(State, 'Active')
  assert.match(StateReason ?? '', /^Isolation tier C on this machine: neither tier A nor B works here/)
})
