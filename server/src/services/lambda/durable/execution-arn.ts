// ARNs of durable executions: `...:function:name:version/durable-execution/execution-name/id`. Source: API reference,
// CheckpointDurableExecution.
import type { RequestContext } from '#protocol/operation.ts'
import type { Constraints } from '../constraints.ts'
import { functionArn, parseFunctionArn } from '../function-name.ts'
import type { ExecutionKey, ExecutionRecord } from './execution-record.ts'

const ARN_FORM =
  /^(arn:(?:[a-zA-Z0-9-]+):lambda:[a-zA-Z0-9-]+:\d{12}:function:[a-zA-Z0-9_-]+:(?:\$LATEST(?:\.PUBLISHED)?|[0-9]+))\/durable-execution\/([a-zA-Z0-9_-]+)\/([a-zA-Z0-9_-]+)$/
const ARN_FORM_SHOWN = String.raw`arn:([a-zA-Z0-9-]+):lambda:([a-zA-Z0-9-]+):(\d{12}):function:([a-zA-Z0-9_-]+):(\$LATEST(?:\.PUBLISHED)?|[0-9]+)/durable-execution/([a-zA-Z0-9_-]+)/([a-zA-Z0-9_-]+)`
const ARN_CHARS_MAX = 1024

type Named = Pick<ExecutionRecord, 'account' | 'region' | 'functionName' | 'version' | 'name' | 'id'>

/** The version that runs it. */
export function versionArn({ account, region, functionName, version }: Named): string {
  return `${functionArn({ account, region, name: functionName })}:${version}`
}

export function executionArn(execution: Named): string {
  return `${versionArn(execution)}/durable-execution/${execution.name}/${execution.id}`
}

/** Adds the checks of an execution's ARN. */
export function checkExecutionArn(constraints: Constraints, arn: string | undefined): Constraints {
  return constraints
    .length('durableExecutionArn', arn, { min: 1, max: ARN_CHARS_MAX })
    .pattern('durableExecutionArn', arn, ARN_FORM, ARN_FORM_SHOWN)
}

/** The key of the execution that the ARN names; undefined for those of other accounts and regions, and for no such ARN. */
export function executionKeyIn(arn: string, context: RequestContext): ExecutionKey | undefined {
  const [, version = '', , id = ''] = ARN_FORM.exec(arn) ?? []
  const ref = parseFunctionArn(version)
  if (ref?.account !== context.account || ref.region !== context.region) return undefined
  return [ref.account, ref.region, id]
}
