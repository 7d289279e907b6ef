import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { codeOf, harness, HELLO_ZIP, refusal, ROLE } from '../../../../test/lambda/harness.ts'
import { zipOf } from '../../../../test/lambda/zip-file.ts'

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:hello'

test('CreateFunction answers what AWS answers', async () => {
  const { make, blobs, clock } = harness()
  const answer = await make('hello', { Environment: { Variables: { STAGE: 'test' } }, Description: 'says hello' })
  const { RevisionId, RuntimeVersionConfig, Architectures, ...rest } = answer
  assert.match(RevisionId ?? '', /^[0-9a-f-]{36}$/)
  assert.match(RuntimeVersionConfig?.RuntimeVersionArn ?? '', /^arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}$/)
  assert.equal(Architectures?.length, 1)
  assert.deepEqual(rest, {
    FunctionName: 'hello',
    FunctionArn: ARN,
    Runtime: 'nodejs22.x',
    Role: ROLE,
    Handler: 'index.handler',
    CodeSize: HELLO_ZIP.length,
    Description: 'says hello',
    Timeout: 3,
    MemorySize: 128,
    LastModified: new Date(clock.nowMs()).toISOString().replace('Z', '+0000'),
    CodeSha256: createHash('sha256').update(HELLO_ZIP).digest('base64'),
    Version: '$LATEST',
    Environment: { Variables: { STAGE: 'test' } },
    TracingConfig: { Mode: 'PassThrough' },
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/hello' },
    status: undefined,
  })
  assert.equal(blobs.bytes.size, 1)
})

test('CreateFunction takes code from an object, and says what S3 said when it is not there', async () => {
  const { make, objects } = harness()
  const code = { ...codeOf(Buffer.alloc(0)), ZipFile: undefined, S3Bucket: 'code', S3Key: 'hello.zip' }
  await assert.rejects(
    make('hello', { Code: code }),
    refusal(
      'InvalidParameterValueException',
      'Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.',
    ),
  )
  objects.set('code/hello.zip', HELLO_ZIP)
  assert.equal((await make('hello', { Code: code })).CodeSize, HELLO_ZIP.length)
})

test('names of objects that cannot be are refused before S3 is asked', async () => {
  const { make } = harness()
  for (const [at, source, constraint] of [
    ['code.s3Bucket', { S3Bucket: 'x'.repeat(64), S3Key: 'k' }, 'Member must have length less than or equal to 63'],
    ['code.s3Bucket', { S3Bucket: 'b', S3Key: 'k' }, 'Member must have length greater than or equal to 3'],
    [
      'code.s3Bucket',
      { S3Bucket: 'a b c', S3Key: 'k' },
      String.raw`Member must satisfy regular expression pattern: [0-9A-Za-z\.\-_]*(?<!\.)`,
    ],
    ['code.s3Key', { S3Bucket: 'code', S3Key: 'x'.repeat(1025) }, 'Member must have length less than or equal to 1024'],
    [
      'code.s3ObjectVersion',
      { S3Bucket: 'code', S3Key: 'k', S3ObjectVersion: '' },
      'Member must have length greater than or equal to 1',
    ],
  ] as const) {
    const value = Object.values(source).find(
      (one) => one.length > 63 || (one.length < 2 && one !== 'k') || one.includes(' '),
    )
    await assert.rejects(
      make('hello', { Code: { ...codeOf(Buffer.alloc(0)), ZipFile: undefined, ...source } }),
      refusal(
        'ValidationException',
        `1 validation error detected: Value '${value}' at '${at}' failed to satisfy constraint: ${constraint}`,
      ),
    )
  }
})

test('CreateFunction with Publish makes version 1', async () => {
  const { make, call } = harness()
  const answer = await make('hello', { Publish: true })
  assert.equal(answer.Version, '1')
  assert.equal(answer.FunctionArn, `${ARN}:1`)
  const { Versions } = await call('ListVersionsByFunction', { FunctionName: 'hello' })
  assert.deepEqual(
    Versions?.map(({ Version }) => Version),
    ['$LATEST', '1'],
  )
})

test('a second function of the name is refused, also under a race', async () => {
  const { make } = harness()
  const settled = await Promise.allSettled([make('hello'), make('hello')])
  assert.deepEqual(settled.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
  await assert.rejects(make('hello'), refusal('ResourceConflictException', 'Function already exist: hello'))
})

test('all faults of the input are told in one ValidationException', async () => {
  const { make } = harness()
  await assert.rejects(
    make('hello', { MemorySize: 64, Timeout: 901, Role: 'nobody' }),
    refusal(
      'ValidationException',
      String.raw`3 validation errors detected: Value 'nobody' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+; Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900; Value '64' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128`,
    ),
  )
  await assert.rejects(
    make('x'.repeat(65)),
    refusal(
      'ValidationException',
      `1 validation error detected: Value '${'x'.repeat(65)}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
    ),
  )
  await assert.rejects(
    make('no spaces'),
    refusal('ValidationException', /at 'functionName'.*regular expression pattern/),
  )
})

test('runtimes that do not run here are refused with the list of those that do', async () => {
  const { make } = harness()
  await assert.rejects(
    make('hello', { Runtime: 'ruby3.4' }),
    refusal(
      'InvalidParameterValueException',
      "Value ruby3.4 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs20.x, nodejs22.x, nodejs24.x, python3.9, python3.10, python3.11, python3.12, python3.13, python3.14, java11, java17, java21, java25, provided.al2, provided.al2023] or be a valid ARN",
    ),
  )
  await assert.rejects(
    make('hello', { Runtime: 'nodejs16.x' }),
    refusal(
      'InvalidParameterValueException',
      'The runtime parameter of nodejs16.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use the new runtime (nodejs24.x) while creating or updating functions.',
    ),
  )
  await assert.rejects(
    make('hello', { Runtime: undefined }),
    refusal('InvalidParameterValueException', /Runtime and Handler are mandatory/),
  )
})

test('the environment is checked: reserved names, size, names', async () => {
  const { make } = harness()
  await assert.rejects(
    make('hello', { Environment: { Variables: { AWS_REGION: 'x', OK_1: 'y', AWS_ACCESS_KEY_ID: 'z' } } }),
    refusal(
      'InvalidParameterValueException',
      'Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION, AWS_ACCESS_KEY_ID',
    ),
  )
  await assert.rejects(
    make('hello', { Environment: { Variables: { BIG: 'x'.repeat(4096) } } }),
    refusal('InvalidParameterValueException', /exceeded the 4KB limit\. String measured: \{"BIG":"xxx/),
  )
  await assert.rejects(
    make('hello', { Environment: { Variables: { '1x': 'y' } } }),
    refusal('ValidationException', /^1 validation error detected: Value at 'environment\.variables' failed/),
  )
})

test('broken packages are refused before anything is stored, and packages over 50 MB as too large', async () => {
  const { make, blobs } = harness()
  await assert.rejects(
    make('hello', { Code: codeOf(Buffer.from('no zip')) }),
    refusal('InvalidParameterValueException', /^Could not unzip uploaded file\. Please check your file, then try/),
  )
  await assert.rejects(
    make('hello', { Code: codeOf(zipOf([{ name: '../../etc/cron.d/x', content: 'x' }])) }),
    refusal('InvalidParameterValueException', /Could not unzip/),
  )
  await assert.rejects(
    make('hello', { Code: codeOf(Buffer.alloc(50 * 1024 * 1024 + 1)) }),
    refusal(
      'RequestEntityTooLargeException',
      'Request must be smaller than 70167211 bytes for the CreateFunction operation',
    ),
  )
  assert.equal(blobs.bytes.size, 0)
})

test('what cannot be done yet is refused by name, not ignored', async () => {
  const { make } = harness()
  const unsupported = [
    [
      {
        DurableConfig: {
          ExecutionTimeout: 60,
          RetentionPeriodInDays: 3,
          KMSKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/x',
        },
      },
      /DurableConfig.KMSKeyArn/,
    ],
    [{ VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: [], Ipv6AllowedForDualStack: undefined } }, /VpcConfig/],
  ] as const
  for (const [more, message] of unsupported)
    await assert.rejects(make('hello', more as object), refusal('InvalidParameterValueException', message))
})
