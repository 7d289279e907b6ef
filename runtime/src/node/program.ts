// Which program runs a function that brings its own runtime, or one of a language whose official client is such a program.
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { RuntimeError } from './errors.ts'

/** `custom`: the package's `bootstrap`. `java`: the machine's JDK with AWS's runtime interface client for Java. */
export type ProgramKind = 'custom' | 'java'

export interface Program {
  readonly file: string
  readonly args: readonly string[]
  /** The task folder where it is left out. */
  readonly cwd?: string
}

/** What runs in a container image: the image's own words, or what the function says instead. */
export interface RootProgram {
  readonly entryPoint: readonly string[]
  readonly workingDirectory: string
}

/**
 * The program of an image. Throws a RuntimeError when it cannot be started; `say` then gets the line that AWS writes into
 * the log.
 */
export function imageProgram({ entryPoint, workingDirectory }: RootProgram, say: (line: string) => void): Program {
  const [name = '', ...args] = entryPoint
  try {
    if (statSync(workingDirectory, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new RuntimeError('Runtime.InvalidWorkingDir', `chdir ${workingDirectory}: no such file or directory`)
    return { file: executableOf(name, workingDirectory), args, cwd: workingDirectory }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    say(`IMAGE\tLaunch error: ${reason}\tEntrypoint: [${entryPoint.join(',')}]\tWorkingDir: [${workingDirectory}]`)
    throw error
  }
}

/** A name with a slash is a path; any other is looked for as a shell does. */
function executableOf(name: string, workingDirectory: string): string {
  if (name === '') throw new RuntimeError('Runtime.InvalidEntrypoint', 'the image names no program to run')
  if (!name.includes('/')) {
    const places = (process.env['PATH'] ?? '').split(':').map((folder) => resolve(workingDirectory, folder, name))
    const found = places.find((path) => faultOf(path) === undefined)
    if (found !== undefined) return found
    throw new RuntimeError('Runtime.InvalidEntrypoint', `exec: "${name}": executable file not found in $PATH`)
  }
  const path = resolve(workingDirectory, name)
  const fault = faultOf(path)
  if (fault !== undefined) throw new RuntimeError('Runtime.InvalidEntrypoint', `fork/exec ${name}: ${fault}`)
  return path
}

function faultOf(path: string): string | undefined {
  try {
    if (!statSync(path).isFile()) return 'permission denied'
    accessSync(path, constants.X_OK)
    return undefined
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES'
      ? 'permission denied'
      : 'no such file or directory'
  }
}

/** The program, from the folders of the function and of its layers. Throws a RuntimeError when there is none. */
export function findProgram(kind: ProgramKind, task: string, layers: string, handler: string): Program {
  return kind === 'java' ? javaProgram(task, layers, handler) : bootstrapProgram([task, layers])
}

function bootstrapProgram(folders: readonly string[]): Program {
  const places = folders.map((folder) => join(folder, 'bootstrap'))
  const found = places.find((path) => existsSync(path))
  if (found === undefined)
    throw new RuntimeError('Runtime.InvalidEntrypoint', `Couldn't find valid bootstrap(s): [${places.join(' ')}]`)
  try {
    accessSync(found, constants.X_OK)
  } catch (error) {
    throw new RuntimeError('Runtime.InvalidEntrypoint', `fork/exec ${found}: permission denied`, { cause: error })
  }
  return { file: found, args: [] }
}

const JAVA = '/usr/bin/java'
const CLIENT_CLASS = 'com.amazonaws.services.lambda.runtime.api.client.AWSLambda'
const CLIENT_JAR = 'aws-lambda-java-runtime-interface-client'
/** Of the function's memory; the rest is for what a JVM needs beside its heap. AWS's runtime keeps the same share. */
const HEAP_SHARE = 0.85

function javaProgram(task: string, layers: string, handler: string): Program {
  if (!existsSync(JAVA))
    throw new RuntimeError('Runtime.InvalidEntrypoint', `There is no ${JAVA} on this machine: install a JRE.`)
  const folders = [join(task, 'lib'), join(layers, 'java/lib')]
  const unpacked = existsSync(join(task, `${CLIENT_CLASS.replaceAll('.', '/')}.class`))
  if (!unpacked && !folders.some(holdsClient))
    throw new RuntimeError(
      'Runtime.InvalidEntrypoint',
      `The package has no ${CLIENT_JAR}: add it to the dependencies of the function, or use a layer with it in java/lib.`,
    )
  const heapMb = Math.floor(Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? 128) * HEAP_SHARE)
  const flags = [`-XX:MaxHeapSize=${heapMb}m`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']
  const classes = [task, ...folders.map((folder) => join(folder, '*'))].join(':')
  return { file: JAVA, args: [...flags, '-cp', classes, CLIENT_CLASS, handler] }
}

function holdsClient(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith(CLIENT_JAR))
}
