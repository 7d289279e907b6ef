// The packages of a `requirements.txt`, installed by pip for the Python that will run them: into a folder of `.mayfly/`, anew
// when the requirements or the interpreter change.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CliError } from '../errors.ts'
import { PIP_OUTPUT_BYTES_MAX, PIP_TIMEOUT_MS } from '../limits.ts'
import { filesBelow, type FolderFile } from './folder-files.ts'

const PYTHON = '/usr/bin/python3'
const REQUIREMENTS = 'requirements.txt'
/** What can decide about an installation. */
const RELEVANT = /^(requirements|constraints)[\w.-]*\.txt$/

export interface InstalledPackages {
  readonly files: readonly FolderFile[]
  /** `requests==2.32.0` */
  readonly names: readonly string[]
}

const NONE: InstalledPackages = { files: [], names: [] }

/** Nothing for a folder without requirements. Throws CliError with what pip says. */
export async function installRequirements(folder: string): Promise<InstalledPackages> {
  if (!existsSync(join(folder, REQUIREMENTS))) return NONE
  const store = join(folder, '.mayfly', 'python')
  const installed = join(store, await nameOf(folder))
  if (!existsSync(installed)) await install(folder, store, installed)
  return {
    files: filesBelow(installed, isNeeded),
    names: readdirSync(installed)
      .map((name) => /^(.+)-([^-]+)\.dist-info$/.exec(name))
      .flatMap((match) => (match ? [`${match[1]}==${match[2]}`] : []))
      .toSorted(),
  }
}

/** The same for the same requirements and interpreter. */
async function nameOf(folder: string): Promise<string> {
  const hash = createHash('sha256').update(await run(folder, ['-I', '--version']))
  for (const name of readdirSync(folder)
    .filter((file) => RELEVANT.test(file))
    .toSorted())
    hash.update(`${name}\n`).update(readFileSync(join(folder, name)))
  return hash.digest('hex').slice(0, 16)
}

async function install(folder: string, store: string, target: string): Promise<void> {
  const draft = `${target}.new`
  rmSync(store, { recursive: true, force: true })
  mkdirSync(store, { recursive: true })
  writeFileSync(join(folder, '.mayfly', '.gitignore'), '*\n')
  const options = ['--quiet', '--disable-pip-version-check', '--no-input', '--no-compile']
  await run(folder, ['-m', 'pip', 'install', ...options, '--target', draft, '-r', REQUIREMENTS])
  mkdirSync(draft, { recursive: true })
  // Last: half an installation would be taken for a whole one.
  renameSync(draft, target)
}

async function run(folder: string, args: readonly string[]): Promise<string> {
  try {
    const options = { cwd: folder, timeout: PIP_TIMEOUT_MS, maxBuffer: PIP_OUTPUT_BYTES_MAX }
    return (await promisify(execFile)(PYTHON, args, options)).stdout
  } catch (error) {
    const { stderr = '' } = error as { readonly stderr?: string }
    if (/No module named pip/.test(stderr))
      throw new CliError('MF1304', `${join(folder, REQUIREMENTS)} needs pip, which is not here`, {
        mend: 'Install it: apt-get install python3-pip',
      })
    const said = stderr.split('\n').find((line) => line.startsWith('ERROR'))
    throw new CliError('MF1304', `pip could not install ${join(folder, REQUIREMENTS)}: ${said ?? String(error)}`, {
      mend: 'Try it by hand: python3 -m pip install --target /tmp/try -r requirements.txt',
    })
  }
}

/** Programs that packages bring for a shell are not for a function. */
function isNeeded(path: string): boolean {
  return path !== 'bin' && !path.endsWith('__pycache__') && !path.endsWith('.pyc')
}
