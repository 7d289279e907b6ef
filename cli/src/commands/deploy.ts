// `mayfly deploy`: bundles a function and brings it to the server. Says first what will change, then how long each step
// took.
import { AwsClient } from '../aws/client.ts'
import { Roles } from '../aws/iam.ts'
import { invokeUrl, LAMBDA, Lambda } from '../aws/lambda.ts'
import { begin, type CliContext } from '../context.ts'
import type { ServerFlags } from '../flags.ts'
import { type DeployPlan, planDeploy, runStep, type Step, type WantedSettings } from '../function-deploy.ts'
import { describeNetwork } from '../network-tags.ts'
import { packageWithCache } from '../packager/build-cache.ts'
import { show } from '../packager/entry.ts'
import { type FunctionPackage, type PackageOptions, runtimeText } from '../packager/package-function.ts'
import type { Output } from '../terminal/output.ts'

export interface FunctionFlags extends PackageOptions, WantedSettings {}

export interface DeployFlags extends ServerFlags, FunctionFlags {
  readonly dryRun?: boolean | undefined
}

/** Throws CliError for what does not compile and for what the server refuses. */
export async function deploy(context: CliContext, flags: DeployFlags, path: string): Promise<void> {
  const output = begin(context, flags)
  const began = performance.now()
  const { packed, build } = await packageWithCache(path, flags)
  sayPackage(output, packed, build, performance.now() - began)
  const client = new AwsClient(flags, context.env)
  const deployer = { lambda: new Lambda(client), roles: new Roles(client) }
  const plan = await planDeploy(deployer, packed, flags, client.credentials)
  for (const step of plan.steps) output.note(`plan      ${describe(plan, step)}`)
  const timed: { step: string; tookMs: number }[] = []
  if (flags.dryRun !== true)
    for (const step of plan.steps) {
      if (step.kind === 'unchanged') continue
      const stepBegan = performance.now()
      await runStep(deployer, plan, step, packed)
      const tookMs = round(performance.now() - stepBegan)
      timed.push({ step: step.kind, tookMs })
      output.note(`${output.styleErr('green', output.symbol('ok'))} ${describe(plan, step)} ${tookMs} ms`)
    }
  const url = invokeUrl(client.endpoint(LAMBDA), packed.name)
  output.result(
    {
      function: packed.name,
      file: show(packed.file),
      runtime: packed.runtime,
      handler: packed.handler,
      build,
      codeSha256: packed.sha256,
      zipBytes: packed.zip.length,
      plan: plan.steps.map((step) => step.kind),
      dryRun: flags.dryRun === true,
      steps: timed,
      tookMs: round(performance.now() - began),
      url,
    },
    url,
  )
  output.note(`try it: mayfly invoke ${packed.name}`)
}

/** One line about what was packed; the first says which file was used. */
export function sayPackage(output: Output, packed: FunctionPackage, build: 'rebuilt' | 'cached', tookMs: number): void {
  output.note(`using     ${show(packed.file)} (${runtimeText(packed.runtime)}, handler ${packed.handler})`)
  const native = packed.copied.length === 0 ? '' : `, with ${packed.copied.join(' ')}`
  const size = `${(packed.zip.length / 1024).toFixed(packed.zip.length > 102_400 ? 0 : 1)} KB zipped`
  output.note(`${build.padEnd(9)} ${packed.name} ${round(tookMs)} ms, ${size}, ${packed.files} files${native}`)
  for (const warning of packed.warnings) output.note(`${output.styleErr('yellow', 'warning')}   ${warning}`)
}

function describe({ name }: DeployPlan, step: Step): string {
  switch (step.kind) {
    case 'create-role':
      return `create role ${step.name}, which may write logs`
    case 'create':
      return `create function ${name}`
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
