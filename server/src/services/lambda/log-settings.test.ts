import assert from 'node:assert/strict'
import { test } from 'node:test'
import { harness, refusal } from '../../../test/lambda/harness.ts'
import { isKept } from './log-settings.ts'

const JSON_LOGS = { LogFormat: 'JSON' } as const

test('the log format and its levels are kept, shown, changed and told to the runtime', async () => {
  const { make, call, engine } = harness()
  const made = await make('hello', { LoggingConfig: JSON_LOGS })
  const shown = {
    LogFormat: 'JSON',
    ApplicationLogLevel: 'INFO',
    SystemLogLevel: 'INFO',
    LogGroup: '/aws/lambda/hello',
  }
  assert.deepEqual(made.LoggingConfig, shown)
  const change = (LoggingConfig: object) =>
    call('UpdateFunctionConfiguration', { FunctionName: 'hello', LoggingConfig })
  const quiet = await change({ SystemLogLevel: 'WARN', ApplicationLogLevel: 'ERROR' })
  assert.deepEqual(quiet.LoggingConfig, { ...shown, ApplicationLogLevel: 'ERROR', SystemLogLevel: 'WARN' })
  await call('Invoke', { FunctionName: 'hello' })
  const { environment } = engine.invocations[0]?.version ?? {}
  assert.deepEqual([environment?.['AWS_LAMBDA_LOG_FORMAT'], environment?.['AWS_LAMBDA_LOG_LEVEL']], ['JSON', 'ERROR'])
  const text = await change({ LogFormat: 'Text', LogGroup: '/mine' })
  assert.deepEqual(text.LoggingConfig, { LogFormat: 'Text', LogGroup: '/mine' })
  await assert.rejects(change({ SystemLogLevel: 'DEBUG' }), refusal('InvalidParameterValueException', /LogFormat JSON/))
  await assert.rejects(change({ LogFormat: 'XML' }), refusal('ValidationException', /loggingConfig\.logFormat/))
})

test('the platform’s events in JSON, by level', async () => {
  const { make, call, engine, written } = harness()
  const typesAt = async (SystemLogLevel: string, fails: boolean): Promise<string[]> => {
    await call('UpdateFunctionConfiguration', { FunctionName: 'hello', LoggingConfig: { SystemLogLevel } as never })
    written.length = 0
    engine.play = (_version, invocation) =>
      fails
        ? { kind: 'timeout', metering: METERING }
        : { kind: 'result', payload: invocation.payload, metering: METERING }
    await call('Invoke', { FunctionName: 'hello' })
    return written.map(({ message }) => JSON.parse(message).type)
  }
  await make('hello', { LoggingConfig: JSON_LOGS })
  assert.deepEqual(await typesAt('DEBUG', false), [
    'platform.initStart',
    'platform.initRuntimeDone',
    'platform.initReport',
    'platform.start',
    'platform.runtimeDone',
    'platform.report',
  ])
  assert.deepEqual(await typesAt('INFO', false), ['platform.initStart', 'platform.start', 'platform.report'])
  const report = JSON.parse(written.at(-1)?.message ?? '')
  assert.equal(report.time, '2026-11-21T09:30:00.000Z')
  assert.deepEqual(
    { ...report.record, requestId: '', mayfly: undefined },
    {
      requestId: '',
      status: 'success',
      mayfly: undefined,
      metrics: { durationMs: 3.25, billedDurationMs: 16, memorySizeMB: 128, maxMemoryUsedMB: 31, initDurationMs: 12.5 },
    },
  )
  assert.deepEqual(await typesAt('WARN', false), [])
  assert.deepEqual(await typesAt('WARN', true), ['platform.runtimeDone', 'platform.report'])
  assert.deepEqual(JSON.parse(written.at(-1)?.message ?? '').record.status, 'timeout')
})

const METERING = {
  instance: 'a'.repeat(32),
  durationMs: 3.25,
  initMs: 12.5,
  peakMemoryMb: 30.2,
  cpuMs: undefined,
  sentBytes: 0,
  receivedBytes: 0,
  cold: true,
}

test('printed events in JSON are kept by their level; everything else is kept', () => {
  const settings = { format: 'JSON', application: 'WARN', system: 'INFO' } as const
  const event = (level: string, timestamp = '2026-11-21T09:30:00Z') =>
    JSON.stringify({ timestamp, level, message: 'x' })
  assert.deepEqual(
    ['trace', 'DEBUG', 'INFO', 'WARN', 'Warning', 'ERROR', 'FATAL', 'LOUD'].filter((level) =>
      isKept(settings, event(level)),
    ),
    ['WARN', 'Warning', 'ERROR', 'FATAL', 'LOUD'],
  )
  assert.ok(isKept(settings, event('DEBUG', 'yesterday')))
  for (const text of ['plain', '{broken', '{"level":1}', '{"level":"DEBUG"}']) assert.ok(isKept(settings, text), text)
  assert.ok(isKept({ format: 'Text' }, event('DEBUG')))
})
