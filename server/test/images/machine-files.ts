// Files of this machine for images of tests: programs with the libraries that they are linked to, and Python with its own.
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import type { Entries } from './oci-image.ts'

const run = promisify(execFile)
const PYTHON = '/usr/bin/python3'

/** The libraries that these are linked to, and the loader, at their places. */
export async function librariesOf(files: readonly string[]): Promise<Entries> {
  // A program without libraries makes it fail, and says so.
  const { stdout } = await run('ldd', files, { maxBuffer: 64 * 1024 * 1024 })
  const found: Record<string, Buffer> = {}
  for (const [, path = ''] of stdout.matchAll(/(?:=>|^)\s+(\/\S+) \(/gm)) found[path.slice(1)] ??= await readFile(path)
  return found
}

/** A program under another name, and its libraries. */
export async function programAt(place: string, program: string): Promise<Entries> {
  return { ...(await librariesOf([program])), [place]: await readFile(program) }
}

/** The machine's Python below a folder of the image, with its standard library and the libraries of these modules, too. */
export async function machinePython(prefix: string, modules: readonly string[] = []): Promise<Entries> {
  const tell = 'import sysconfig; print(sysconfig.get_path("stdlib")); print(sysconfig.get_python_version())'
  const [library = '', version = ''] = (await run(PYTHON, ['-c', tell])).stdout.trim().split('\n')
  const found: Record<string, Buffer> = { [`${prefix}/bin/python3`]: await readFile(PYTHON) }
  const linked = [PYTHON, ...modules.filter((path) => path.endsWith('.so'))]
  for (const { name, content } of await filesBelow(library)) {
    if (/^(test|idlelib|config-[^/]+|(site|dist)-packages)\//.test(name)) continue
    found[`${prefix}/lib/python${version}/${name}`] = content
    if (name.endsWith('.so')) linked.push(join(library, name))
  }
  return { ...found, ...(await librariesOf(linked)) }
}

/** All files below a folder that are needed to run it; names from the folder on. */
export async function filesBelow(folder: string): Promise<{ readonly name: string; readonly content: Buffer }[]> {
  const files: { readonly name: string; readonly content: Buffer }[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(folder, path)
    if (entry.isFile() && !NOT_NEEDED.test(name)) files.push({ name, content: await readFile(path) })
  }
  return files
}

/** What only building needs. */
const NOT_NEEDED = /\/(deps|src|scripts)\/|node-addon-api|node-gyp|__pycache__|\.d\.ts$/
