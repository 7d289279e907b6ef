// What the tests of SNS share: a server with its clients, queues to look into, and an HTTP subscriber that verifies what
// it gets as AWS tells subscribers to.
import { createVerify, X509Certificate } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SNSClient } from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { ServerOptions } from '#config.ts'
import { openServer, REGION, type TestServer } from '../conformance/server-kit.ts'

export const ACCOUNT = '000000000000'

export interface SnsBench extends AsyncDisposable {
  readonly test: TestServer
  readonly sns: SNSClient
  readonly sqs: SQSClient
}

export async function openBench(options: ServerOptions = {}): Promise<SnsBench> {
  const test = await openServer({ readyCells: {}, allowPrivateEndpoints: true, ...options })
  const sns = new SNSClient(test.sdk)
  const sqs = new SQSClient(test.sdk)
  return {
    test,
    sns,
    sqs,
    async [Symbol.asyncDispose]() {
      sns.destroy()
      sqs.destroy()
      await test[Symbol.asyncDispose]()
    },
  }
}

export interface Queue {
  readonly arn: string
  /** Waits until there are `count` messages, takes them out and answers them in the order in which they came. */
  take(count: number): Promise<readonly Message[]>
  /** What is there now. */
  rest(): Promise<readonly Message[]>
  /** Lets a service send to it. */
  allow(service: string): Promise<void>
}

/** A policy that lets a service in. */
export function lettingIn(service: string, action: string): object {
  const statement = { Effect: 'Allow', Principal: { Service: service }, Action: action, Resource: '*' }
  return { Version: '2012-10-17', Statement: [statement] }
}

/** A queue that takes what topics send. */
export async function makeQueue(sqs: SQSClient, name: string): Promise<Queue> {
  const fifo = name.endsWith('.fifo')
  const Policy = JSON.stringify(lettingIn('sns.amazonaws.com', 'sqs:SendMessage'))
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: name, Attributes: { Policy, ...(fifo && { FifoQueue: 'true' }) } }),
  )
  const receive = async (WaitTimeSeconds: number): Promise<readonly Message[]> => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    )
    if (Messages.length > 0)
      await sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl,
          Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
        }),
      )
    return Messages
  }
  return {
    arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`,
    async take(count) {
      const found: Message[] = []
      for (const endMs = Date.now() + 60_000; found.length < count && Date.now() < endMs;)
        found.push(...(await receive(2)))
      return found
    },
    rest: () => receive(0),
    async allow(service) {
      const Policy = JSON.stringify(lettingIn(service, 'sqs:SendMessage'))
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
    },
  }
}

export interface HttpCall {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Subscriber extends AsyncDisposable {
  readonly url: string
  readonly calls: HttpCall[]
  /** What the next calls are answered with; 200 by default. */
  readonly answers: number[]
  /** Waits for the call with this number, from 0. */
  call(index: number): Promise<HttpCall>
}

export async function openSubscriber(): Promise<Subscriber> {
  const calls: HttpCall[] = []
  const answers: number[] = []
  const server: Server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (piece) => (body += String(piece)))
    request.on('end', () => {
      calls.push({ headers: request.headers, body })
      const status = answers.shift() ?? 200
      response.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:1/elsewhere' } : {})
      response.end('seen')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Listening on an address and a port, so the address is an object.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/hook`,
    calls,
    answers,
    async call(index) {
      for (const endMs = Date.now() + 60_000; Date.now() < endMs;) {
        const call = calls[index]
        if (call !== undefined) return call
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      throw new Error(`call ${index} did not come`)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The members that are signed, in their order (SNS developer guide, "Verifying the signatures"). */
const SIGNED: Readonly<Record<string, readonly string[]>> = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
  UnsubscribeConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
}

/** Fetches the certificate that the message names and verifies the signature with it. */
export async function isSigned(document: Readonly<Record<string, string>>): Promise<boolean> {
  const url = new URL(document['SigningCertURL'] ?? document['SigningCertUrl'] ?? '')
  // What verifiers look at besides the host, which is AWS's for them.
  if (!/\/SimpleNotificationService-[a-zA-Z0-9]{32}\.pem$/.test(url.pathname)) return false
  const certificate = new X509Certificate(await (await fetch(url)).text())
  const names = SIGNED[document['Type'] ?? ''] ?? []
  const text = names
    .filter((name) => document[name] !== undefined)
    .map((name) => `${name}\n${document[name]}\n`)
    .join('')
  const verify = createVerify(document['SignatureVersion'] === '2' ? 'RSA-SHA256' : 'RSA-SHA1')
  return verify.update(text).verify(certificate.publicKey, document['Signature'] ?? '', 'base64')
}

export function parse(text: string | undefined): Readonly<Record<string, string>> {
  return JSON.parse(text ?? '{}') as Readonly<Record<string, string>>
}
