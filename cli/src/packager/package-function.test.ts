// What comes out of the packager, looked at with another zip reader and run by Node.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import yauzl from 'yauzl'
import { folderWith, NEEDS_PYTHON } from '../../test/support/command.ts'
import type { CliError } from '../errors.ts'
import { CompressedFiles } from './zip.ts'
import { BuildMemory, packageFunction, type PackageOptions } from './package-function.ts'

const NEEDS_PIP = { skip: !existsSync('/usr/lib/python3/dist-packages/pip') && 'there is no pip on this machine' }

interface Unzipped {
  readonly files: ReadonlyMap<string, Buffer>
  readonly modes: ReadonlyMap<string, number>
}

async function unzip(zip: Buffer): Promise<Unzipped> {
  const archive = await promisify<Buffer, yauzl.Options, yauzl.ZipFile>(yauzl.fromBuffer)(zip, { lazyEntries: true })
  const files = new Map<string, Buffer>()
  const modes = new Map<string, number>()
  const open = promisify(archive.openReadStream.bind(archive)) as (entry: yauzl.Entry) => Promise<NodeJS.ReadableStream>
  const done = new Promise((resolve, reject) => archive.once('end', resolve).once('error', reject))
  archive.on('entry', (entry: yauzl.Entry) => {
    void open(entry)
      .then((stream) => buffer(stream))
      .then((content) => {
        files.set(entry.fileName, content)
        modes.set(entry.fileName, entry.externalFileAttributes >>> 16)
        archive.readEntry()
      })
  })
  archive.readEntry()
  await done
  return { files, modes }
}

async function packed(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  options: PackageOptions = {},
  path = '.',
) {
  const folder = folderWith(t, files)
  const result = await packageFunction(join(folder, path), options)
  return { folder, result, ...(await unzip(result.zip)) }
}

/** Writes the package out and calls its handler. */
function run(t: TestContext, files: ReadonlyMap<string, Buffer>, module: string): unknown {
  const out = folderWith(t, {})
  for (const [path, content] of files) {
    mkdirSync(dirname(join(out, path)), { recursive: true })
    writeFileSync(join(out, path), content)
  }
  const call = `import(${JSON.stringify(join(out, module))}).then(async (m) => console.log(JSON.stringify(await (m.handler ?? m.default.handler)({}))))`
  return JSON.parse(execFileSync(process.execPath, ['-e', call], { encoding: 'utf8' })) as unknown
}

test('TypeScript that only a compiler understands becomes one file that runs', async (t) => {
  const { result, files } = await packed(t, {
    'src/handler.ts': `
      import { readFileSync } from 'node:fs'
      import { Level } from './level.ts'
      import legacy from './legacy.cjs'
      class Counter { constructor(private readonly start: number) {} next() { return this.start + 1 } }
      export const handler = async () => ({ level: Level.High, next: new Counter(1).next(), legacy: legacy.sep, fs: typeof readFileSync })
    `,
    'src/level.ts': 'export enum Level { Low = 1, High = 7 }\n',
    'src/legacy.cjs': "const path = require('path'); module.exports = { sep: path.posix.sep }\n",
  })
  assert.deepEqual([...files.keys()], ['handler.mjs', 'handler.mjs.map'])
  assert.equal(result.handler, 'handler.handler')
  assert.equal(result.runtime, 'nodejs24.x')
  assert.deepEqual(run(t, files, 'handler.mjs'), { level: 7, next: 2, legacy: '/', fs: 'function' })
  assert.equal(result.inputs.length, 3)
  assert.equal(result.sha256, createHash('sha256').update(result.zip).digest('base64'))
})

test('CommonJS stays CommonJS', async (t) => {
  const { result, files } = await packed(t, {
    'index.js': "const { answer } = require('./answer')\nexports.handler = async () => answer\n",
    'answer.js': 'exports.answer = 42\n',
  })
  assert.deepEqual([...files.keys()], ['index.cjs', 'index.cjs.map'])
  assert.equal(result.handler, 'index.handler')
  assert.equal(run(t, files, 'index.cjs'), 42)
})

test('the source map leads back to the line in the project', async (t) => {
  const { files } = await packed(t, {
    'src/index.ts': '\n\nexport const handler = () => {\n  throw new Error("here")\n}\n',
  })
  const code = files.get('index.mjs')?.toString() ?? ''
  const line = code.split('\n').findIndex((text) => text.includes('throw'))
  const column = code.split('\n')[line]?.indexOf('throw') ?? 0
  const map = new SourceMap(JSON.parse(files.get('index.mjs.map')?.toString() ?? '') as never)
  const entry = map.findEntry(line, column) as { originalSource: string; originalLine: number }
  assert.equal(entry.originalSource, 'src/index.ts')
  assert.equal(entry.originalLine, 3)
})

test('the same sources give the same bytes, whenever and wherever', async (t) => {
  const files = { 'index.ts': 'export const handler = () => 1\n' }
  const first = await packed(t, files)
  utimesSync(join(first.folder, 'index.ts'), 1, 1)
  const again = await packageFunction(first.folder)
  const elsewhere = await packed(t, files)
  assert.ok(first.result.zip.equals(again.zip))
  assert.equal(elsewhere.result.sha256, first.result.sha256)
  for (const mode of first.modes.values()) assert.equal(mode, 0o100644)
})

test('packages go into the bundle; those with compiled parts beside it, with all that they need and no more', async (t) => {
  const manifest = (name: string, more: object = {}) =>
    JSON.stringify({ name, version: '1.0.0', main: 'index.js', ...more })
  const other = process.platform === 'linux' ? 'darwin' : 'linux'
  const { result, files } = await packed(t, {
    'index.mjs':
      "import plain from 'plain'\nimport native from '@x/native'\nexport const handler = () => [plain, native]\n",
    'node_modules/plain/package.json': manifest('plain'),
    'node_modules/plain/index.js': "module.exports = 'plain'\n",
    'node_modules/@x/native/package.json': manifest('@x/native', {
      dependencies: { needs: '1' },
      optionalDependencies: { 'for-here': '1', 'for-there': '1', 'not-installed': '1' },
    }),
    'node_modules/@x/native/index.js': "module.exports = require('needs') + require('for-here')\n",
    'node_modules/@x/native/index.d.ts': 'export {}\n',
    'node_modules/@x/native/README.md': 'prose\n',
    'node_modules/@x/native/LICENSE.md': 'licence\n',
    'node_modules/@x/native/src/binding.cc': 'int main() {}\n',
    'node_modules/needs/package.json': manifest('needs'),
    'node_modules/needs/index.js': "module.exports = 'needs'\n",
    'node_modules/for-here/package.json': manifest('for-here', { os: [process.platform], cpu: [process.arch] }),
    'node_modules/for-here/index.js': "module.exports = '+here'\n",
    'node_modules/for-here/build/thing.node': 'binary',
    'node_modules/for-there/package.json': manifest('for-there', { os: [other], cpu: [process.arch] }),
    'node_modules/for-there/index.js': "module.exports = '+there'\n",
  })
  assert.deepEqual(result.copied, ['@x/native@1.0.0', 'for-here@1.0.0', 'needs@1.0.0'])
  assert.deepEqual(
    [...files.keys()].filter((path) => path.startsWith('node_modules/')),
    [
      'node_modules/@x/native/LICENSE.md',
      'node_modules/@x/native/index.js',
      'node_modules/@x/native/package.json',
      'node_modules/for-here/build/thing.node',
      'node_modules/for-here/index.js',
      'node_modules/for-here/package.json',
      'node_modules/needs/index.js',
      'node_modules/needs/package.json',
    ],
  )
  assert.deepEqual(run(t, files, 'index.mjs'), ['plain', 'needs+here'])
})

test('two versions of a package keep apart', async (t) => {
  const { files } = await packed(t, {
    'index.mjs': "import a from 'a'\nexport const handler = () => a\n",
    'node_modules/a/package.json': '{"name":"a","version":"1.0.0","gypfile":true,"dependencies":{"b":"2","c":"1"}}',
    'node_modules/a/index.js': "module.exports = [require('b'), require('c')]\n",
    'node_modules/a/node_modules/b/package.json': '{"name":"b","version":"2.0.0"}',
    'node_modules/a/node_modules/b/index.js': "module.exports = 'b2'\n",
    'node_modules/b/package.json': '{"name":"b","version":"1.0.0"}',
    'node_modules/b/index.js': "module.exports = 'b1'\n",
    'node_modules/c/package.json': '{"name":"c","version":"1.0.0","dependencies":{"b":"1"}}',
    'node_modules/c/index.js': "module.exports = require('b')\n",
  })
  assert.deepEqual(run(t, files, 'index.mjs'), ['b2', 'b1'])
})

test('python: the folder as it is, without caches, environments and secrets', async (t) => {
  const { result, files } = await packed(
    t,
    {
      'pkg/api.py': 'from pkg import words\ndef handler(event, context):\n    return words.W\n',
      'pkg/__init__.py': '',
      'pkg/words.py': "W = 'w'\n",
      'pkg/data/words.txt': 'w\n',
      'pkg/__pycache__/api.cpython-311.pyc': 'x',
      '.env': 'SECRET=1',
      '.env.local': 'SECRET=2',
      '.venv/lib/x.py': '',
      'node_modules/x/index.js': '',
    },
    { handler: 'pkg/api.handler' },
  )
  assert.deepEqual([...files.keys()], ['pkg/__init__.py', 'pkg/api.py', 'pkg/data/words.txt', 'pkg/words.py'])
  assert.equal(result.handler, 'pkg/api.handler')
  assert.match(result.runtime, /^python3\.\d+$/)
})

test('python: the packages of requirements.txt go in; what is broken there is told', NEEDS_PIP, async (t) => {
  const folder = folderWith(t, {
    'app.py': 'import greeter\ndef handler(event, context):\n    return greeter.GREETING\n',
    'requirements.txt': './wheels/greeter-1.2-py3-none-any.whl\n',
    'greeter.py': "GREETING = 'the project wins'\n",
  })
  const write = async (greeting: string): Promise<void> => {
    const text = (path: string, content: string) => ({ path, content: Buffer.from(content) })
    const info = 'greeter-1.2.dist-info'
    const wheel = await new CompressedFiles().zip([
      text('greeter.py', `GREETING = '${greeting}'\n`),
      text('greeter_words/__init__.py', ''),
      text(`${info}/METADATA`, 'Metadata-Version: 2.1\nName: greeter\nVersion: 1.2\n'),
      text(`${info}/WHEEL`, 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n'),
      text(`${info}/RECORD`, ''),
    ])
    mkdirSync(join(folder, 'wheels'), { recursive: true })
    writeFileSync(join(folder, 'wheels/greeter-1.2-py3-none-any.whl'), wheel)
  }
  await write('hello')
  const first = await packageFunction(folder)
  const files = (await unzip(first.zip)).files
  assert.deepEqual(first.copied, ['greeter==1.2'])
  assert.ok(files.has('greeter_words/__init__.py') && files.has('greeter-1.2.dist-info/METADATA'))
  assert.match(String(files.get('greeter.py')), /the project wins/)
  assert.ok(![...files.keys()].some((path) => path.includes('__pycache__')))
  // Not asked for again while the requirements are the same.
  assert.equal((await packageFunction(folder)).sha256, first.sha256)
  writeFileSync(join(folder, 'requirements.txt'), './wheels/nothing-1-py3-none-any.whl\n')
  await assert.rejects(packageFunction(folder), (error: CliError) => {
    assert.equal(error.code, 'MF1304')
    assert.match(error.message, /pip could not install .*requirements\.txt: ERROR/)
    return true
  })
})

test(
  'python that does not compile is refused with its place; what compiled once is not asked for again',
  NEEDS_PYTHON,
  async (t) => {
    const files = { 'app.py': 'def handler(event, context):\n    return 1\n', 'lib/words.py': 'a = [1,\n' }
    const folder = folderWith(t, files)
    const memory = new BuildMemory()
    await assert.rejects(packageFunction(folder, {}, memory), (error: CliError) => {
      assert.equal(error.code, 'MF1301')
      assert.match(error.message, /was never closed/)
      const { file, line, column, frame } = error.details.place ?? {}
      assert.match(file ?? '', /lib\/words\.py$/)
      assert.deepEqual([line, column], [1, 5])
      assert.match(frame ?? '', /> 1 \| a = \[1,/)
      return true
    })
    writeFileSync(join(folder, 'lib/words.py'), 'a = [1]\n')
    await packageFunction(folder, {}, memory)
    assert.equal(memory.checkedPython.size, 2)
  },
)

test('a package over Lambda’s limit is refused before it is sent', async (t) => {
  const folder = folderWith(t, { 'app.py': 'def handler(event, context):\n    pass\n' })
  writeFileSync(join(folder, 'model.bin'), Buffer.alloc(251 * 1024 * 1024))
  await assert.rejects(packageFunction(folder), {
    code: 'MF1303',
    message: /251\.0 MB unpacked; Lambda takes 250\.0 MB/,
  })
})
