// Debian's botocore as the judge of our codec: every operation of its models, with its own serializers and parsers. It
// shares no schema with the SDK that our models come from.
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const PYTHON = '/usr/bin/python3'
const judge = fileURLToPath(new URL('botocore_judge.py', import.meta.url))
const adapter = fileURLToPath(new URL('../../../tools/protocol-adapter.ts', import.meta.url))
const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Date.now() % 1_000_000)

interface Verdict {
  readonly botocore: string
  readonly cases: number
  readonly answers: number
  readonly different: readonly unknown[]
}

const missing = spawnSync(PYTHON, ['-c', 'import botocore']).status !== 0

test(
  `botocore reads what we write and we read what it writes (seed ${seed})`,
  { skip: missing && 'python3-botocore is not installed' },
  async (t) => {
    const { stdout } = await promisify(execFile)(PYTHON, [judge, String(seed), process.execPath, adapter], {
      maxBuffer: 64 * 1024 * 1024,
    })
    const verdict = JSON.parse(stdout) as Verdict
    t.diagnostic(`botocore ${verdict.botocore}: ${verdict.cases} cases`)
    assert.ok(verdict.cases > 4000)
    assert.equal(verdict.answers, verdict.cases)
    assert.deepEqual(verdict.different, [])
  },
)
