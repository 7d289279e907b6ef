// `mayfly deploy`: bundles a function and brings it to the server. Says first what will change, then how long each step
// took.
import { AwsClient } from '../aws/client.ts'
import { accountOf } from '../aws/credentials.ts'
import { DURABLE_EXECUTION, Roles } from '../aws/iam.ts'
import { invokeUrl, LAMBDA, Lambda } from '../aws/lambda.ts'
import { begin, type CliContext } from '../context.ts'
import { CliError } from '../errors.ts'
import type { ServerFlags } from '../flags.ts'
import {
  type Artifact,
  type DeployPlan,
  planDeploy,
  runStep,
  type Step,
  type WantedFunction,
  type WantedSettings,
} from '../function-deploy.ts'
import { pushImage, sizeOf } from '../images/push-image.ts'
import { describeNetwork } from '../network-tags.ts'
import { packageWithCache } from '../packager/build-cache.ts'
import { show } from '../packager/entry.ts'
import { type FunctionPackage, type PackageOptions, runtimeText } from '../packager/package-function.ts'
import type { Output } from '../terminal/output.ts'

export interface FunctionFlags extends PackageOptions, WantedSettings {}

export interface DeployFlags extends ServerFlags, FunctionFlags, WantedFunction {
  readonly dryRun?: boolean | undefined
  /** An image in place of a folder: of its file or folder. */
  readonly image?: string | undefined
}

/** Throws CliError for what does not compile and for what the server refuses. */
export async function deploy(context: CliContext, flags: DeployFlags, path: string | undefined): Promise<void> {
  const output = begin(context, flags)
  const began = performance.now()
  const client = new AwsClient(flags, context.env)
  const { artifact, shown } = await prepare(output, client, flags, path)
  const deployer = { lambda: new Lambda(client), roles: new Roles(client) }
  const plan = await planDeploy(deployer, artifact, flags, client.credentials)
  for (const step of plan.steps) output.note(`plan      ${describe(plan, step)}`)
  const timed: { step: string; tookMs: number }[] = []
  if (flags.dryRun !== true)
    for (const step of plan.steps) {
      if (step.kind === 'unchanged') continue
      const stepBegan = performance.now()
      await runStep(deployer, plan, step, artifact)
      const tookMs = round(performance.now() - stepBegan)
      timed.push({ step: step.kind, tookMs })
      output.note(`${output.styleErr('green', output.symbol('ok'))} ${describe(plan, step)} ${tookMs} ms`)
    }
  const url = invokeUrl(client.endpoint(LAMBDA), artifact.name, plan.isDurable)
  output.result(
    {
      function: artifact.name,
      ...shown,
      codeSha256: artifact.sha256,
      plan: plan.steps.map((step) => step.kind),
      dryRun: flags.dryRun === true,
      steps: timed,
      tookMs: round(performance.now() - began),
      url,
    },
    url,
  )
  output.note(`try it: mayfly invoke ${artifact.name}${plan.hasTenants ? ' --tenant-id <tenant>' : ''}`)
}

interface Prepared {
  readonly artifact: Artifact
  /** What --json says about it. */
  readonly shown: Readonly<Record<string, unknown>>
}

async function prepare(
  output: Output,
  client: AwsClient,
  flags: DeployFlags,
  path: string | undefined,
): Promise<Prepared> {
  if (flags.image !== undefined) return prepareImage(output, client, flags, flags.image, path)
  if (path === undefined)
    throw new CliError('MF1002', 'nothing to deploy is named', {
      mend: 'Name a folder or a file with a handler, or an image with --image.',
    })
  const began = performance.now()
  const { packed, build } = await packageWithCache(path, flags)
  sayPackage(output, packed, build, performance.now() - began)
  const { runtime, handler, zip } = packed
  return { artifact: packed, shown: { file: show(packed.file), runtime, handler, build, zipBytes: zip.length } }
}

/** Sends the image under the function's name. With --dry-run it is sent, too: the server then knows what would change. */
async function prepareImage(
  output: Output,
  client: AwsClient,
  flags: DeployFlags,
  source: string,
  path: string | undefined,
): Promise<Prepared> {
  const { name } = flags
  if (path !== undefined || flags.runtime !== undefined || flags.handler !== undefined)
    throw new CliError('MF1002', 'an image has no folder, runtime or handler', {
      mend: 'Leave them out: what runs is what the image says.',
    })
  if (name === undefined)
    throw new CliError('MF1205', 'a function from an image needs a name', { mend: 'Give it with --name.' })
  const query = new URLSearchParams({ region: client.region, account: accountOf(client.credentials) }).toString()
  const { image, sentBytes } = await pushImage(client, source, name.toLowerCase(), query, (line) => output.note(line))
  output.note(`image     ${image.name} ${image.digest.slice(0, 19)}, ${sizeOf(sentBytes)} sent`)
  const sha256 = image.digest.slice('sha256:'.length)
  return { artifact: { name, uri: image.uri, sha256 }, shown: { image, sentBytes } }
}

/** One line about what was packed; the first says which file was used. */
export function sayPackage(output: Output, packed: FunctionPackage, build: 'rebuilt' | 'cached', tookMs: number): void {
  output.note(`using     ${show(packed.file)} (${runtimeText(packed.runtime)}, handler ${packed.handler})`)
  const native = packed.copied.length === 0 ? '' : `, with ${packed.copied.join(' ')}`
  const size = `${(packed.zip.length / 1024).toFixed(packed.zip.length > 102_400 ? 0 : 1)} KB zipped`
  output.note(`${build.padEnd(9)} ${packed.name} ${round(tookMs)} ms, ${size}, ${packed.files} files${native}`)
  for (const warning of packed.warnings) output.note(`${output.styleErr('yellow', 'warning')}   ${warning}`)
}

function describe({ name, hasTenants }: DeployPlan, step: Step): string {
  switch (step.kind) {
    case 'create-role':
      return `create role ${step.name}, which may write logs${step.policyArn === DURABLE_EXECUTION ? ' and make checkpoints' : ''}`
    case 'create':
      return `create function ${name}${hasTenants ? ', with an instance for each tenant' : ''}`
    case 'update-code':
      return `update code of ${name}`
    case 'update-configuration':
      return `update ${name}: ${step.changes.join(', ')}`
    case 'update-network':
      return `update ${name}: network ${describeNetwork(step.from)} → ${describeNetwork(step.to)}`
    case 'unchanged':
      return `${name} is up to date`
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
