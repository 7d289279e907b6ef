// InvokeAsync: the older way to hand an event in. Deprecated on AWS; what Invoke with InvocationType Event does.
import type { RequestContext } from '#protocol/operation.ts'
import { takeEvent } from '../async-invocation.ts'
import type { LambdaDeps } from '../deps.ts'
import { requireDurableCall } from '../durable/durable-call.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { requireTenant } from '../tenancy.ts'
import { payloadOf } from './invoke.ts'

export async function invokeAsync(
  deps: LambdaDeps,
  input: LambdaInput<'InvokeAsync'>,
  context: RequestContext,
): Promise<LambdaOutput<'InvokeAsync'>> {
  const deployed = await deps.deployed.require(input.FunctionName ?? '', undefined, context)
  requireTenant(deployed.record, undefined)
  requireDurableCall(deployed, { waits: false })
  const payload = payloadOf({ Payload: await input.InvokeArgs.bytes(), InvocationType: 'Event' })
  await takeEvent(deps, context, deployed.invokedArn, payload, {})
  context.setStatus(202)
  return { Status: 202 }
}
