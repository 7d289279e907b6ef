// Everything that must hold before a commit, in the order of speed: format, lint, types, dead code, tests (architecture
// and tidy tests among them). `--static` leaves the tests out.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = (name: string): string => `${root}node_modules/.bin/${name}`

const steps: readonly (readonly [name: string, command: string, args: readonly string[]])[] = [
  ['format', bin('oxfmt'), ['--check']],
  ['lint', bin('oxlint'), ['--type-aware', '--deny-warnings']],
  ['types', bin('tsc'), ['--noEmit']],
  ['dead code', bin('knip'), []],
  ['tests', process.execPath, ['tools/test.ts']],
]

const onlyStatic = process.argv.includes('--static')
const failures: string[] = []
for (const [name, command, args] of steps) {
  if (onlyStatic && name === 'tests') continue
  console.log(`── ${name}`)
  if (spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status !== 0) failures.push(name)
}
console.log(failures.length === 0 ? 'verify: all holds' : `verify: failed: ${failures.join(', ')}`)
process.exit(failures.length === 0 ? 0 : 1)
