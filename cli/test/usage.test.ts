// What the command says without any server.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { folderWith, mayfly } from './support/command.ts'

test('the version is there at once', async () => {
  await mayfly(['--version'])
  const runs = []
  const bareMs = []
  for (let count = 0; count < 5; count++) {
    runs.push(await mayfly(['--version']))
    const began = performance.now()
    execFileSync(process.execPath, ['--eval', '0'])
    bareMs.push(performance.now() - began)
  }
  const { code, out } = runs[0] ?? { code: 1, out: '' }
  assert.equal(code, 0)
  assert.match(out, /^\d+\.\d+\.\d+\n$/)
  // The promise is 80 ms on a quiet machine; this bound only catches something heavy that crept into the start. Where the
  // machine is busy, what counts is how long a Node without a program takes there.
  const [fastest, bare] = [Math.min(...runs.map(({ tookMs }) => tookMs)), Math.min(...bareMs)]
  assert.ok(fastest < Math.max(400, 8 * bare), `fastest of five: ${fastest.toFixed(0)} ms, bare ${bare.toFixed(0)} ms`)
})

test('version --json is one object with its schema version', async () => {
  const { code, out, err } = await mayfly(['version', '--json'])
  assert.equal(code, 0)
  const { schemaVersion, mayfly: version, node } = JSON.parse(out) as Record<string, unknown>
  assert.equal(schemaVersion, 1)
  assert.match(String(version), /^\d+\.\d+\.\d+$/)
  assert.equal(node, process.versions.node)
  assert.equal(err, '')
})

test('help is a result, for the whole and for each command', async () => {
  const { code, out } = await mayfly(['--help'])
  assert.equal(code, 0)
  for (const command of [
    'start',
    'dev',
    'deploy',
    'invoke',
    'logs',
    'mappings',
    'rules',
    'usage',
    'explain',
    'reset',
    'doctor',
    'version',
  ]) {
    assert.match(out, new RegExp(`^  ${command} `, 'm'))
    const help = await mayfly([command, '--help'])
    assert.equal(help.code, 0, command)
    assert.match(help.out, /--json/, command)
  }
  for (const group of ['audit', 'account', 'budget', 'webhook']) assert.match(out, new RegExp(`^  ${group} `, 'm'))
})

test('docs/cli.md names every command and every flag of it', async () => {
  const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')
  const rows = page.split('\n').filter((row) => row.startsWith('| `mayfly'))
  const rowOf = (command: string): string => {
    const name = command.replace(/ (\w+)$/, ' \\[?$1')
    const row = rows.find((one) => new RegExp(`\`mayfly ${name}\\b`).test(one))
    assert.ok(row !== undefined, `there is no row for mayfly ${command}`)
    return row
  }
  // What a row says by naming another one, and what is said below the table.
  const alike: Readonly<Record<string, readonly string[]>> = { dev: ['start', 'deploy'], doctor: ['start'] }
  const below = page.slice(page.indexOf('All take `--json`'), page.indexOf('## Exit codes'))
  const check = async (command: string): Promise<void> => {
    const { out } = await mayfly([...command.split(' '), '--help'])
    const inside = commandsIn(out)
    if (inside.length > 0) return void (await Promise.all(inside.map((one) => check(`${command} ${one}`))))
    const said = [rowOf(command), ...(alike[command] ?? []).map(rowOf), below].join('\n')
    for (const [, flag = ''] of out.matchAll(/^ +(?:-\w )? *\[?(--[a-z-]+)/gm))
      assert.match(said, new RegExp(`\`${flag}[\` ]`), `mayfly ${command} ${flag}`)
  }
  const commands = commandsIn((await mayfly(['--help'])).out)
  assert.ok(commands.length > 10)
  for (const command of commands) await check(command)
})

/** The names below COMMANDS of a help text. */
function commandsIn(help: string): readonly string[] {
  const [, list = ''] = help.split('\nCOMMANDS\n')
  return [...list.matchAll(/^ {2}(\w+) /gm)].map(([, name = '']) => name)
}

test('what is not understood ends with 2 and says what is meant', async () => {
  const cases: readonly [readonly string[], RegExp][] = [
    [['vresion'], /MF1001 — there is no command "vresion"\n {2}fix: Did you mean `?version`?\?/],
    [['version', '--jsno'], /MF1002 — there is no flag --jsno\n {2}fix: Did you mean --json\?/],
    [['invoke'], /MF1002 — .*function/],
    [['start', '--port', 'many'], /MF1002 — .*many is not a whole number from 0 to 65535/],
    [['deploy', '.', '--env', '1x'], /MF1002 — .*1x is not of the form NAME=value/],
    [['deploy', '.', '--memory', '64'], /MF1002 — .*64 is not a whole number from 128 to 10240/],
    [['invoke', 'f', '--payload', '{oops'], /MF1003 — the payload is not JSON/],
    [['logs', 'f', '--since', 'yesterdayish'], /MF1002 — --since yesterdayish/],
  ]
  for (const [args, message] of cases) {
    const { code, out, err } = await mayfly(args)
    assert.match(err, message, args.join(' '))
    assert.equal(code, 2, args.join(' '))
    assert.equal(out, '', args.join(' '))
  }
})

test('with --json a mistake is an object too', async () => {
  const { code, out } = await mayfly(['deploy', '--json'])
  assert.equal(code, 2)
  const { schemaVersion, error } = JSON.parse(out) as { schemaVersion: number; error: Record<string, unknown> }
  assert.equal(schemaVersion, 1)
  assert.equal(error['code'], 'MF1002')
  assert.equal(error['exitCode'], 2)
})

test('no server: 4, and how to start one', async () => {
  const endpoint = ['--endpoint', 'http://127.0.0.1:1']
  for (const args of [['invoke', 'f'], ['logs', 'f'], ['reset']]) {
    const { code, err } = await mayfly([...args, ...endpoint])
    assert.equal(code, 4, args.join(' '))
    assert.match(err, /MF2001 — no server answers at http:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\)/)
    assert.match(err, /fix: Start one with `mayfly start`/)
  }
})

test('settings that cannot be: 3', async () => {
  const bad = await mayfly(['invoke', 'f', '--endpoint', 'not a url'])
  assert.equal(bad.code, 3)
  assert.match(bad.err, /MF1101 — --endpoint is not an endpoint/)
  const profile = await mayfly(['invoke', 'f', '--profile', 'nobody'], {
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/c',
  })
  assert.equal(profile.code, 3)
  assert.match(profile.err, /MF1102/)
})

test('what is deployed must be there, must compile and must export its handler', async (t) => {
  const folder = folderWith(t, {
    'broken/index.ts':
      'export const a = 1\nexport const handler = (event: { n: number }) => {\n  return event.n +* 2\n}\n',
    'missing/index.ts': "import { thing } from './thing.ts'\n\nexport const handler = () => thing\n",
    'other/app.ts': 'export const handle = async () => 1\n',
    'two/a.ts': 'export const handler = () => 1\n',
    'two/b.ts': 'export const handler = () => 2\n',
    'empty/readme.txt': 'nothing to run\n',
  })
  const cases: readonly [string, number, RegExp][] = [
    ['nowhere', 5, /MF1201/],
    ['broken', 1, /MF1301 broken\/index\.ts:3:19 — [^\n]+\n[^]*> 3 \| {3}return event\.n \+\* 2\n {4}\| {19}\^/],
    ['missing', 1, /MF1302 missing\/index\.ts:1:23 — [^\n]*thing\.ts/],
    [
      'other',
      3,
      /MF1203 other\/app\.ts — "handler" is not exported\n {2}why: [^\n]*handle\.\n {2}fix: Did you mean handle\?/,
    ],
    ['two', 2, /MF1204 — two\/a\.ts and two\/b\.ts each export a handler/],
    ['empty', 3, /MF1202/],
  ]
  for (const [path, exit, message] of cases) {
    const { code, err } = await mayfly(['deploy', path, '-C', folder, '--endpoint', 'http://127.0.0.1:1'])
    assert.match(err, message, path)
    assert.equal(code, exit, path)
  }
})

test('colour is forced and forbidden by the environment', async () => {
  const escape = '\u001B['
  assert.ok((await mayfly(['nothing'], { FORCE_COLOR: '1' })).err.includes(escape))
  assert.ok(!(await mayfly(['nothing'], { FORCE_COLOR: '1', NO_COLOR: '1' })).err.includes(escape))
  assert.ok(!(await mayfly(['nothing', '--no-color'], { FORCE_COLOR: '1' })).err.includes(escape))
  assert.ok(!(await mayfly(['nothing'])).err.includes(escape))
})

test('doctor says one line for each thing it looks at, and 8 when something must be mended', async (t) => {
  const folder = folderWith(t, { file: '' })
  const well = await mayfly(['doctor', '--port', '1', '--data', `${folder}/data`, '--json'])
  const { ok, checks } = JSON.parse(well.out) as {
    ok: boolean
    checks: { name: string; status: string; mend?: string }[]
  }
  assert.equal(ok, true)
  assert.equal(well.code, 0)
  const names = new Set(checks.map(({ name }) => name))
  for (const name of ['node', 'python', 'port', 'data', 'disk', 'file watches', 'open files', 'server'])
    assert.ok(names.has(name), name)
  if (process.platform === 'linux') assert.ok(names.has('perl'))
  for (const { name, status, mend } of checks) assert.equal(mend === undefined, status === 'ok', name)

  const ill = await mayfly(['doctor', '--port', '1', '--data', `${folder}/file/data`])
  assert.equal(ill.code, 8)
  assert.match(ill.out, /^fail {2}data /m)
  assert.match(ill.err, /MF4003 — must be mended: data/)
})
