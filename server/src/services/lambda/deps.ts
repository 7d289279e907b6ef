// What the operations and the target of the Lambda service share: the ports, and the little that is kept in memory.
import { AsyncRulesCache } from './async-settings.ts'
import { CodeLocations } from './code-locations.ts'
import { DeployedVersions } from './deployed-versions.ts'
import { EventSourceMappings } from './event-sources/mappings.ts'
import { DurableExecutions } from './durable/durable-executions.ts'
import { DurableInvoker } from './durable/durable-invoker.ts'
import { type FunctionInvoker, Invoker } from './invoker.ts'
import { Provisioning } from './provisioning.ts'
import { LAMBDA_OPTIONS, type LambdaOptions, type LambdaPorts } from './ports.ts'

export interface LambdaDeps {
  readonly ports: LambdaPorts
  readonly options: LambdaOptions
  readonly deployed: DeployedVersions
  readonly invoker: FunctionInvoker
  readonly executions: DurableExecutions
  readonly codeLocations: CodeLocations
  readonly mappings: EventSourceMappings
  readonly asyncRules: AsyncRulesCache
  readonly provisioning: Provisioning
}

/** Made once in workshop/lambda.ts and given to createLambdaService and createLambdaTarget. */
export function createLambdaDeps(ports: LambdaPorts): LambdaDeps {
  const options = Object.freeze({ ...LAMBDA_OPTIONS, ...ports.options })
  const deployed = new DeployedVersions(ports, options)
  const asyncRules = new AsyncRulesCache(ports)
  const single = new Invoker(ports)
  const executions = new DurableExecutions(ports, deployed, single)
  const invoker = new DurableInvoker(single, executions)
  const provisioning = new Provisioning(ports, deployed)
  return {
    ports,
    options,
    deployed,
    invoker,
    executions,
    mappings: new EventSourceMappings(ports, deployed, invoker, asyncRules),
    asyncRules,
    provisioning,
    codeLocations: new CodeLocations(ports),
  }
}
