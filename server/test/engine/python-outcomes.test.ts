// Every way in which an invocation of Python code can end, in real cells.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { EngineFixture, describeOutcome, documentOf } from './engine-fixture.ts'

let fixture: EngineFixture
before(async () => {
  fixture = await EngineFixture.open({ ready: { python: { small: 3 } } })
})
after(async () => {
  assert.deepEqual(await fixture.close(), [])
})

test('a result, the context and the environment', async () => {
  const version = fixture.python(
    `import os
def handler(event, context):
    left = context.get_remaining_time_in_millis()
    return {"event": event, "name": context.function_name, "id": context.aws_request_id, "left": 4000 < left <= 5000,
            "env": sorted(os.environ), "endpoint": os.environ["AWS_ENDPOINT_URL"], "cwd": os.getcwd()}`,
  )
  const { outcome } = await fixture.invoke(version, { a: 'ü' }, { functionName: 'f' })
  const { id, ...rest } = documentOf(outcome)
  assert.match(String(id), /^request-/)
  assert.deepEqual(rest, {
    event: { a: 'ü' },
    name: 'f',
    left: true,
    env: [
      'AWS_ACCESS_KEY_ID',
      'AWS_ENDPOINT_URL',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'COLOUR',
      'HOME',
      'HTTPS_PROXY',
      'HTTP_PROXY',
      'LAMBDA_RUNTIME_DIR',
      'LAMBDA_TASK_ROOT',
      'LANG',
      'NODE_USE_ENV_PROXY',
      'NO_PROXY',
      'PATH',
      'TZ',
      'http_proxy',
      'https_proxy',
      'no_proxy',
    ],
    endpoint: 'http://127.0.0.1:4566',
    cwd: '/var/task',
  })
})

test('an exception gives AWS’s document and one log event', async () => {
  const { outcome, lines } = await fixture.invoke(fixture.python('def handler(e, c):\n    raise ValueError("wrong")'))
  assert.equal(outcome.kind, 'error', describeOutcome(outcome))
  const { requestId, ...document } = documentOf(outcome)
  assert.match(String(requestId), /^request-/)
  assert.deepEqual(document, {
    errorMessage: 'wrong',
    errorType: 'ValueError',
    stackTrace: ['  File "/var/task/index.py", line 2, in handler\n    raise ValueError("wrong")\n'],
  })
  assert.deepEqual(lines, [
    '[ERROR] ValueError: wrong\nTraceback (most recent call last):\n  File "/var/task/index.py", line 2, in handler\n    raise ValueError("wrong")',
  ])
})

for (const [name, source, type, message] of [
  [
    'a missing module',
    'import absent',
    'Runtime.ImportModuleError',
    "Unable to import module 'index': No module named 'absent'",
  ],
  [
    'a syntax error',
    'def handler(:',
    'Runtime.UserCodeSyntaxError',
    "Syntax error in module 'index': invalid syntax (index.py, line 1)",
  ],
  ['no such function', 'other = 1', 'Runtime.HandlerNotFound', "Handler 'handler' missing on module 'index'"],
  ['a throwing top level', '1 / 0', 'ZeroDivisionError', 'division by zero'],
] as const)
  test(`an init error: ${name}`, async () => {
    const { outcome } = await fixture.invoke(fixture.python(source))
    assert.equal(outcome.kind, 'init-error', describeOutcome(outcome))
    const { errorType, errorMessage } = documentOf(outcome)
    assert.deepEqual({ errorType, errorMessage }, { errorType: type, errorMessage: message })
  })

test('a result that JSON cannot say', async () => {
  const { outcome } = await fixture.invoke(fixture.python('def handler(e, c):\n    return {1, 2}'))
  const { errorType, errorMessage } = documentOf(outcome)
  assert.deepEqual(
    [outcome.kind, errorType, errorMessage],
    ['error', 'Runtime.MarshalError', 'Unable to marshal response: Object of type set is not JSON serializable'],
  )
})

test('timeout, sys.exit, a signal, memory, and a large result', async (t) => {
  const timeout = await fixture.invoke(
    fixture.python('import time\ndef handler(e, c):\n    print("hanging")\n    time.sleep(9)', { timeoutMs: 300 }),
  )
  assert.deepEqual([timeout.outcome.kind, timeout.lines], ['timeout', ['hanging']])
  const exit = await fixture.invoke(fixture.python('import sys\ndef handler(e, c):\n    sys.exit(3)'))
  assert.ok(exit.outcome.kind === 'exit' && exit.outcome.code === 3, describeOutcome(exit.outcome))
  const abort = await fixture.invoke(fixture.python('import os\ndef handler(e, c):\n    os.abort()'))
  assert.ok(abort.outcome.kind === 'exit' && abort.outcome.signal === 'SIGABRT', describeOutcome(abort.outcome))
  const large = await fixture.invoke(fixture.python('def handler(e, c):\n    return "x" * 7000000'))
  assert.ok(large.outcome.kind === 'too-large' && large.outcome.bytes === 7_000_002, describeOutcome(large.outcome))
  if (fixture.engine.status().tier !== 'A') return t.skip('the rest needs control groups')
  const memory = await fixture.invoke(
    fixture.python('def handler(e, c):\n    a = []\n    while True: a.append(bytearray(10**6))'),
  )
  assert.equal(memory.outcome.kind, 'out-of-memory', describeOutcome(memory.outcome))
})

test('payloads up to the limit pass both ways', async () => {
  const version = fixture.python('def handler(e, c):\n    return e')
  const text = 'y'.repeat(6 * 1024 * 1024)
  assert.equal(await fixture.result(version, text), text)
})

test('print, logging and raw output', async () => {
  const version = fixture.python(
    `import logging, sys
def handler(event, context):
    print("one")
    print("two\\nthree", end="")
    logging.getLogger().warning("careful\\nnow")
    logging.getLogger().info("not shown")
    sys.stderr.write("to stderr\\n")`,
  )
  const { lines } = await fixture.invoke(version)
  const stamp = /\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\trequest-\d+\t/
  assert.deepEqual(lines.map((line) => line.replace(stamp, '\t...\t')).sort(), [
    '[WARNING]\t...\tcareful\nnow',
    'one',
    'three',
    'to stderr',
    'two',
  ])
})

test('a module of the function wins over the runtime’s own of the same name', async () => {
  const files = {
    'index.py': 'import output, frames\ndef handler(e, c):\n    return output.NAME + frames.NAME',
    'output.py': 'NAME = "a"',
    'frames.py': 'NAME = "b"',
  }
  assert.equal(await fixture.result(fixture.version(files, { runtime: 'python' })), 'ab')
})

test('nested modules and packages', async () => {
  const files = {
    'app/api/main.py': 'from app.shared import NAME\ndef handler(e, c):\n    return NAME',
    'app/shared.py': 'NAME = "ok"',
  }
  assert.equal(
    await fixture.result(fixture.version(files, { runtime: 'python', handler: 'app/api/main.handler' })),
    'ok',
  )
})
