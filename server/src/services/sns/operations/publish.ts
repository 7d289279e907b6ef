// Publish: to a topic, to a device, or to a phone. What was answered is on disk, with an event for each subscription.
import { newRequestId } from '#base/ids.ts'
import type { RequestContext } from '#protocol/operation.ts'
import type { SnsDeps } from '../deps.ts'
import { type Draft, forTopic, readDraft } from '../draft.ts'
import { endpointDisabled, invalidParameter, platformApplicationDisabled } from '../errors.ts'
import { requireKeyUse } from '../key-use.ts'
import { sequenceText, textFor } from '../message.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { applications, endpoints, isEnabled, parseEndpointArn } from '../platform.ts'
import { keepSent, type SentMessage } from '../sent-messages.ts'
import { isOptedOut, isPhoneNumber } from '../sms.ts'
import { requireTopic } from '../topic.ts'

export async function publish(
  deps: SnsDeps,
  input: SnsInput<'Publish'>,
  context: RequestContext,
): Promise<SnsOutput<'Publish'>> {
  const { TopicArn, TargetArn, PhoneNumber } = input
  const targets = [TopicArn, TargetArn, PhoneNumber].filter((target) => target !== undefined)
  if (targets.length === 0) throw invalidParameter('TopicArn or TargetArn Reason: no value for required parameter')
  if (targets.length > 1) throw invalidParameter('TopicArn, TargetArn and PhoneNumber exclude each other')
  if (PhoneNumber !== undefined && !isPhoneNumber(PhoneNumber))
    throw invalidParameter(`PhoneNumber Reason: ${PhoneNumber} is not valid to publish to`)
  const toDevice = TargetArn?.includes(':endpoint/') === true
  const draft = readDraft(input, !toDevice)
  if (PhoneNumber !== undefined) return await toPhone(deps, PhoneNumber, draft, context)
  if (toDevice) return await publishToDevice(deps, TargetArn ?? '', draft, context)
  const member = TopicArn === undefined ? 'TargetArn' : 'TopicArn'
  const topic = await requireTopic(deps.store, TopicArn ?? TargetArn, context, member)
  const toTopic = forTopic(draft, topic)
  await requireKeyUse(deps, topic, context)
  const [published] = await deps.publisher.publish(topic, [toTopic], deps.hops.next(context.principal))
  return {
    MessageId: published?.messageId,
    ...(published?.sequence !== undefined && { SequenceNumber: sequenceText(published.sequence) }),
  }
}

async function toPhone(
  deps: SnsDeps,
  number: string,
  draft: Draft,
  context: RequestContext,
): Promise<SnsOutput<'Publish'>> {
  const messageId = newRequestId()
  // AWS takes messages to numbers that opted out, and drops them.
  if (await isOptedOut(deps.store, context.account, number)) return { MessageId: messageId }
  await keepSent(deps.store, sent('sms', number, textIn(draft, 'sms'), messageId, draft, deps, context))
  return { MessageId: messageId }
}

async function publishToDevice(
  deps: SnsDeps,
  arn: string,
  draft: Draft,
  context: RequestContext,
): Promise<SnsOutput<'Publish'>> {
  const key = parseEndpointArn(arn, 'TargetArn')
  const device = (await endpoints.get(deps.store, key))?.value
  if (device === undefined) throw invalidParameter('TargetArn Reason: No endpoint found for the target arn specified')
  const application = (await applications.get(deps.store, key.slice(0, -1)))?.value
  if (application !== undefined && !isEnabled(application)) throw platformApplicationDisabled()
  if (!isEnabled(device)) throw endpointDisabled()
  const messageId = newRequestId()
  const text = textIn(draft, device.platform)
  await keepSent(deps.store, sent('application', arn, text, messageId, draft, deps, context))
  return { MessageId: messageId }
}

function textIn(draft: Draft, protocol: string): string {
  return textFor({ ...draft, id: '', type: 'Notification', topicArn: '', timeMs: 0 }, protocol)
}

function sent(
  channel: SentMessage['channel'],
  to: string,
  text: string,
  messageId: string,
  { attributes, subject }: Draft,
  { clock }: SnsDeps,
  { account, region }: RequestContext,
): SentMessage {
  return {
    channel,
    to,
    text,
    messageId,
    account,
    region,
    timeMs: clock.nowMs(),
    ...(subject !== undefined && { subject }),
    ...(attributes !== undefined && { attributes }),
  }
}
