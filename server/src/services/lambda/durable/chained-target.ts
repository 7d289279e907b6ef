// What the functions are that an execution wants to call, and whether it may. A call that cannot be made fails with its
// checkpoint: its code hears of it at once.
import { HOPS_MAX } from '#events/envelope.ts'
import type { RequestContext } from '#protocol/operation.ts'
import type { LambdaDeps } from '../deps.ts'
import { invalidParameter } from '../errors.ts'
import { parseFunctionName, qualifiedArn } from '../function-name.ts'
import { tenantFault } from '../tenancy.ts'
import type { ChainedTarget } from './chained-invocation.ts'
import { UNQUALIFIED } from './errors.ts'
import type { ExecutionRecord } from './execution-record.ts'
import type { OperationUpdate } from './model.ts'

type Surroundings = Pick<LambdaDeps, 'deployed' | 'asyncRules' | 'ports'>

/**
 * What a checkpoint's calls mean, by the id of the operation. Throws InvalidParameterValueException for names that are none,
 * and for functions of other accounts and regions.
 */
export async function chainedTargets(
  around: Surroundings,
  execution: ExecutionRecord,
  updates: readonly OperationUpdate[],
  context: RequestContext,
): Promise<ReadonlyMap<string, ChainedTarget>> {
  const targets = new Map<string, ChainedTarget>()
  for (const { Id: id = '', ChainedInvokeOptions: options } of updates) {
    if (options === undefined) continue
    targets.set(id, await targetOf(around, execution, options, context))
  }
  return targets
}

async function targetOf(
  { deployed, asyncRules, ports }: Surroundings,
  execution: ExecutionRecord,
  { FunctionName: name, TenantId: tenantId }: NonNullable<OperationUpdate['ChainedInvokeOptions']>,
  context: RequestContext,
): Promise<ChainedTarget> {
  const ref = parseFunctionName(name, undefined, context)
  if (ref.account !== execution.account)
    throw invalidParameter('Cannot start a CHAINED_INVOKE on a function in another account.')
  const caller = await deployed.find({
    account: execution.account,
    region: execution.region,
    name: execution.functionName,
    qualifier: execution.version,
  })
  if (caller !== undefined) {
    const holder = { role: caller.record.role, account: execution.account }
    const refusal = await ports.roles.refusal(holder, 'lambda:InvokeFunction', qualifiedArn(ref))
    if (refusal !== undefined) return refused('AccessDeniedException', refusal)
  }
  const callee = await deployed.find(ref)
  if (callee === undefined)
    return refused(
      'ResourceNotFoundException',
      `Function not found: ${qualifiedArn({ ...ref, qualifier: ref.qualifier ?? '$LATEST' })}`,
    )
  if (callee.record.durable !== undefined && ref.qualifier === undefined)
    return refused('InvalidParameterValueException', UNQUALIFIED)
  if (execution.hops + 1 >= HOPS_MAX && !(await asyncRules.of(ref)).allowsLoops)
    return refused(
      'RecursiveInvocationException',
      `The call was stopped: this chain has passed ${HOPS_MAX} functions, which is taken for a loop.`,
    )
  const fault = tenantFault(callee.record, tenantId)
  if (fault !== undefined) return refused('InvalidParameterValueException', fault)
  return {
    kind: 'function',
    arn: qualifiedArn(ref),
    functionName: ref.name,
    version: callee.record.version,
    durable: callee.record.durable !== undefined,
  }
}

function refused(type: string, message: string): ChainedTarget {
  return { kind: 'refused', error: { ErrorType: type, ErrorMessage: message } }
}
