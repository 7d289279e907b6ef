import assert from 'node:assert/strict'
import { test } from 'node:test'
import { terminalSettings } from './config.ts'
import { sayIsolation } from './server-host.ts'
import { Output } from './terminal/output.ts'

type Status = ReturnType<Parameters<typeof sayIsolation>[1]['engineStatus']>

function said({ tier, weaknesses }: Pick<Status, 'tier' | 'weaknesses'>): string {
  let text = ''
  const sink = { write: (part: string) => (text += part) }
  const output = new Output({ stdout: sink, stderr: sink, flags: {}, settings: terminalSettings({}, {}) })
  sayIsolation(output, { engineStatus: () => ({ tier, weaknesses }) })
  return text
}

test('a start says what is missing for the full isolation, and nothing when nothing is', () => {
  const weaknesses = [{ what: 'the server waits', mend: 'Start it in a group of its own' }]
  const lines = '  the server waits. To mend: Start it in a group of its own\n'
  assert.equal(said({ tier: 'A', weaknesses: [] }), '')
  assert.equal(said({ tier: 'A', weaknesses }), `isolation tier A: functions are isolated, but\n${lines}`)
  assert.equal(
    said({ tier: 'B', weaknesses }),
    `isolation tier B: functions run with less isolation than they could\n${lines}`,
  )
})
