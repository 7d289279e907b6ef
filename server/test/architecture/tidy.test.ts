// Style that a machine can hold: banned words with what to use instead, names of files, documents, sizes of blobs.
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { test } from 'node:test'
import { codeOnly, root, sourceFiles, trackedPaths } from './source-files.ts'

interface BannedWord {
  readonly word: RegExp
  readonly instead: string
  /** Paths where the word is at home. */
  readonly allowed: RegExp
}

const BANNED: readonly BannedWord[] = [
  { word: /\bDate\.now\(|\bperformance\.now\(/, instead: 'base/clock', allowed: /^server\/src\/base\/clock\.ts$/ },
  { word: /\b(setTimeout|setInterval)\(/, instead: 'base/clock', allowed: /^server\/src\/base\/clock\.ts$/ },
  {
    word: /\bMath\.random\(|\brandomBytes\(|\brandomUUID/,
    instead: 'base/ids',
    allowed: /^server\/src\/base\/ids\.ts$/,
  },
  { word: /\bprocess\.env\b/, instead: 'config.ts', allowed: /^server\/src\/config\.ts$/ },
  { word: /\bconsole\./, instead: 'base/log', allowed: /^$/ },
]

const server = sourceFiles(/^server\/src\/.*\.ts$/).filter((file) => !/\.(test|contract)\.ts$/.test(file.path))
const allCode = sourceFiles(/^(server|runtime|cli|console|examples|bench|tools)\/.*\.(ts|js|mjs|py)$/)

test('time, randomness, environment and output each have one door', () => {
  const faults: string[] = []
  for (const file of server)
    for (const [index, line] of codeOnly(file.text).split('\n').entries())
      for (const { word, instead, allowed } of BANNED)
        if (word.test(line) && !allowed.test(file.path))
          faults.push(`${file.path}:${index + 1} ${word.source}: use ${instead}`)
  assert.deepEqual(faults, [])
})

/** A value import of it as a module loads a fetch client as well: 30 ms and 13 MB of each process. */
const HTTP_IMPORTED = /^import (?!type )(?:(?!^import ).)*?from 'node:https?'/ms

test('no process loads a fetch client that it does not need', () => {
  const shipped = sourceFiles(/^(server|runtime|cli)\/src\/.*\.ts$/).filter(({ path }) => !path.endsWith('.test.ts'))
  const faults = shipped
    .filter(({ text }) => HTTP_IMPORTED.test(text))
    .map(({ path }) => `${path}: process.getBuiltinModule`)
  assert.deepEqual(faults, [])
})

test('no unfinished marks, no narrowed test runs, no lint exception without its reason', () => {
  const faults: string[] = []
  const marks = /\b(TOD[O]|FIXM[E]|X{3}|HAC[K])\b/
  for (const file of allCode)
    for (const [index, line] of file.text.split('\n').entries()) {
      const at = `${file.path}:${index + 1}`
      if (marks.test(line)) faults.push(`${at} unfinished mark`)
      if (/\b(test|it|describe|suite)\.only\(/.test(line)) faults.push(`${at} .only`)
      if (/(oxlint|eslint)-disable/.test(line) && !/-- \S/.test(line))
        faults.push(`${at} lint exception without a reason`)
      if (/@ts-(ignore|expect-error|nocheck)/.test(line) && !file.path.endsWith('tidy.test.ts'))
        faults.push(`${at} type check switched off`)
    }
  assert.deepEqual(faults, [])
})

test('files are named after what they hold', () => {
  const vague = /(^|\/)(utils?|helpers?|lib|common|managers?|types|misc)\.(ts|js|py)$/
  const faults = trackedPaths().filter((path) => vague.test(path))
  const notKebab = trackedPaths().filter(
    (path) => /^(server|cli|runtime)\/.*\.ts$/.test(path) && !/^[a-z0-9._-]+$/.test(path.split('/').at(-1) ?? ''),
  )
  assert.deepEqual([...faults, ...notKebab], [])
})

test('every operation file has a test that names its operation', () => {
  const operations = trackedPaths().filter((path) => /^server\/src\/services\/[^/]+\/operations\/[^/]+\.ts$/.test(path))
  const tests = sourceFiles(/^server\/.*\.test\.ts$/)
  const untested = operations
    .filter((path) => !path.endsWith('.test.ts'))
    .filter((path) => {
      const beside = path.replace(/\.ts$/, '.test.ts')
      const name = path.split('/').at(-1)?.replace(/\.ts$/, '') ?? ''
      const operation = name.replace(/(^|-)([a-z0-9])/g, (_match, _dash, letter: string) => letter.toUpperCase())
      return !tests.some(
        (file) => file.path === beside || new RegExp(`\\b${operation}(Command)?\\b`, 'i').test(file.text),
      )
    })
  assert.deepEqual(untested, [])
})

test('documents have one title, decision records have their heads', () => {
  const faults: string[] = []
  for (const file of sourceFiles(/^(docs\/.*|[A-Z]+|[a-z]+\/README|examples\/.*)\.md$/)) {
    const titles = file.text
      .replace(/```[\s\S]*?```/g, '')
      .split('\n')
      .filter((line) => line.startsWith('# '))
    if (titles.length !== 1) faults.push(`${file.path} has ${titles.length} top titles`)
  }
  for (const file of sourceFiles(/^docs\/adr\/\d{4}-.*\.md$/)) {
    for (const field of ['Date', 'Status', 'Tags'])
      if (!new RegExp(`^- ${field}: .+`, 'm').test(file.text)) faults.push(`${file.path} lacks ${field}`)
    for (const part of ['Context', 'Decision', 'Consequences', 'Alternatives'])
      if (!file.text.includes(`## ${part}`)) faults.push(`${file.path} lacks the section ${part}`)
  }
  assert.deepEqual(faults, [])
})

/** This test, and the one whose functions try to read other people's folders. */
const NAMES_PLACES = /\/(tidy|escape)\.test\.ts$/

test('no large blobs, and no addresses of registries or paths of a machine', () => {
  const large = trackedPaths()
    .filter((path) => !path.startsWith('server/src/protocol/generated/') && !path.endsWith('package-lock.json'))
    .filter((path) => statSync(root + path).size > 200 * 1024)
  const telling = sourceFiles(/\.(ts|js|json|md|py|html|css)$/)
    .filter((file) => !NAMES_PLACES.test(file.path))
    .filter((file) => /registry\.npmjs|files\.pythonhosted|\/root\/|\/work\//.test(file.text))
    .map((file) => file.path)
  assert.deepEqual({ large, telling }, { large: [], telling: [] })
})
