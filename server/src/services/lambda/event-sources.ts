// What other services may ask about functions before they send events to them; main.ts hands it on.
import type { LambdaDeps } from './deps.ts'
import { parseFunctionArn } from './function-name.ts'

/** Why events may not be sent to this function; undefined when they may. */
export type DestinationRefusal = (arn: string) => Promise<string | undefined>

/** Whether a function that an event source names is there. (Its policy is evaluated once policies are.) */
export function destinationRefusal({ deployed }: LambdaDeps): DestinationRefusal {
  return async (arn) => {
    const ref = parseFunctionArn(arn)
    if (!ref) return `${arn} is not the ARN of a function`
    if (!(await deployed.find(ref))) return `there is no function ${arn}`
    return undefined
  }
}
