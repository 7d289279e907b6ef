// How events reach functions: Event invocations and notifications of other services. An attempt that fails counts and is
// repeated after one and two minutes; one that was throttled is repeated until the event is too old. Who wishes to hear
// of the end (destinations, the dead-letter queue) is told by events that follow in the same commit.
import type { OutboxRecord } from '#events/outbox.ts'
import type { DeliveryOutcome, Target } from '#events/target.ts'
import { callerWordsIn } from './async-invocation.ts'
import type { AsyncRules } from './async-settings.ts'
import type { LambdaDeps } from './deps.ts'
import { chainedCallIn } from './durable/chained-invocation.ts'
import { deliverChained, deliverDurable } from './durable/deliver.ts'
import { durableFault, isDurable } from './durable/durable-call.ts'
import { parseFunctionArn } from './function-name.ts'
import type { VersionRecord } from './function-record.ts'
import { deadLetterFor, type InvocationEnd, recordFor } from './invocation-record.ts'
import { tenantFault } from './tenancy.ts'

/** What of a function's error goes into the reason of a dead letter. */
const REASON_CHARS_MAX = 300

export function createLambdaTarget(deps: LambdaDeps): Target {
  const { ports, deployed, invoker, options, asyncRules } = deps
  const delaysOf = ({ settings }: AsyncRules): readonly number[] =>
    options.asyncRetryDelaysMs.slice(0, settings?.retriesMax)
  return {
    name: 'lambda',
    async retryPolicy({ arn }) {
      const ref = parseFunctionArn(arn)
      const rules = ref && (await asyncRules.of(ref))
      return {
        delaysMs: rules ? delaysOf(rules) : [],
        // `deliver` looks at the age itself: there is somebody to tell.
        ageMaxMs: Number.POSITIVE_INFINITY,
        ...(rules?.allowsLoops === true && { allowsLoops: true }),
      }
    },
    refusal: async (arn) => {
      const ref = parseFunctionArn(arn)
      if (!ref) return `${arn} is not the ARN of a function`
      const version = await deployed.find(ref)
      if (!version) return `there is no function ${arn}`
      if (version.record.tenancy) return `${arn} runs for one tenant at a time, and events name none`
      return durableFault(version, { waits: false })
    },
    async deliver(envelope, destination, payload, attempt): Promise<DeliveryOutcome> {
      const ref = parseFunctionArn(destination.arn)
      const version = ref && (await deployed.find(ref))
      const call = chainedCallIn(envelope)
      if (call) return deliverChained(deps, envelope, call, version, payload)
      if (!version) return { kind: 'rejected', reason: `Function not found: ${destination.arn}` }
      const { clientContext, tenantId } = callerWordsIn(envelope)
      const fault = tenantFault(version.record, tenantId)
      if (fault !== undefined) return { kind: 'rejected', reason: fault }
      if (isDurable(version)) return deliverDurable(deps, envelope, version, payload, tenantId)
      const rules = await asyncRules.of(ref)
      const { settings } = rules
      const end = { envelope, ref, role: version.record.role, requestPayload: payload }
      const ageMaxMs = settings?.ageMaxS === undefined ? options.asyncAgeMaxMs : settings.ageMaxS * 1000
      if (ports.clock.nowMs() - envelope.timeMs > ageMaxMs) {
        const reason = `older than ${ageMaxMs / 1000} s after ${attempt - 1} attempts`
        const tooOld = {
          ...end,
          condition: 'EventAgeExceeded',
          invokeCount: attempt - 1,
          nowMs: ports.clock.nowMs(),
        } as const
        return rejected(reason, failureEvents(rules, version.record, { ...tooOld, response: undefined }))
      }
      const answer = await invoker.invoke(version, {
        requestId: envelope.id,
        payload,
        clientContext,
        tenantId,
        traceId: undefined,
        tail: false,
        hops: envelope.hops,
      })
      if (answer.kind === 'throttled')
        return { kind: 'failed', reason: `throttled: ${answer.reason}`, countsAsAttempt: false }
      const { functionError } = answer
      const response = { payload: answer.payload, executedVersion: version.record.version, functionError }
      const over = { ...end, response, invokeCount: attempt, nowMs: ports.clock.nowMs() }
      if (functionError === undefined) {
        const arn = settings?.onSuccessArn
        if (arn === undefined) return { kind: 'delivered' }
        return { kind: 'delivered', follows: [recordFor(arn, { ...over, condition: 'Success' })] }
      }
      const reason = Buffer.from(answer.payload).toString('utf8').slice(0, REASON_CHARS_MAX)
      if (attempt <= delaysOf(rules).length) return { kind: 'failed', reason, countsAsAttempt: true }
      return rejected(reason, failureEvents(rules, version.record, { ...over, condition: 'RetriesExhausted' }))
    },
  }
}

function rejected(reason: string, follows: readonly OutboxRecord[]): DeliveryOutcome {
  return { kind: 'rejected', reason, follows }
}

/** The dead-letter queue of the version and the on-failure destination are told independently of each other. */
function failureEvents(
  { settings }: AsyncRules,
  { deadLetterArn }: VersionRecord,
  end: InvocationEnd,
): readonly OutboxRecord[] {
  return [
    ...(settings?.onFailureArn === undefined ? [] : [recordFor(settings.onFailureArn, end)]),
    ...(deadLetterArn === undefined ? [] : [deadLetterFor(deadLetterArn, end)]),
  ]
}
