// `mayfly rules`: what the event buses bring where: by pattern or by the clock.
import { AwsClient } from '../aws/client.ts'
import { type BusRule, EventBridge } from '../aws/event-bridge.ts'
import { begin, type CliContext } from '../context.ts'
import type { ServerFlags } from '../flags.ts'

interface ShownRule extends BusRule {
  readonly Targets: readonly string[]
}

/** Prints one line for each target of each rule, of one bus where it is named. */
export async function rules(context: CliContext, flags: ServerFlags, bus?: string): Promise<void> {
  const output = begin(context, flags)
  const events = new EventBridge(new AwsClient(flags, context.env))
  const shown: ShownRule[] = []
  for (const name of bus === undefined ? await events.buses() : [bus])
    for (const rule of await events.rules(name)) shown.push({ ...rule, Targets: await events.targets(rule) })
  output.result({ rules: shown }, shown.flatMap(lines).join('\n'))
  if (shown.length === 0)
    output.note('no rule yet: what comes to the event buses goes nowhere (aws events put-rule makes one)')
}

function lines({ Name, EventBusName, State, EventPattern, ScheduleExpression, Targets }: ShownRule): readonly string[] {
  const when = [ScheduleExpression, EventPattern].filter((one) => one !== undefined).join(' or ')
  const targets = Targets.length === 0 ? ['-'] : Targets.map((arn) => arn.split(':').slice(2).join(':'))
  return targets.map((target) => [State, `${EventBusName}/${Name}`, `${when} -> ${target}`].join('  '))
}
