// Brings an event to one target of one rule: as a message of a queue or a topic, as an asynchronous invocation, as an event
// of another bus, as a line of a log group. Keeps to the target's retry policy, and at the end hands what could not be
// delivered to its dead-letter queue, in the commit that gives the event up.
import { newRequestId } from '#base/ids.ts'
import type { Destination, Envelope } from '#events/envelope.ts'
import type { OutboxRecord } from '#events/outbox.ts'
import { type DeliveryOutcome, OPERATOR, type RetryPolicy, type Target } from '#events/target.ts'
import { readBusArn, readRuleArn, ruleArn } from './arn.ts'
import { deadLetter, type Failure } from './dead-letter.ts'
import type { EventBridgeDeps } from './deps.ts'
import { BUS_TARGET, envelopeOf, type Occurrence, RULE_TARGET, toBus } from './event.ts'
import { isLogGroup, readLogGroupArn, writeToLogGroup } from './log-group.ts'
import { ageMaxMsOf, OWN_RETRIES, retriesOf } from './retry.ts'
import { type RuleRecord, ruleKey, type RuleTarget } from './rule.ts'
import { isJson, targetDocument } from './target-document.ts'

/** The event that goes to a target of a rule. The id of the target stands behind the rule's ARN. */
export function toRuleTarget(rule: RuleRecord, targetId: string, occurrence: Occurrence): OutboxRecord {
  return {
    envelope: envelopeOf(rule, occurrence),
    destination: { target: RULE_TARGET, arn: `${ruleArn(rule)}#${targetId}` },
  }
}

/** Who sends where a target names no role. */
const SENDER = 'events.amazonaws.com'

interface Found {
  readonly rule: RuleRecord
  readonly target: RuleTarget
}

type Attempt =
  | { readonly kind: 'delivered'; readonly follows: readonly OutboxRecord[] }
  /** Worth another attempt. */
  | { readonly kind: 'failed'; readonly reason: string; readonly countsAsAttempt: boolean }
  | { readonly kind: 'hopeless'; readonly failure: Failure }

export function createRuleTarget(deps: EventBridgeDeps): Target {
  return new RuleTargets(deps)
}

class RuleTargets implements Target {
  readonly name = RULE_TARGET
  readonly #deps: EventBridgeDeps

  constructor(deps: EventBridgeDeps) {
    this.#deps = deps
  }

  async refusal(): Promise<string | undefined> {
    return 'a target of a rule gets events of its rule only'
  }

  async retryPolicy({ arn }: Destination): Promise<RetryPolicy> {
    const found = await this.#find(arn)
    return found === undefined ? OWN_RETRIES : retriesOf(found.target)
  }

  async deliver(
    envelope: Envelope,
    { arn }: Destination,
    payload: Uint8Array,
    attempt: number,
  ): Promise<DeliveryOutcome> {
    const found = await this.#find(arn)
    // A target that was removed gets nothing more.
    if (found === undefined) return { kind: 'delivered' }
    const ageMs = this.#deps.clock.nowMs() - envelope.timeMs
    if (ageMs > ageMaxMsOf(found.target)) {
      const message = `The event is older than ${ageMaxMsOf(found.target) / 1000} s.`
      return await this.#giveUp(found, envelope, payload, {
        code: 'SDK_CLIENT_ERROR',
        message,
        exhausted: 'MaximumEventAgeInSeconds',
        retries: attempt - 1,
      })
    }
    const outcome = await this.#attempt(found, envelope, payload)
    if (outcome.kind === 'hopeless') return await this.#giveUp(found, envelope, payload, outcome.failure)
    if (outcome.kind === 'delivered' || !outcome.countsAsAttempt) return outcome
    const retriesMax = retriesOf(found.target).delaysMs.length
    if (attempt <= retriesMax) return outcome
    return await this.#giveUp(found, envelope, payload, {
      code: 'ERROR_FROM_TARGET',
      message: outcome.reason,
      exhausted: 'MaximumRetryAttempts',
      retries: attempt - 1,
    })
  }

  async #find(arn: string): Promise<Found | undefined> {
    const [rulePart = '', targetId] = arn.split('#')
    const ref = readRuleArn(rulePart)
    const rule = ref && (await this.#deps.views.rule(ruleKey(ref).map(String)))
    const target = rule?.targets.find(({ id }) => id === targetId)
    return rule && target && { rule, target }
  }

  async #attempt({ rule, target }: Found, envelope: Envelope, payload: Uint8Array): Promise<Attempt> {
    const circumstances = { rule, ingestedMs: envelope.timeMs }
    const text = targetDocument(target.input, Buffer.from(payload).toString('utf8'), circumstances)
    if (isLogGroup(target.arn)) return await this.#toLogGroup(rule, target, envelope, text)
    const receiver = this.#deps.targetFor(target.arn)
    if (receiver === undefined) return hopeless('NO_RESOURCE', `Nothing here takes events for ${target.arn}.`)
    const refusal = await this.#refusal(receiver, rule, target)
    if (refusal !== undefined) return hopeless(refusal.code, refusal.message)
    if (receiver.name === BUS_TARGET) return this.#toBus(target, envelope, payload)
    if (receiver.name === 'lambda') return toFunction(receiver, target, envelope, text)
    const destination: Destination = {
      target: receiver.name,
      arn: target.arn,
      ...(target.messageGroupId !== undefined && { message: { groupId: target.messageGroupId } }),
    }
    return fromReceiver(await receiver.deliver(envelope, destination, Buffer.from(text), 1))
  }

  async #refusal(
    receiver: Target,
    rule: RuleRecord,
    { arn, roleArn }: RuleTarget,
  ): Promise<Pick<Failure, 'code' | 'message'> | undefined> {
    const origin = { principal: roleArn ?? SENDER, roleOf: SENDER, sourceArn: ruleArn(rule), account: rule.account }
    const message = await receiver.refusal(arn, origin)
    if (message === undefined) return undefined
    // What is refused even to those who may everything is not there.
    const isThere = (await receiver.refusal(arn, { ...origin, principal: OPERATOR })) === undefined
    return { code: isThere ? 'NO_PERMISSIONS' : 'NO_RESOURCE', message }
  }

  /** The event goes on as it is, as one hop more. */
  #toBus({ arn }: RuleTarget, envelope: Envelope, payload: Uint8Array): Attempt {
    const bus = readBusArn(arn)
    if (bus === undefined) return hopeless('NO_RESOURCE', `${arn} is not an event bus.`)
    const { type, subject, timeMs, hops } = envelope
    return { kind: 'delivered', follows: [toBus(bus, { type, subject, timeMs, hops: hops + 1, payload, data: {} })] }
  }

  async #toLogGroup(rule: RuleRecord, { arn }: RuleTarget, envelope: Envelope, text: string): Promise<Attempt> {
    const group = readLogGroupArn(arn)
    if (group === undefined) return hopeless('NO_RESOURCE', `${arn} is not a log group.`)
    if (group.account !== rule.account) return hopeless('NO_PERMISSIONS', 'The log group belongs to another account.')
    const event = { timestampMs: envelope.timeMs, message: text }
    const outcome = await writeToLogGroup(this.#deps.logs, { ...group, stream: rule.name }, event)
    return outcome === 'stored'
      ? { kind: 'delivered', follows: [] }
      : hopeless('NO_RESOURCE', `There is no log group ${arn}.`)
  }

  async #giveUp(
    { rule, target }: Found,
    envelope: Envelope,
    payload: Uint8Array,
    failure: Failure,
  ): Promise<DeliveryOutcome> {
    const reason = `${failure.code}: ${failure.message}`
    const queue = target.deadLetterArn
    const receiver = queue === undefined ? undefined : this.#deps.targetFor(queue)
    if (queue === undefined || receiver === undefined) return { kind: 'rejected', reason }
    const origin = { principal: SENDER, sourceArn: ruleArn(rule), account: rule.account }
    const refusal = await receiver.refusal(queue, origin)
    if (refusal !== undefined) return { kind: 'rejected', reason: `${reason}; the dead-letter queue: ${refusal}` }
    const record = deadLetter({ rule, target, envelope, payload }, { queue, name: receiver.name }, failure)
    return { kind: 'rejected', reason, follows: [record] }
  }
}

function hopeless(code: Failure['code'], message: string): Attempt {
  return { kind: 'hopeless', failure: { code, message, exhausted: undefined, retries: 0 } }
}

/** Functions are invoked asynchronously: Lambda's own retries follow, which is why this is an event of its own. */
function toFunction(receiver: Target, { arn }: RuleTarget, envelope: Envelope, text: string): Attempt {
  if (!isJson(text)) return hopeless('INVALID_JSON', 'The input of a function must be one JSON value.')
  const record = {
    envelope: { ...envelope, id: newRequestId(), payload: Buffer.from(text), data: {} },
    destination: { target: receiver.name, arn },
  }
  return { kind: 'delivered', follows: [record] }
}

function fromReceiver(outcome: DeliveryOutcome): Attempt {
  switch (outcome.kind) {
    case 'delivered':
      return { kind: 'delivered', follows: outcome.follows ?? [] }
    case 'failed':
      return outcome
    case 'rejected':
      return hopeless('ERROR_FROM_TARGET', outcome.reason)
  }
}
