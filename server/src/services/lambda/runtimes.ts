// The runtimes that Mayfly runs, by AWS's names, and what AWS says about those that it does not run any more.
import { createHash } from 'node:crypto'
import type { FunctionRuntime } from '#engine/engine.ts'
import { invalidParameter } from './errors.ts'

export interface Runtime {
  /** AWS's name, for example `nodejs22.x`. */
  readonly name: string
  readonly kind: FunctionRuntime
  /** As INIT_START lines show it. */
  readonly label: string
}

const NODE = ['nodejs20.x', 'nodejs22.x', 'nodejs24.x']
const PYTHON = ['python3.9', 'python3.10', 'python3.11', 'python3.12', 'python3.13', 'python3.14']

const JAVA = ['java11', 'java17', 'java21', 'java25']
const PROVIDED = ['provided.al2', 'provided.al2023']

const RUNTIMES: ReadonlyMap<string, Runtime> = new Map([
  ...NODE.map((name): [string, Runtime] => [name, { name, kind: 'node', label: `nodejs:${name.slice(6, 8)}` }]),
  ...PYTHON.map((name): [string, Runtime] => [name, { name, kind: 'python', label: `python:${name.slice(6)}` }]),
  ...JAVA.map((name): [string, Runtime] => [name, { name, kind: 'java', label: `java:${name.slice(4)}` }]),
  ...PROVIDED.map((name): [string, Runtime] => [name, { name, kind: 'custom', label: name.replace('.', ':') }]),
])

export const RUNTIME_NAMES: readonly string[] = [...RUNTIMES.keys()]

/** Blocked by AWS for new and changed functions; with what it recommends instead. */
const BLOCKED: readonly [RegExp, string][] = [
  [/^nodejs(4\.3|4\.3-edge|6\.10|8\.10|10\.x|12\.x|14\.x|16\.x|18\.x)?$/, 'nodejs24.x'],
  [/^python(2\.7|3\.6|3\.7|3\.8)$/, 'python3.14'],
  [/^(provided|go1\.x)$/, 'provided.al2023'],
  [/^java8(\.al2)?$/, 'java25'],
]

/** The runtime; throws AWS's InvalidParameterValueException for a name that is unknown, not built or blocked. */
export function runtimeOf(name: string): Runtime {
  const runtime = RUNTIMES.get(name)
  if (runtime) return runtime
  const blocked = BLOCKED.find(([names]) => names.test(name))
  if (blocked)
    throw invalidParameter(
      `The runtime parameter of ${name} is no longer supported for creating or updating AWS Lambda functions. We recommend you use the new runtime (${blocked[1]}) while creating or updating functions.`,
    )
  throw invalidParameter(
    `Value ${name} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${RUNTIME_NAMES.join(', ')}] or be a valid ARN`,
  )
}

/** An ARN of the form that AWS gives runtime versions. */
export function runtimeVersionArn(runtime: string, region: string): string {
  return `arn:aws:lambda:${region}::runtime:${createHash('sha256').update(`mayfly ${runtime}`).digest('hex')}`
}
