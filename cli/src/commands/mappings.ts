// `mayfly mappings`: which queues and streams feed which functions, in what state they are, and how the last batch ended.
import { AwsClient } from '../aws/client.ts'
import { type EventSourceMapping, Lambda } from '../aws/lambda.ts'
import { begin, type CliContext } from '../context.ts'
import type { ServerFlags } from '../flags.ts'

/** Prints one line for each mapping, of one function where it is named. */
export async function mappings(context: CliContext, flags: ServerFlags, name?: string): Promise<void> {
  const output = begin(context, flags)
  const found = await new Lambda(new AwsClient(flags, context.env)).mappings(name)
  output.result({ mappings: found }, found.map(line).join('\n'))
  if (found.length === 0)
    output.note('no queue or stream feeds a function (aws lambda create-event-source-mapping makes it so)')
}

function line({ UUID, EventSourceArn, FunctionArn, State, LastProcessingResult }: EventSourceMapping): string {
  const source = EventSourceArn.split(':').slice(2).join(':')
  const target = FunctionArn.split(':').slice(6).join(':')
  return [State, LastProcessingResult ?? '-', `${source} -> ${target}`, UUID].join('  ')
}
