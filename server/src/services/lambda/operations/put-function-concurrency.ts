// PutFunctionConcurrency: reserves instances for a function, which is also the most that it may have; 0 stops it.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { concurrencyMaxOf } from '../account-quotas.ts'
import { reservedTotal } from '../concurrency-quotas.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { invalidParameter } from '../errors.ts'
import { parseFunctionName } from '../function-name.ts'
import { functionKey, functions } from '../function-record.ts'
import { functionToChange } from '../function-writes.ts'
import { UNRESERVED_CONCURRENCY_MIN } from '../limits.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { provisionedOf, provisionedUnreserved } from '../provisioned-record.ts'

export async function putFunctionConcurrency(
  { ports, options }: LambdaDeps,
  input: LambdaInput<'PutFunctionConcurrency'>,
  context: RequestContext,
): Promise<LambdaOutput<'PutFunctionConcurrency'>> {
  const wanted = input.ReservedConcurrentExecutions ?? 0
  new Constraints().range('reservedConcurrentExecutions', wanted, { min: 0, max: Number.MAX_SAFE_INTEGER }).check()
  const ref = parseFunctionName(input.FunctionName ?? '', undefined, context)
  const accountMax = concurrencyMaxOf(ports, ref.account, options.concurrencyMax)
  await transact(ports.store, async (transaction) => {
    const owner = await functionToChange(transaction, ref, undefined)
    const others = (await reservedTotal(transaction, ref.account, ref.region)) - (owner.reservedConcurrency ?? 0)
    // What it has ordered moves into its reservation.
    const ordered = await provisionedOf(transaction, owner)
    if (wanted < ordered)
      throw invalidParameter(
        `ReservedConcurrentExecutions ${wanted} should not be lower than configured total provisioned execution [${ordered}].`,
      )
    const own = owner.reservedConcurrency === undefined ? ordered : 0
    const shared = (await provisionedUnreserved(transaction, ref.account, ref.region)) - own
    if (wanted > 0 && accountMax - others - shared - wanted < UNRESERVED_CONCURRENCY_MIN)
      throw invalidParameter(
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${UNRESERVED_CONCURRENCY_MIN}].`,
      )
    await functions.set(transaction, functionKey(ref), { ...owner, reservedConcurrency: wanted })
  })
  return { ReservedConcurrentExecutions: wanted }
}
