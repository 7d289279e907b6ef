// Cells whose root is a container image: the program of the image, what it sees, and what it cannot do. The image holds one
// static program and nothing else, so whatever a cell needs beside it is Mayfly's own.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { OperatorError } from '#base/errors.ts'
import type { CodePackage, FunctionVersion, RootProgram } from '#engine/engine.ts'
import { buildProgram, skipImages } from '../images/program.ts'
import { describeOutcome, documentOf, EngineFixture, until, withEngine } from './engine-fixture.ts'

let fixture: EngineFixture
let program: Buffer
let nextId = 0
before(async () => {
  if (skipImages !== false) return
  program = buildProgram()
  fixture = await EngineFixture.open({ ready: { node: { small: 1 } } })
})
after(async () => {
  if (skipImages === false) assert.deepEqual(await fixture.close(), [])
})

/** An image with the program at /program, and what `more` adds. */
function imageOf(more: (root: string) => void = () => {}): CodePackage {
  return {
    id: (++nextId).toString(16).padStart(64, '0'),
    size: program.length,
    async unpack(root) {
      writeFileSync(join(root, 'program'), program, { mode: 0o755 })
      mkdirSync(join(root, 'work'))
      more(root)
    },
  }
}

function version(
  code: CodePackage,
  root: Partial<RootProgram> = {},
  overrides: Partial<FunctionVersion> = {},
): FunctionVersion {
  const wanted = { entryPoint: ['/program'], workingDirectory: '/', ...root }
  return fixture.version({}, { runtime: 'custom', code, root: wanted, ...overrides })
}

const images = { skip: skipImages }

test('the program of an image answers, with its arguments, folder and variables', images, async () => {
  const started = version(
    imageOf(),
    { entryPoint: ['program', 'one', 'two'], workingDirectory: '/work' },
    { environment: { PATH: '/nowhere:/', COLOUR: 'green' } },
  )
  const lines = String(await fixture.result(started)).split('\n')
  assert.deepEqual(lines, [
    '/work /program one two',
    'PATH=/nowhere:/',
    'COLOUR=green',
    'LAMBDA_TASK_ROOT=/var/task',
    'LC_ALL=(none)',
    'HOME=/tmp',
  ])
  assert.deepEqual(fixture.background, ['the program begins'])
})

test('it sees the image and nothing of the machine, and writes only to /tmp', images, async () => {
  const one = version(
    imageOf((root) => {
      writeFileSync(join(root, 'own'), 'of the image')
      mkdirSync(join(root, 'etc'))
      symlinkSync('/etc/shadow', join(root, 'shadow'))
      symlinkSync('../../../../../../etc/shadow', join(root, 'climbing'))
      symlinkSync('/run/host', join(root, 'etc/hosts'))
      writeFileSync(join(root, 'etc/ld.so.preload'), '/evil.so')
      chmodSync(join(root, 'program'), 0o6755)
    }),
  )
  const does = (what: string, path: string) => fixture.result(one, { do: what, path })
  assert.equal(await does('read', '/own'), 'of the image')
  assert.equal(
    String(await does('list', '/'))
      .trim()
      .split(' ')
      .sort()
      .join(' '),
    'climbing dev etc own proc program run shadow tmp work',
  )
  for (const path of ['/shadow', '/climbing', '/etc/shadow', '/usr/bin/env', '/etc/ld.so.preload'])
    assert.equal(await does('read', path), 'ENOENT', path)
  assert.match(String(await does('read', '/etc/hosts')), /^127\.0\.0\.1 localhost/)
  for (const path of ['/new', '/own', '/etc/hosts', '/run/mayfly/new', '/dev/new'])
    assert.match(String(await does('write', path)), /^(EROFS|EACCES)$/, path)
  assert.equal(await does('write', '/tmp/new'), 'written')
  assert.equal(await does('mode', '/program'), '100755')
  const { kind } = (await fixture.invoke(one, { do: 'exit' })).outcome
  assert.equal(kind, 'exit')
})

test('the system calls of an image are filtered and told, as everywhere', images, async () => {
  const one = version(imageOf())
  const { outcome, lines } = await fixture.invoke(one, { do: 'mount' })
  assert.equal(describeOutcome(outcome), 'result: "EPERM"')
  await until(() => [...lines, ...fixture.background].some((line) => /MAYFLY BLOCKED system-call: mount/.test(line)))
})

test('what cannot be started is told as AWS tells it', images, async () => {
  const image = imageOf((root) => {
    writeFileSync(join(root, 'plain'), 'text')
    writeFileSync(join(root, 'script'), 'no program', { mode: 0o755 })
  })
  const cases: [Partial<RootProgram>, string, RegExp][] = [
    [{ entryPoint: ['/missing'] }, 'InvalidEntrypoint', /fork\/exec \/missing: no such file or directory/],
    [{ entryPoint: ['/plain'] }, 'InvalidEntrypoint', /fork\/exec \/plain: permission denied/],
    [{ entryPoint: ['/work'] }, 'InvalidEntrypoint', /fork\/exec \/work: permission denied/],
    [{ entryPoint: ['missing'] }, 'InvalidEntrypoint', /exec: "missing": executable file not found in \$PATH/],
    [{ entryPoint: ['/script'] }, 'InvalidEntrypoint', /fork\/exec \/script: exec format error/],
    [{ entryPoint: [] }, 'InvalidEntrypoint', /names no program/],
    [{ workingDirectory: '/missing' }, 'InvalidWorkingDir', /chdir \/missing: no such file or directory/],
  ]
  for (const [root, type, message] of cases) {
    const { outcome } = await fixture.invoke(version(image, root))
    assert.equal(outcome.kind, 'init-error', describeOutcome(outcome))
    const document = documentOf(outcome)
    assert.equal(document['errorType'], `Runtime.${type}`)
    assert.match(String(document['errorMessage']), message)
  }
  assert.ok(
    fixture.background.some((line) =>
      /^IMAGE\tLaunch error: fork\/exec \/missing: .*\tEntrypoint: \[\/missing\]\tWorkingDir: \[\/\]$/.test(line),
    ),
  )
})

test('cells of one image share its files; those nobody waits for do not stay', images, async () => {
  const image = imageOf()
  const one = version(image)
  await Promise.all([1, 2, 3].map(() => fixture.invoke(one)))
  const { instances } = fixture.engine.status()
  assert.ok(instances >= 2)
  fixture.engine.retire(one.id)
  // One ready cell of Node.js is all that is left, once what was booting is done with that.
  const cells = (): number => readdirSync(join(fixture.folder, 'cells')).length
  await until(() => cells() <= 1 + fixture.engine.status().instances)
  assert.ok(existsSync(join(fixture.folder, 'images/live', image.id, 'root/program')))
})

test('an image with a libc and a script of its own runs, as those of AWS do', images, async (t) => {
  const libraries = execFileSync('/usr/bin/ldd', ['/bin/sh'], { encoding: 'utf8' }).match(/\/\S+/g) ?? []
  if (libraries.length === 0) return t.skip('the shell of this machine has no libraries')
  const one = version(
    imageOf((root) => {
      for (const path of ['/bin/sh', ...libraries]) {
        mkdirSync(join(root, dirname(path)), { recursive: true })
        copyFileSync(path, join(root, path))
      }
      writeFileSync(join(root, 'lambda-entrypoint.sh'), '#!/bin/sh\nexec /program "of $0" "$@"\n', { mode: 0o755 })
    }),
    { entryPoint: ['/lambda-entrypoint.sh', 'app.handler'] },
  )
  assert.match(String(await fixture.result(one)), /^\/ \/program of \/lambda-entrypoint\.sh app\.handler\n/)
})

test('an extension of an image that cannot be started is told as AWS tells it', images, async () => {
  const one = version(
    imageOf((root) => {
      mkdirSync(join(root, 'opt/extensions'), { recursive: true })
      writeFileSync(join(root, 'opt/extensions/broken'), program, { mode: 0o644 })
    }),
  )
  const { outcome } = await fixture.invoke(one)
  assert.equal(documentOf(outcome)['errorType'], 'Extension.LaunchError', describeOutcome(outcome))
})

test('an image that cannot be a root is refused, with the reason, and leaves nothing', images, async () => {
  const refused: [(root: string) => void, RegExp][] = [
    [(root) => symlinkSync('/elsewhere', join(root, 'tmp')), /\/tmp must be a folder/],
    [(root) => symlinkSync('/elsewhere', join(root, 'etc')), /\/etc must be a folder/],
    [(root) => writeFileSync(join(root, 'run'), ''), /\/run must be a folder/],
    [
      () => {
        throw new Error('broken layer')
      },
      /broken layer/,
    ],
  ]
  for (const [more, reason] of refused) {
    const image = imageOf(more)
    await assert.rejects(fixture.invoke(version(image)), reason)
    assert.equal(existsSync(join(fixture.folder, 'images/live', image.id)), false)
  }
  assert.deepEqual(readdirSync(join(fixture.folder, 'images/unpacking')), [])
})

test('without a sandbox no image runs, and the error says so', images, () =>
  withEngine({ toolFolders: ['/nowhere'] }, async (bare) => {
    const root = { entryPoint: ['/program'], workingDirectory: '/' }
    await assert.rejects(
      bare.invoke(bare.version({}, { runtime: 'custom', code: imageOf(), root })),
      (error: unknown) => error instanceof OperatorError && /no sandbox/.test(error.message),
    )
  }),
)

test('tier B runs images, too', images, () =>
  withEngine({ tierMaximum: 'B' }, async (bare) => {
    const root = { entryPoint: ['/program'], workingDirectory: '/' }
    assert.match(
      String(await bare.result(bare.version({}, { runtime: 'custom', code: imageOf(), root }))),
      /^\/ \/program/,
    )
  }),
)
