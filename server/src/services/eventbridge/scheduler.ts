// Fires the schedules of rules. It sleeps until the next slot that the store knows, and is woken by changes of rules.
// Slots that passed while nothing ran are made up for, up to a day back, each with the time that it was due.
import { newRequestId } from '#base/ids.ts'
import { outboxAppend } from '#events/outbox.ts'
import { StoreClosedError } from '#storage/store.ts'
import { type Transaction, transact } from '#storage/transact.ts'
import { ruleArn } from './arn.ts'
import type { EventBridgeDeps } from './deps.ts'
import { eventText } from './event.ts'
import { SCAN_PAGE, SCHEDULER_NAP_MAX_MS, SLOT_AGE_MAX_MS, SLOTS_PER_COMMIT } from './limits.ts'
import { isEnabled, type RuleRecord, ruleKey, rules } from './rule.ts'
import { toRuleTarget } from './rule-target.ts'
import { readSchedule } from '#events/schedule-expression.ts'
import { setSlot, type SlotRecord, slots } from './slot.ts'

type SchedulerPorts = Pick<EventBridgeDeps, 'store' | 'clock' | 'log'>

/** Runs until `closing`. */
export async function keepSchedules(ports: SchedulerPorts, closing: AbortSignal): Promise<void> {
  const { store, clock, log } = ports
  let nap = new AbortController()
  const wake = (): void => nap.abort()
  const unwatch = store.watch([slots.name], wake)
  closing.addEventListener('abort', wake, { once: true })
  try {
    while (!closing.aborted) {
      nap = new AbortController()
      try {
        const dueMs = await fireDue(ports)
        const waitMs = Math.min(SCHEDULER_NAP_MAX_MS, (dueMs ?? Number.POSITIVE_INFINITY) - clock.nowMs())
        if (!closing.aborted && waitMs > 0) await clock.sleep(waitMs, nap.signal)
      } catch (error) {
        if (error instanceof StoreClosedError || closing.aborted) return
        // The slots are still due: the next round tries them again.
        log.error('schedules cannot be fired', { error })
        await clock.sleep(1000, closing)
      }
    }
  } finally {
    unwatch()
    closing.removeEventListener('abort', wake)
  }
}

/** Fires what is due, a commit for each rule and round; answers when the next slot is due. */
export async function fireDue(ports: SchedulerPorts): Promise<number | undefined> {
  const { store, clock } = ports
  for (;;) {
    const nowMs = clock.nowMs()
    const due = await slots.listIndex(store, 'due', { prefix: [], before: [nowMs + 1] }, { limit: SCAN_PAGE })
    if (due.length === 0) {
      const [next] = await slots.listIndex(store, 'due', { prefix: [] }, { limit: 1 })
      return next?.value.dueMs
    }
    for (const { value } of due) await fireRule(ports, value, nowMs)
  }
}

async function fireRule({ store, log }: SchedulerPorts, slot: SlotRecord, nowMs: number): Promise<void> {
  const oldestMs = nowMs - SLOT_AGE_MAX_MS
  await transact(store, async (transaction) => {
    const key = ruleKey(slot)
    const current = (await slots.get(transaction, key))?.value
    // Somebody else has fired it.
    if (current?.dueMs !== slot.dueMs || current.schedule !== slot.schedule) return
    const rule = (await rules.get(transaction, key))?.value
    if (rule === undefined || !isEnabled(rule) || rule.schedule !== slot.schedule) {
      await slots.delete(transaction, key)
      return
    }
    await setSlot(transaction, slot, slot.schedule, fireSlots(transaction, rule, slot, { oldestMs, nowMs }))
  })
  if (slot.dueMs < oldestMs)
    log.warn('slots of a schedule are too old to be made up for', { rule: ruleArn(slot), since: slot.dueMs })
}

/** Appends the events of the slots that are due, as many as a commit may hold; answers which slot is next. */
function fireSlots(
  transaction: Transaction,
  rule: RuleRecord,
  { schedule: expression, dueMs: firstMs }: SlotRecord,
  { oldestMs, nowMs }: { readonly oldestMs: number; readonly nowMs: number },
): number | undefined {
  const schedule = readSchedule(expression)
  let dueMs = firstMs < oldestMs ? schedule?.skip(firstMs, oldestMs) : firstMs
  for (let fired = 0; dueMs !== undefined && dueMs <= nowMs && fired < SLOTS_PER_COMMIT; fired++) {
    fire(transaction, rule, dueMs)
    dueMs = schedule?.next(dueMs)
  }
  return dueMs
}

function fire(transaction: Transaction, rule: RuleRecord, dueMs: number): void {
  const { account, region, targets } = rule
  const payload = Buffer.from(
    eventText({
      id: newRequestId(),
      detailType: 'Scheduled Event',
      source: 'aws.events',
      account,
      region,
      timeMs: dueMs,
      resources: [ruleArn(rule)],
      detail: '{}',
    }),
  )
  for (const { id } of targets) {
    const occurrence = { type: 'Scheduled Event', subject: rule.name, timeMs: dueMs, hops: 0, payload, data: {} }
    const { log, value } = outboxAppend(toRuleTarget(rule, id, occurrence))
    transaction.append(log, value)
  }
}
