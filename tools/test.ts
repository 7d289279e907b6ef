// Runs the tests: every *.test.ts of the repository; the long ones (*.long.test.ts) only with --long. Arguments that do
// not start with a dash select files by a part of their path: `npm test -- storage`.
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const options = process.argv.slice(2)
const long = options.includes('--long')
const parts = options.filter((option) => !option.startsWith('--'))

// Tests that measure, or that kill and restart whole servers, run alone: beside others they would measure those.
const ALONE = /crash|sigkill|lifecycle|server-life/

const setup = spawnSync(process.execPath, ['tools/setup-machine.js', '--tests'], { cwd: root, stdio: 'inherit' })
if (setup.status !== 0) process.exit(1)

const files = globSync('{server,runtime,cli,console,examples,bench,tools}/**/*.test.ts', {
  cwd: root,
  exclude: (path) => path.includes('node_modules'),
})
  .filter((file) => file.endsWith('.long.test.ts') === long)
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
  .toSorted()
if (files.length === 0) {
  console.error('no test file matches')
  process.exit(2)
}

const together = files.filter((file) => !ALONE.test(file))
const alone = files.filter((file) => ALONE.test(file))
let failed = false
for (const [group, concurrency] of [
  [together, 2],
  [alone, 1],
] as const) {
  if (group.length === 0) continue
  const run = spawnSync(
    process.execPath,
    [
      '--test',
      `--test-concurrency=${concurrency}`,
      `--test-timeout=${long ? 3_600_000 : 300_000}`,
      '--test-reporter=spec',
      ...group,
    ],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  )
  if (run.status !== 0) failed = true
}
process.exit(failed ? 1 : 0)
