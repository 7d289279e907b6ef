// What a client wants published, checked: the rules that hold for Publish and for each entry of PublishBatch.
import { hash } from 'node:crypto'
import { invalidParameter } from './errors.ts'
import { parseJsonObject } from './json-text.ts'
import { DEDUPLICATION_ID_CHARS_MAX, GROUP_ID_CHARS_MAX, MESSAGE_BYTES_MAX, SUBJECT_CHARS_MAX } from './limits.ts'
import type { Message } from './message.ts'
import { attributesBytes, type GivenAttribute, readAttributes } from './message-attributes.ts'
import { isFifo, type TopicRecord } from './topic.ts'

/** A message without what only publishing it gives: an id, a time, a number. */
export type Draft = Pick<Message, 'text' | 'byProtocol' | 'subject' | 'attributes' | 'groupId' | 'deduplicationId'>

/** As Publish and the entries of PublishBatch name them. */
export interface Publication {
  readonly Message: string | undefined
  readonly Subject?: string | undefined
  readonly MessageStructure?: string | undefined
  readonly MessageAttributes?: Readonly<Record<string, GivenAttribute>> | undefined
  readonly MessageDeduplicationId?: string | undefined
  readonly MessageGroupId?: string | undefined
}

/** Throws InvalidParameter. `entry`: the place in a batch, from 1. `needsDefault`: the JSON structure must have a default. */
export function readDraft(given: Publication, needsDefault: boolean, entry?: number): Draft {
  const { Subject: subject, Message: text = '', MessageStructure: structure } = given
  if (subject !== undefined) checkSubject(subject)
  if (text === '') throw invalidParameter('Empty message')
  const attributes = given.MessageAttributes && readAttributes(given.MessageAttributes, entry)
  if (entry === undefined && publicationBytes(given) > MESSAGE_BYTES_MAX) throw invalidParameter('Message too long')
  if (structure !== undefined && structure !== 'json') throw invalidParameter('MessageStructure')
  return {
    ...(structure === 'json' ? readStructure(text, needsDefault) : { text }),
    ...(subject !== undefined && { subject }),
    ...(attributes !== undefined && Object.keys(attributes).length > 0 && { attributes }),
    ...(given.MessageGroupId !== undefined && { groupId: given.MessageGroupId }),
    ...(given.MessageDeduplicationId !== undefined && { deduplicationId: given.MessageDeduplicationId }),
  }
}

/** API reference, Publish: ASCII, begins with a letter, number or punctuation, no line breaks or control characters. */
function checkSubject(subject: string): void {
  if (subject.length === 0 || subject.length > SUBJECT_CHARS_MAX || !/^[\x21-\x7e][\x20-\x7e]*$/.test(subject))
    throw invalidParameter('Subject')
}

function readStructure(json: string, needsDefault: boolean): Pick<Draft, 'text' | 'byProtocol'> {
  const parsed = parseJsonObject(json)
  if (parsed === undefined) throw invalidParameter('Message Structure - JSON message body failed to parse')
  // Members that are no texts are passed over, as SNS does.
  const texts = Object.entries(parsed).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  )
  const text = texts.find(([name]) => name === 'default')?.[1]
  if (text === undefined && needsDefault)
    throw invalidParameter('Message Structure - No default entry in JSON message body')
  return { text: text ?? '', byProtocol: Object.fromEntries(texts.filter(([name]) => name !== 'default')) }
}

/** What counts against the limit of a message. */
export function publicationBytes({ Message: text = '', MessageAttributes: attributes = {} }: Publication): number {
  return Buffer.byteLength(text) + attributesBytes(attributes)
}

/** The rules of FIFO topics for groups and duplicates, and that standard topics know no duplicates. Throws InvalidParameter. */
export function forTopic(draft: Draft, topic: TopicRecord): Draft {
  checkId('MessageGroupId', draft.groupId, GROUP_ID_CHARS_MAX)
  checkId('MessageDeduplicationId', draft.deduplicationId, DEDUPLICATION_ID_CHARS_MAX)
  if (!isFifo(topic)) {
    if (draft.deduplicationId !== undefined)
      throw invalidParameter(
        'MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type',
      )
    return draft
  }
  if (draft.groupId === undefined) throw invalidParameter('The MessageGroupId parameter is required for FIFO topics')
  if (draft.deduplicationId !== undefined) return draft
  if (topic.attributes['ContentBasedDeduplication'] !== 'true')
    throw invalidParameter(
      'The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    )
  return { ...draft, deduplicationId: contentId(draft) }
}

/** Developer guide, "Message deduplication for FIFO topics": SHA-256 of the body, not of the attributes. */
function contentId({ text, byProtocol }: Draft): string {
  return hash('sha256', byProtocol === undefined ? text : JSON.stringify([text, byProtocol]))
}

function checkId(member: string, id: string | undefined, charsMax: number): void {
  if (id === undefined) return
  if (id.length === 0 || id.length > charsMax || !/^[\x21-\x7e]+$/.test(id))
    throw invalidParameter(
      `${member} Reason: ${member} can only include alphanumeric and punctuation characters. 1 to ${charsMax} in length`,
    )
}
