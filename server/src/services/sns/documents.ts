// The documents that subscribers get: the JSON of queues and HTTP endpoints with its signature, the event of functions,
// and what people read. Source: SNS developer guide, "Amazon SNS message and JSON formats"; the layout of the JSON text
// (two spaces, a space on both sides of the colon) is that of AWS's messages.
import type { SnsPorts } from './deps.ts'
import { type Message, sequenceText, textFor } from './message.ts'
import { shownMessageAttributes } from './message-attributes.ts'
import type { SignatureVersion, Signer } from './signer.ts'

export interface DocumentPorts extends Pick<SnsPorts, 'endpoint'> {
  readonly signer: Signer
}

/** Who gets the document. */
export interface Receiver {
  readonly subscriptionArn: string
  readonly protocol: string
  readonly signatureVersion: SignatureVersion
}

interface SignedParts {
  readonly timestamp: string
  readonly text: string
  readonly signature: { readonly version: string; readonly value: string; readonly certificateUrl: string } | undefined
}

async function signedParts(ports: DocumentPorts, message: Message, receiver: Receiver): Promise<SignedParts> {
  const timestamp = new Date(message.timeMs).toISOString()
  const text = textFor(message, receiver.protocol)
  // Messages of FIFO topics are not signed.
  if (message.sequence !== undefined) return { timestamp, text, signature: undefined }
  const members = signedMembers(ports, message, text, timestamp)
  const [value, certificateUrl] = await Promise.all([
    ports.signer.sign(members.map(([name, member]) => `${name}\n${member}\n`).join(''), receiver.signatureVersion),
    ports.signer.certificateUrl(),
  ])
  return { timestamp, text, signature: { version: receiver.signatureVersion, value, certificateUrl } }
}

/** In the order in which they are signed: by name. */
function signedMembers(
  ports: DocumentPorts,
  message: Message,
  text: string,
  timestamp: string,
): readonly (readonly [string, string])[] {
  const { id, subject, token, topicArn, type } = message
  if (type === 'Notification')
    return [
      ['Message', text],
      ['MessageId', id],
      ...(subject === undefined ? [] : [['Subject', subject] as const]),
      ['Timestamp', timestamp],
      ['TopicArn', topicArn],
      ['Type', type],
    ]
  return [
    ['Message', text],
    ['MessageId', id],
    ['SubscribeURL', subscribeUrl(ports, message)],
    ['Timestamp', timestamp],
    ['Token', token ?? ''],
    ['TopicArn', topicArn],
    ['Type', type],
  ]
}

/** What confirms a subscription when it is visited. */
function subscribeUrl({ endpoint }: DocumentPorts, { topicArn, token = '' }: Message): string {
  return actionUrl(endpoint(), { Action: 'ConfirmSubscription', TopicArn: topicArn, Token: token })
}

function unsubscribeUrl({ endpoint }: DocumentPorts, subscriptionArn: string): string {
  return actionUrl(endpoint(), { Action: 'Unsubscribe', SubscriptionArn: subscriptionArn })
}

/** The host does not tell the service here, as it does on AWS: the version does. */
function actionUrl(endpoint: string, parameters: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}=${value}`)
  return `${endpoint}/?${pairs.join('&')}&Version=2010-03-31`
}

/** For queues (not raw) and HTTP endpoints. */
export async function jsonDocument(ports: DocumentPorts, message: Message, receiver: Receiver): Promise<string> {
  const { timestamp, text, signature } = await signedParts(ports, message, receiver)
  const { type, id, token, sequence, topicArn, subject, attributes } = message
  return layOut({
    Type: type,
    MessageId: id,
    ...(token !== undefined && { Token: token }),
    ...(sequence !== undefined && { SequenceNumber: sequenceText(sequence) }),
    TopicArn: topicArn,
    ...(subject !== undefined && { Subject: subject }),
    Message: text,
    ...(type !== 'Notification' && { SubscribeURL: subscribeUrl(ports, message) }),
    Timestamp: timestamp,
    ...(signature && {
      SignatureVersion: signature.version,
      Signature: signature.value,
      SigningCertURL: signature.certificateUrl,
    }),
    ...(type === 'Notification' && { UnsubscribeURL: unsubscribeUrl(ports, receiver.subscriptionArn) }),
    ...(attributes && { MessageAttributes: shownMessageAttributes(attributes) }),
    ...(message.replayed === true && { Replayed: true }),
  })
}

/** JSON as AWS writes it into messages. */
function layOut(document: Readonly<Record<string, unknown>>): string {
  const members = Object.entries(document).map(([name, value]) => `  ${JSON.stringify(name)} : ${layOutValue(value)}`)
  return `{\n${members.join(',\n')}\n}`
}

function layOutValue(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(([name, one]) => `    ${JSON.stringify(name)} : ${JSON.stringify(one)}`)
  return `{\n${members.join(',\n')}\n  }`
}

/** The event of a function. */
export async function lambdaEvent(ports: DocumentPorts, message: Message, receiver: Receiver): Promise<string> {
  const { timestamp, text, signature } = await signedParts(ports, message, receiver)
  return JSON.stringify({
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: receiver.subscriptionArn,
        Sns: {
          Type: message.type,
          MessageId: message.id,
          TopicArn: message.topicArn,
          Subject: message.subject ?? null,
          Message: text,
          Timestamp: timestamp,
          SignatureVersion: signature?.version,
          Signature: signature?.value,
          SigningCertUrl: signature?.certificateUrl,
          UnsubscribeUrl: unsubscribeUrl(ports, receiver.subscriptionArn),
          MessageAttributes: shownMessageAttributes(message.attributes ?? {}),
        },
      },
    ],
  })
}

export interface Mail {
  readonly subject: string
  readonly text: string
}

/** What a person reads. */
export function mail(ports: DocumentPorts, message: Message, receiver: Receiver): Mail {
  const text = textFor(message, 'email')
  if (message.type === 'SubscriptionConfirmation')
    return {
      subject: 'AWS Notification - Subscription Confirmation',
      text: `You have chosen to subscribe to the topic:\n${message.topicArn}\n\nTo confirm this subscription, visit the link below (If this was in error no action is necessary):\n${subscribeUrl(ports, message)}\n`,
    }
  return {
    subject: message.subject ?? 'AWS Notification Message',
    text: `${text}\n\n--\nIf you wish to stop receiving notifications from this topic, please visit the link below to unsubscribe:\n${unsubscribeUrl(ports, receiver.subscriptionArn)}\n`,
  }
}
