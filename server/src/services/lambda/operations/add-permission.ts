// AddPermission: a statement in the resource policy of a function or of one version.
import { newRequestId } from '#base/ids.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { Constraints } from '../constraints.ts'
import { requireVersion } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { invalidParameter, policyTooLong, resourceConflict, revisionMismatch } from '../errors.ts'
import { parseFunctionName, qualifiedArn } from '../function-name.ts'
import { policies, type GrantStatement } from '../function-record.ts'
import { POLICY_BYTES_MAX } from '../limits.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { renderPolicy } from '../resource-policy.ts'

export async function addPermission(
  { ports }: LambdaDeps,
  input: LambdaInput<'AddPermission'>,
  context: RequestContext,
): Promise<LambdaOutput<'AddPermission'>> {
  new Constraints()
    .length('statementId', input.StatementId, { min: 1, max: 100 })
    .pattern('statementId', input.StatementId, /^[a-zA-Z0-9-_]+$/, '([a-zA-Z0-9-_]+)')
    .pattern('action', input.Action, /^(lambda:[*]|lambda:[a-zA-Z]+|[*])$/, '(lambda:[*]|lambda:[a-zA-Z]+|[*])')
    .pattern('principal', input.Principal, /^[^\s]+$/, String.raw`[^\s]+`)
    .pattern('sourceAccount', input.SourceAccount, /^\d{12}$/, String.raw`\d{12}`)
    .pattern(
      'sourceArn',
      input.SourceArn,
      /^arn:[^\s]+$/,
      String.raw`arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*)`,
    )
    .oneOf('functionUrlAuthType', input.FunctionUrlAuthType, ['NONE', 'AWS_IAM'])
    .check()
  const ref = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context)
  if (ref.qualifier === '$LATEST') throw invalidParameter('We currently do not support adding policies for $LATEST.')
  const { owner } = await requireVersion(ports.store, ref)
  const statement = statementOf(input, qualifiedArn(ref))
  await transact(ports.store, async (transaction) => {
    const key = [owner.id, ref.qualifier ?? '']
    const found = await policies.get(transaction, key)
    const statements = found?.value.statements ?? []
    if (input.RevisionId !== undefined && input.RevisionId !== found?.value.revisionId)
      throw revisionMismatch('GetPolicy')
    if (statements.some(({ Sid }) => Sid === statement.Sid))
      throw resourceConflict(
        `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      )
    const next = { ...found?.value, revisionId: newRequestId(), statements: [...statements, statement] }
    const bytes = Buffer.byteLength(renderPolicy(next))
    if (bytes > POLICY_BYTES_MAX) throw policyTooLong(bytes)
    await policies.set(transaction, key, next)
  })
  context.setStatus(201)
  return { Statement: JSON.stringify(statement) }
}

function statementOf(input: LambdaInput<'AddPermission'>, resource: string): GrantStatement {
  const condition: Record<string, Record<string, string>> = {}
  const equals = { ...(input.SourceAccount !== undefined && { 'AWS:SourceAccount': input.SourceAccount }) }
  const stringEquals: Record<string, string> = {
    ...equals,
    ...(input.PrincipalOrgID !== undefined && { 'aws:PrincipalOrgID': input.PrincipalOrgID }),
    ...(input.FunctionUrlAuthType !== undefined && { 'lambda:FunctionUrlAuthType': input.FunctionUrlAuthType }),
    ...(input.EventSourceToken !== undefined && { 'lambda:EventSourceToken': input.EventSourceToken }),
  }
  if (Object.keys(stringEquals).length > 0) condition['StringEquals'] = stringEquals
  if (input.SourceArn !== undefined) condition['ArnLike'] = { 'AWS:SourceArn': input.SourceArn }
  if (input.InvokedViaFunctionUrl !== undefined)
    condition['Bool'] = { 'lambda:InvokedViaFunctionUrl': String(input.InvokedViaFunctionUrl) }
  return {
    Sid: input.StatementId ?? '',
    Effect: 'Allow',
    Principal: principalOf(input.Principal ?? ''),
    Action: input.Action ?? '',
    Resource: resource,
    ...(Object.keys(condition).length > 0 && { Condition: condition }),
  }
}

/** A service, an account, an IAM identity, or everybody. Throws AWS's error for anything else. */
function principalOf(principal: string): GrantStatement['Principal'] {
  if (principal === '*') return '*'
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` }
  if (/^arn:aws[a-z-]*:(?:iam|sts)::\d{12}:(?:root|(?:user|role|assumed-role|federated-user)\/[^*?]+)$/.test(principal))
    return { AWS: principal }
  if (/^[a-z0-9.-]+\.[a-z]+$/.test(principal)) return { Service: principal }
  throw invalidParameter('The provided principal was invalid. Please check the principal and try again.')
}
