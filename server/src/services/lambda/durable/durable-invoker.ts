// What calls functions and waits for their answers: an invocation, or for durable functions an execution from its beginning
// to its end.
import type { DeployedVersion } from '../deployed-versions.ts'
import type { FunctionInvoker, InvokeAnswer, InvokeOrder } from '../invoker.ts'
import { isDurable } from './durable-call.ts'
import type { DurableExecutions } from './durable-executions.ts'

export class DurableInvoker implements FunctionInvoker {
  readonly #single: FunctionInvoker
  readonly #executions: DurableExecutions

  constructor(single: FunctionInvoker, executions: DurableExecutions) {
    this.#single = single
    this.#executions = executions
  }

  invoke(deployed: DeployedVersion, order: InvokeOrder): Promise<InvokeAnswer> {
    return isDurable(deployed) ? this.#executions.run(deployed, order) : this.#single.invoke(deployed, order)
  }
}
