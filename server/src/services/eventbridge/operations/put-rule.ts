// PutRule: makes a rule, or replaces what is said of it; its targets and tags stay.
import { compilePattern } from '#events/pattern/pattern.ts'
import { transact } from '#storage/transact.ts'
import { DEFAULT_BUS, ruleArn } from '../arn.ts'
import { busKey, requireBus } from '../bus.ts'
import { Constraints } from '../constraints.ts'
import { invalidEventPattern, invalidParameter, limitExceeded, validation } from '../errors.ts'
import { PATTERN_CHARS_MAX, RULES_PER_BUS_MAX, SCHEDULE_CHARS_MAX } from '../limits.ts'
import type { EventBridgeInput, EventBridgeOperation } from '../model.ts'
import { ruleKey, type RuleRecord, rules, setRule } from '../rule.ts'
import { readSchedule } from '#events/schedule-expression.ts'
import { keepSlot } from '../slot.ts'
import { withTags } from '../tags.ts'

const STATES = ['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'] as const

export const putRule: EventBridgeOperation<'PutRule'> = async ({ store, clock, views }, input, context) => {
  check(input)
  const rule = await transact(store, async (transaction) => {
    const { account, region, name: bus } = await requireBus(transaction, input.EventBusName, context)
    checkSchedule(input.ScheduleExpression, bus)
    const ref = { account, region, bus, name: input.Name ?? '' }
    const before = (await rules.get(transaction, ruleKey(ref)))?.value
    if (before === undefined) {
      const all = await rules.list(transaction, { prefix: busKey({ account, region, name: bus }) })
      if (all.length >= RULES_PER_BUS_MAX) throw limitExceeded()
    }
    const next: RuleRecord = {
      ...ref,
      ...settingsIn(input),
      createdBy: before?.createdBy ?? context.account,
      // Tags are for new rules only.
      tags: before?.tags ?? withTags({}, input.Tags),
      targets: before?.targets ?? [],
    }
    await setRule(transaction, next)
    await keepSlot(transaction, next, clock.nowMs())
    return next
  })
  views.forgetAll()
  return { RuleArn: ruleArn(rule) }
}

function check(input: EventBridgeInput<'PutRule'>): void {
  new Constraints()
    .ruleName('name', input.Name)
    .length('scheduleExpression', input.ScheduleExpression, { min: 0, max: SCHEDULE_CHARS_MAX })
    .length('eventPattern', input.EventPattern, { min: 0, max: PATTERN_CHARS_MAX })
    .oneOf('state', input.State, STATES)
    .description('description', input.Description)
    .arn('roleArn', input.RoleArn)
    .busNameOrArn('eventBusName', input.EventBusName)
    .check()
  if ((input.EventPattern ?? '') === '' && (input.ScheduleExpression ?? '') === '')
    throw validation('Parameter(s) EventPattern or ScheduleExpression must be specified.')
  if (input.EventPattern === undefined) return
  const compiled = compilePattern(input.EventPattern, 'eventbridge')
  if (compiled.kind === 'invalid') throw invalidEventPattern(compiled.reason)
}

function checkSchedule(expression: string | undefined, bus: string): void {
  if (expression === undefined) return
  if (bus !== DEFAULT_BUS) throw validation('ScheduleExpression is supported only on the default event bus.')
  if (readSchedule(expression) === undefined) throw invalidParameter('ScheduleExpression')
}

function settingsIn({ EventPattern, ScheduleExpression, State, Description, RoleArn }: EventBridgeInput<'PutRule'>) {
  return {
    ...(EventPattern !== undefined && { pattern: EventPattern }),
    ...(ScheduleExpression !== undefined && { schedule: ScheduleExpression }),
    state: State ?? 'ENABLED',
    ...(Description !== undefined && { description: Description }),
    ...(RoleArn !== undefined && { roleArn: RoleArn }),
  }
}
