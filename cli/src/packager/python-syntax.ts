// Python has no bundler that would find a file that does not compile, so the machine's Python is asked: before the deploy,
// with the place, instead of at the first invocation. Nothing of the function is run.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { CliError } from '../errors.ts'
import { PYTHON_CHECK_FILES_MAX, PYTHON_CHECK_TIMEOUT_MS } from '../limits.ts'
import { codeFrame } from '../terminal/code-frame.ts'
import { show } from './entry.ts'
import type { FolderFile } from './folder-files.ts'

const PYTHON = '/usr/bin/python3'
const PROGRAM = `
import json, sys
for path in json.load(sys.stdin):
    with open(path, 'rb') as file:
        source = file.read()
    try:
        compile(source, path, 'exec', dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        print(json.dumps({'file': path, 'line': getattr(error, 'lineno', None), 'column': getattr(error, 'offset', None),
            'message': getattr(error, 'msg', None) or str(error), 'source': source.decode('utf-8', 'replace')}))
        break
`

interface Fault {
  readonly file: string
  readonly line: number | null
  readonly column: number | null
  readonly message: string
  readonly source: string
}

/** Files that compiled, by name, size and time: they need not be asked for again. */
export type CheckedFiles = Set<string>

/** Throws CliError MF1301 for the first file that does not compile. Without a Python here nothing is checked. */
export async function checkPython(files: readonly FolderFile[], checked: CheckedFiles): Promise<void> {
  const keyOf = ({ absolute, size, mtimeMs }: FolderFile): string => `${absolute} ${size} ${mtimeMs}`
  const fresh = files
    .filter((file) => file.path.endsWith('.py') && !checked.has(keyOf(file)))
    // A folder with more than this holds packages that others wrote; what is on top is the user's own.
    .toSorted((a, b) => a.path.split('/').length - b.path.split('/').length)
    .slice(0, PYTHON_CHECK_FILES_MAX)
  if (fresh.length === 0) return
  const fault = await compile(fresh.map(({ absolute }) => absolute))
  if (fault !== undefined) throw syntaxError(fault)
  for (const file of fresh) checked.add(keyOf(file))
}

async function compile(paths: readonly string[]): Promise<Fault | undefined> {
  const child = spawn(PYTHON, ['-I', '-S', '-B', '-c', PROGRAM], {
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: PYTHON_CHECK_TIMEOUT_MS,
  })
  const missing = new Promise<string>((resolve) => child.once('error', () => resolve('')))
  // A Python that ends early closes the pipe; what it said until then counts.
  child.stdin.on('error', () => undefined)
  child.stdin.end(JSON.stringify(paths))
  const said = await Promise.race([text(child.stdout), missing])
  return said === '' ? undefined : (JSON.parse(said) as Fault)
}

function syntaxError({ file, line, column, message, source }: Fault): CliError {
  const place = line === null ? {} : { line, column: column ?? 1, frame: codeFrame(source, line, column ?? 1) }
  return new CliError('MF1301', message, {
    place: { file: show(file), ...place },
    mend: 'Correct it there; nothing was changed on the server.',
  })
}
