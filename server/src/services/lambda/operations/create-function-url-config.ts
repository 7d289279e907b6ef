// CreateFunctionUrlConfig: an address of its own for a function or an alias.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { randomHex } from '#base/ids.ts'
import { aliases } from '../alias-record.ts'
import { Constraints } from '../constraints.ts'
import { requireFunction } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { functionNotFound, resourceConflict } from '../errors.ts'
import { qualifiedArn } from '../function-name.ts'
import { functionUrls, type FunctionUrlRecord } from '../function-url-record.ts'
import { checkUrlSettings, corsOf, domainOf, functionUrlAnswer, parseUrlFunction } from '../function-url-settings.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { refuseBesideTenants } from '../tenancy.ts'

export async function createFunctionUrlConfig(
  { ports }: LambdaDeps,
  input: LambdaInput<'CreateFunctionUrlConfig'>,
  context: RequestContext,
): Promise<LambdaOutput<'CreateFunctionUrlConfig'>> {
  new Constraints().required('authType', input.AuthType).check()
  checkUrlSettings(input)
  const ref = parseUrlFunction(input, context)
  const record = await transact(ports.store, async (transaction) => {
    const owner = await requireFunction(transaction, ref)
    refuseBesideTenants(owner.latest, 'A function URL')
    if (ref.qualifier !== undefined && !(await aliases.get(transaction, [owner.id, ref.qualifier])))
      throw functionNotFound(qualifiedArn(ref))
    const key = [owner.id, ref.qualifier ?? '']
    if (await functionUrls.get(transaction, key))
      throw resourceConflict(
        `Failed to create function url config for [functionArn = ${qualifiedArn(ref)}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
      )
    const nowMs = ports.clock.nowMs()
    const record: FunctionUrlRecord = {
      urlId: randomHex(16),
      account: ref.account,
      region: ref.region,
      functionName: ref.name,
      alias: ref.qualifier,
      authType: input.AuthType === 'AWS_IAM' ? 'AWS_IAM' : 'NONE',
      cors: corsOf(input.Cors),
      mode: input.InvokeMode === 'RESPONSE_STREAM' ? 'stream' : 'buffered',
      domain: domainOf(context.http.headers['host'] ?? context.http.host),
      createdMs: nowMs,
      modifiedMs: nowMs,
    }
    await functionUrls.set(transaction, key, record)
    return record
  })
  context.setStatus(201)
  const { LastModifiedTime: _, ...answer } = functionUrlAnswer(record, context)
  return answer
}
