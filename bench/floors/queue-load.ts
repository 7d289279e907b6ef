// Load on a queue from wrk, in SQS's JSON protocol: either one fixed request, or the life of messages, where each is sent,
// received and deleted by requests of its own.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface QueueLoad {
  readonly endpoint: string
  readonly queueUrl: string
  readonly connections: number
  readonly seconds: number
}

export interface QueueLoadResult {
  readonly perSecond: number
  readonly p99Ms: number
}

const run = promisify(execFile)

const HEADERS = `
local headers = {
  ["content-type"] = "application/x-amz-json-1.0",
  ["authorization"] = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host;x-amz-date, Signature=0000000000000000000000000000000000000000000000000000000000000000",
  ["x-amz-date"] = "20260101T000000Z",
}
local function call(operation, body)
  headers["x-amz-target"] = "AmazonSQS." .. operation
  return wrk.format("POST", "/", headers, body)
end
`

/** Requests per second of one operation, always with the same input. */
export async function loadOperation(operation: string, input: object, options: QueueLoad): Promise<QueueLoadResult> {
  const body = luaText(JSON.stringify({ QueueUrl: options.queueUrl, ...input }))
  const script = `${HEADERS}\nlocal body = ${body}\nrequest = function() return call(${luaText(operation)}, body) end\n`
  const text = await wrk(script, options)
  return { perSecond: figure(text, /Requests\/sec:\s+([0-9.]+)/), p99Ms: p99Ms(text) }
}

/** Messages per second that went the whole way: sent, received, deleted. */
export async function loadCycle(messageBody: string, options: QueueLoad): Promise<QueueLoadResult> {
  const url = JSON.stringify(options.queueUrl)
  const send = luaText(JSON.stringify({ QueueUrl: options.queueUrl, MessageBody: messageBody }))
  const receive = luaText(`{"QueueUrl":${url},"MaxNumberOfMessages":1}`)
  const script = `${HEADERS}
local threads = {}
setup = function(thread) table.insert(threads, thread) end
deleted = 0
local handles, sent, asked = {}, 0, 0
request = function()
  local handle = table.remove(handles)
  if handle then
    deleted = deleted + 1
    return call("DeleteMessage", '{"QueueUrl":' .. ${luaText(url)} .. ',"ReceiptHandle":"' .. handle .. '"}')
  end
  if sent > asked then
    asked = asked + 1
    return call("ReceiveMessage", ${receive})
  end
  sent = sent + 1
  return call("SendMessage", ${send})
end
response = function(status, headers, body)
  for handle in body:gmatch('"ReceiptHandle":"([^"]+)"') do table.insert(handles, handle) end
end
done = function(summary, latency, requests)
  print("Deleted: " .. threads[1]:get("deleted") .. " in us: " .. summary.duration)
end
`
  const text = await wrk(script, options)
  return { perSecond: figure(text, /Deleted: (\d+)/) / (figure(text, /in us: (\d+)/) / 1e6), p99Ms: p99Ms(text) }
}

async function wrk(script: string, { endpoint, connections, seconds }: QueueLoad): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-bench-'))
  try {
    const file = join(folder, 'load.lua')
    await writeFile(file, script)
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', file, endpoint]
    const { stdout } = await run('wrk', args)
    const failed = /Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)/.exec(stdout)
    if (failed) throw new Error(`wrk: ${failed[0]}`)
    return stdout
  } finally {
    await rm(folder, { recursive: true })
  }
}

function luaText(text: string): string {
  return `"${text.replace(/[\\"]/g, (character) => `\\${character}`)}"`
}

function figure(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? Number.NaN)
}

function p99Ms(text: string): number {
  const [, value = 'NaN', unit = ''] = /\s99%\s+([0-9.]+)(us|ms|s)/.exec(text) ?? []
  return Number(value) * ({ us: 0.001, ms: 1, s: 1000 }[unit] ?? Number.NaN)
}
