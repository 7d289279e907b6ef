// Rules about secrets and programs that a machine can hold: secrets are compared in constant time, no program is started
// through a shell, and only the places that are known start one at all.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOnly, importsOf, sourceFiles } from './source-files.ts'

const production = sourceFiles(/^(?:server|cli|runtime)\/src\/.*\.(?:ts|js|mjs)$|^cli\/bin\/|^tools\//).filter(
  (file) => !/\.(?:test|contract)\.ts$/.test(file.path),
)

/** What is secret, or stands for a secret, by the last word of its name. */
const SECRET_NAME = /(?:signature|secret|secretaccesskey|sessiontoken|password|passphrase|hmac|mac)$/i
const OPERAND = String.raw`[\w$.?\[\]()]+`
const COMPARISON = new RegExp(`(${OPERAND})\\s*(?:===|!==|==|!=)\\s*(${OPERAND}|'')`, 'g')
/** Whether something is there at all, or of a type, is no secret. */
const PLAIN = /^(?:undefined|null|true|false|''|\d+|typeof|[A-Z_]+|.*\.length)$/

/** Comparisons of what only sounds secret, each with its reason. */
const ALLOWED: Readonly<Record<string, string>> = {
  'server/src/identity/sigv4.ts found.secret === secret':
    'two values of the server’s own: the cached key is of this secret',
}

test('secrets are compared in constant time', () => {
  const found: string[] = []
  for (const file of production) {
    for (const line of codeOnly(file.text).split('\n'))
      for (const [text, ...sides] of line.matchAll(COMPARISON)) {
        const [left = '', right = ''] = sides.map((side) => side.replace(/^\(+|\)+$/g, ''))
        if (PLAIN.test(left) || PLAIN.test(right) || /\btypeof\s*$/.test(line.slice(0, line.indexOf(text)))) continue
        if (SECRET_NAME.test(left) || SECRET_NAME.test(right)) found.push(`${file.path} ${text}`)
      }
  }
  assert.deepEqual(
    found.filter((one) => ALLOWED[one] === undefined),
    [],
  )
  assert.deepEqual(
    Object.keys(ALLOWED).filter((one) => !found.includes(one)),
    [],
    'exceptions that are no longer needed',
  )
})

/** A constant in capitals whose text takes nothing in. */
function isConstantScript(source: string, name: string): boolean {
  const [, text = '${'] = new RegExp(`^const ${name} =([^]*?)\n(?=\n|\\S)`, 'm').exec(source) ?? []
  return /^[A-Z_]+$/.test(name) && !text.includes('${')
}

/** Who may start programs: with a list of arguments, never a line for a shell. */
const STARTERS =
  /^server\/src\/engine\/(?:launcher\/|launcher-client\.ts)|^cli\/src\/(?:packager\/(?:package-function|python-syntax|python-requirements)|doctor\/sandbox)\.ts$|^runtime\/src\/node\/(?:runtime-process|extensions)\.ts$|^tools\/|^cli\/bin\//

test('no program is started through a shell, nor anywhere but where it is known', () => {
  const faults: string[] = []
  for (const file of production) {
    const code = codeOnly(file.text)
    // A script may be a constant of the source, with all that varies as arguments of its own.
    for (const [, script = ''] of file.text.matchAll(/'-c',\s*([^,\s\]]+)/g))
      if (!isConstantScript(file.text, script)) faults.push(`${file.path} has a shell run ${script}`)
    const starts =
      importsOf(file.text).includes('node:child_process') ||
      /getBuiltinModule\(\s*['"]node:child_process/.test(file.text)
    if (starts && !STARTERS.test(file.path)) faults.push(`${file.path} starts programs`)
    if (/\bshell:\s*(?:true|['"`])/.test(code)) faults.push(`${file.path} asks for a shell`)
    if (/\bimport\s*\{[^}]*\bexec(?:Sync)?\b[^}]*\}\s*from\s*['"](?:node:)?child_process/.test(file.text))
      faults.push(`${file.path} imports exec`)
    if (/\brequire\(\s*['"](?:node:)?child_process|from\s*['"]child_process/.test(file.text))
      faults.push(`${file.path} takes child_process another way`)
  }
  for (const { path, text } of sourceFiles(/^(?:runtime|cli)\/.*\.py$/))
    if (/\bos\.(?:system|popen)\(|\bshell\s*=\s*True|\bsubprocess\b/.test(text)) faults.push(`${path} starts programs`)
  assert.deepEqual(faults, [])
})

test('nothing is made into code', () => {
  const faults = production
    .filter(({ path }) => path.startsWith('server/src/'))
    .filter(({ text }) => /\beval\(|\bnew Function\(|node:vm['"]/.test(codeOnly(text)))
    .map(({ path }) => path)
  assert.deepEqual(faults, [])
})

test('a Host is read where addresses are told to whoever sent it, and nowhere else', () => {
  // Connections that the server opens go to addresses from the store and from settings.
  const readers = sourceFiles(/^server\/src\/.*\.ts$/)
    .filter(({ path }) => !path.endsWith('.test.ts'))
    .filter(({ text }) => /headers\[['"]host['"]\]|headers\.host\b|x-forwarded-host/.test(text))
    .map(({ path }) => path)
  const known = new Set([
    // What is only written down.
    'server/src/audit/auditor.ts',
    'server/src/gateway/audit.ts',
    'server/src/services/s3/access-log-line.ts',
    'server/src/gateway/form-upload.ts',
    'server/src/gateway/head.ts',
    'server/src/gateway/http/head-reader.ts',
    'server/src/gateway/http/http2-stream.ts',
    'server/src/gateway/local-callers.ts',
    'server/src/protocol/origin.ts',
    'server/src/protocol/protocols/query.ts',
    'server/src/services/dynamodb/operations/describe-endpoints.ts',
    'server/src/services/lambda/operations/create-function-url-config.ts',
    'server/src/services/s3/website.ts',
    'server/src/services/sqs/arn.ts',
  ])
  assert.deepEqual(
    readers.filter((path) => !known.has(path)),
    [],
  )
})
