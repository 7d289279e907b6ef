// SIGKILL in the middle of changes: no change that was acknowledged lacks its record, and the chain still verifies.
import { CloudTrailClient, paginateLookupEvents } from '@aws-sdk/client-cloudtrail'
import { CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readKeys } from '../conformance/server-kit.ts'
import { mayfly } from '../conformance/mayfly.ts'

const SERVER = fileURLToPath(new URL('../conformance/crash/child-server.ts', import.meta.url))
const LIVES = 3
const CALLERS = 8
/** Acknowledged calls before each kill. */
const CALLS = 60

async function start(folder: string) {
  const child: ChildProcess = spawn(process.execPath, [SERVER, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  if (child.stdout === null) throw new Error('no output')
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { endpoint, credentialsFile } = JSON.parse(line) as { endpoint: string; credentialsFile: string }
  const credentials = await readKeys(credentialsFile)
  return { child, sdk: { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 } }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

test('no acknowledged change lacks its record after SIGKILL, and the chain verifies', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-audit-crash-'))
  const lives: ChildProcess[] = []
  t.after(async () => {
    for (const child of lives) await kill(child)
    await rm(folder, { recursive: true, force: true })
  })
  const acknowledged = new Set<string>()
  for (let life = 0; life < LIVES; life++) {
    const { child, sdk } = await start(folder)
    lives.push(child)
    const iam = new IAMClient(sdk)
    const sqs = new SQSClient(sdk)
    const ssm = new SSMClient(sdk)
    const enough = acknowledged.size + CALLS
    const change = async (name: string, turn: number) => {
      if (turn % 3 === 0) return iam.send(new CreateUserCommand({ UserName: name }))
      if (turn % 3 === 1) return sqs.send(new CreateQueueCommand({ QueueName: name }))
      return ssm.send(new PutParameterCommand({ Name: name, Value: 'v', Type: 'String' }))
    }
    const callers = Array.from({ length: CALLERS }, async (_, caller) => {
      for (let turn = 0; ; turn++) {
        try {
          const { $metadata } = await change(`n-${life}-${caller}-${turn}`, turn)
          acknowledged.add($metadata.requestId ?? '')
        } catch {
          // The server is gone: what was not acknowledged may have happened or not.
          return
        }
        if (acknowledged.size >= enough) child.kill('SIGKILL')
      }
    })
    await Promise.all(callers)
    await kill(child)
  }

  const { child, sdk } = await start(folder)
  lives.push(child)
  const recorded = new Set<string>()
  for await (const page of paginateLookupEvents({ client: new CloudTrailClient(sdk) }, {}))
    for (const { CloudTrailEvent: text = '' } of page.Events ?? []) recorded.add(JSON.parse(text).requestID)
  assert.ok(acknowledged.size >= LIVES * CALLS)
  assert.deepEqual(
    [...acknowledged].filter((id) => !recorded.has(id)),
    [],
  )
  const { status, stdout } = await mayfly(sdk, ['audit', 'verify', '--json'])
  assert.equal(status, 0)
  const [chain] = JSON.parse(stdout).chains
  assert.equal(chain.kind, 'intact')
  assert.ok(chain.records >= acknowledged.size)
})
