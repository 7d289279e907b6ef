// What the operations and the target of the Lambda service share: the ports, and the little that is kept in memory.
import { CodeLocations } from './code-locations.ts'
import { DeployedVersions } from './deployed-versions.ts'
import { Invoker } from './invoker.ts'
import { LAMBDA_OPTIONS, type LambdaOptions, type LambdaPorts } from './ports.ts'

export interface LambdaDeps {
  readonly ports: LambdaPorts
  readonly options: LambdaOptions
  readonly deployed: DeployedVersions
  readonly invoker: Invoker
  readonly codeLocations: CodeLocations
}

/** Made once in workshop/lambda.ts and given to createLambdaService and createLambdaTarget. */
export function createLambdaDeps(ports: LambdaPorts): LambdaDeps {
  const options = Object.freeze({ ...LAMBDA_OPTIONS, ...ports.options })
  return {
    ports,
    options,
    deployed: new DeployedVersions(ports, options),
    invoker: new Invoker(ports),
    codeLocations: new CodeLocations(ports),
  }
}
