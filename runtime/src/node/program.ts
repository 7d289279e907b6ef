// Which program runs a function that brings its own runtime, or one of a language whose official client is such a program.
import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { RuntimeError } from './errors.ts'

/** `custom`: the package's `bootstrap`. `java`: the machine's JDK with AWS's runtime interface client for Java. */
export type ProgramKind = 'custom' | 'java'

export interface Program {
  readonly file: string
  readonly args: readonly string[]
  /** The task folder where it is left out. */
  readonly cwd?: string
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
