// AddLayerVersionPermission: lets other accounts use a layer version.
import { newRequestId } from '#base/ids.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { policyTooLong, resourceConflict, revisionMismatch } from '../errors.ts'
import type { GrantStatement } from '../function-record.ts'
import { layerKey, layerVersionArn, layerVersions, parseLayerName, requireLayerVersion } from '../layer-record.ts'
import { POLICY_BYTES_MAX } from '../limits.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { renderPolicy } from '../resource-policy.ts'

export async function addLayerVersionPermission(
  { ports }: LambdaDeps,
  input: LambdaInput<'AddLayerVersionPermission'>,
  context: RequestContext,
): Promise<LambdaOutput<'AddLayerVersionPermission'>> {
  new Constraints()
    .length('statementId', input.StatementId, { min: 1, max: 100 })
    .pattern('statementId', input.StatementId, /^[a-zA-Z0-9-_]+$/, '([a-zA-Z0-9-_]+)')
    .pattern('action', input.Action, /^lambda:GetLayerVersion$/, 'lambda:GetLayerVersion')
    .pattern(
      'principal',
      input.Principal,
      /^(\d{12}|\*|arn:aws[a-zA-Z-]*:iam::\d{12}:root)$/,
      String.raw`\d{12}|\*|arn:(aws[a-zA-Z-]*):iam::\d{12}:root`,
    )
    .check()
  const ref = parseLayerName(input.LayerName ?? '', context)
  const number = input.VersionNumber ?? 0
  const statement = statementOf(input, layerVersionArn(ref, number))
  const revisionId = newRequestId()
  await transact(ports.store, async (transaction) => {
    const record = await requireLayerVersion(transaction, ref, number)
    const statements = record.policy?.statements ?? []
    if (input.RevisionId !== undefined && input.RevisionId !== record.policy?.revisionId)
      throw revisionMismatch('GetLayerVersionPolicy')
    if (statements.some(({ Sid }) => Sid === statement.Sid))
      throw resourceConflict(
        `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      )
    const next = [...statements, statement]
    const bytes = Buffer.byteLength(renderPolicy({ statements: next }))
    if (bytes > POLICY_BYTES_MAX) throw policyTooLong(bytes)
    await layerVersions.set(transaction, [...layerKey(ref), number], {
      ...record,
      policy: { revisionId, statements: next },
    })
  })
  context.setStatus(201)
  return { Statement: JSON.stringify(statement), RevisionId: revisionId }
}

function statementOf(input: LambdaInput<'AddLayerVersionPermission'>, resource: string): GrantStatement {
  const principal = input.Principal ?? ''
  return {
    Sid: input.StatementId ?? '',
    Effect: 'Allow',
    Principal: /^\d{12}$/.test(principal)
      ? { AWS: `arn:aws:iam::${principal}:root` }
      : principal === '*'
        ? '*'
        : { AWS: principal },
    Action: 'lambda:GetLayerVersion',
    Resource: resource,
    ...(input.OrganizationId !== undefined && {
      Condition: { StringEquals: { 'aws:PrincipalOrgID': input.OrganizationId } },
    }),
  }
}
