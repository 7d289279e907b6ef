// What documents point at exists: links to files and to headings, and source files that are named.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { test } from 'node:test'
import { root, sourceFiles, trackedPaths } from './source-files.ts'

const LINK = /\]\((?![a-z]+:)([^)\s#]*)(?:#([^)\s]+))?\)/g
/** A path with a folder and the ending of a source file, or a test by its name alone. */
const NAMED_FILE = /`([\w.-]+\/[\w./-]+\.(?:ts|js|md|py|pl|c)|[\w.-]+\.test\.ts)`/g

const documents = sourceFiles(/\.md$/).map(({ path, text }) => ({ path, text: text.replace(/```[\s\S]*?```/g, '') }))

/** As GitHub makes them: lower case, without punctuation, dashes for blanks. */
function anchorsOf(text: string): ReadonlySet<string> {
  return new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

test('links of documents lead to files and headings that exist', () => {
  const texts = new Map(documents.map(({ path, text }) => [path, text]))
  const faults: string[] = []
  for (const { path, text } of documents)
    for (const [link, file = '', anchor] of text.matchAll(LINK)) {
      const target = file === '' ? path : posix.join(posix.dirname(path), file)
      if (!existsSync(root + target)) faults.push(`${path}: ${link}`)
      else if (anchor !== undefined && !anchorsOf(texts.get(target) ?? '').has(anchor)) faults.push(`${path}: ${link}`)
    }
  assert.deepEqual(faults, [])
})

test('source files that documents name exist, by their whole path or its end', () => {
  const paths = trackedPaths().map((path) => `/${path}`)
  const faults = documents.flatMap(({ path, text }) =>
    [...text.matchAll(NAMED_FILE)]
      .filter(([, named = '']) => !paths.some((one) => one.endsWith(`/${named}`)))
      .map(([, named = '']) => `${path}: ${named}`),
  )
  assert.deepEqual(faults, [])
})
