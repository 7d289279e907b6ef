// The configurations of buckets through Debian's boto3 and awscli, unmodified: what they put they get, and errors have the
// codes that scripts look for.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { aws, awsJson, boto3, openServer, REGION, type TestServer } from '../conformance/server-kit.ts'

let server: TestServer

before(async () => {
  server = await openServer({ readyCells: {} })
})
after(() => server[Symbol.asyncDispose]())

const BOTO = `
s3 = client('s3')
B = 'by-boto'
s3.create_bucket(Bucket=B, CreateBucketConfiguration={'LocationConstraint': '${REGION}'}, ObjectOwnership='ObjectWriter')
def code(call, **more):
    try:
        call(Bucket=B, **more)
        return 'ok'
    except ClientError as error:
        return error.response['Error']['Code']
show([code(s3.get_bucket_policy), code(s3.get_bucket_cors), code(s3.get_bucket_tagging), code(s3.get_bucket_website),
      code(s3.get_bucket_lifecycle_configuration), code(s3.get_bucket_replication),
      code(s3.get_bucket_analytics_configuration, Id='x'), code(s3.get_bucket_policy_status)])
s3.put_bucket_tagging(Bucket=B, Tagging={'TagSet': [{'Key': 'a', 'Value': 'b'}]})
show(s3.get_bucket_tagging(Bucket=B)['TagSet'])
cors = {'CORSRules': [{'AllowedMethods': ['GET'], 'AllowedOrigins': ['*'], 'MaxAgeSeconds': 5}]}
s3.put_bucket_cors(Bucket=B, CORSConfiguration=cors)
show(s3.get_bucket_cors(Bucket=B)['CORSRules'] == cors['CORSRules'])
rules = [{'ID': 'r', 'Status': 'Enabled', 'Filter': {'Prefix': 'x/'}, 'Expiration': {'Days': 3},
          'NoncurrentVersionExpiration': {'NoncurrentDays': 2}, 'AbortIncompleteMultipartUpload': {'DaysAfterInitiation': 7},
          'Transitions': [{'Days': 1, 'StorageClass': 'GLACIER'}]}]
s3.put_bucket_lifecycle_configuration(Bucket=B, LifecycleConfiguration={'Rules': rules})
show(s3.get_bucket_lifecycle_configuration(Bucket=B)['Rules'] == rules)
policy = json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Deny', 'Principal': '*', 'Action': 's3:DeleteBucket', 'Resource': 'arn:aws:s3:::' + B}]})
s3.put_bucket_policy(Bucket=B, Policy=policy)
show(s3.get_bucket_policy(Bucket=B)['Policy'] == policy)
show(code(s3.delete_bucket))
website = {'IndexDocument': {'Suffix': 'index.html'}, 'ErrorDocument': {'Key': 'e.html'}}
s3.put_bucket_website(Bucket=B, WebsiteConfiguration=website)
got = s3.get_bucket_website(Bucket=B)
show([got['IndexDocument'], got['ErrorDocument']] == list(website.values()))
s3.put_bucket_encryption(Bucket=B, ServerSideEncryptionConfiguration={'Rules': [{'ApplyServerSideEncryptionByDefault': {'SSEAlgorithm': 'aws:kms'}, 'BucketKeyEnabled': True}]})
put = s3.put_object(Bucket=B, Key='k', Body=b'x')
show([put['ServerSideEncryption'], put['BucketKeyEnabled']])
key = os.urandom(32)
s3.put_object(Bucket=B, Key='c', Body=b'customer', SSECustomerAlgorithm='AES256', SSECustomerKey=key)
show(s3.get_object(Bucket=B, Key='c', SSECustomerAlgorithm='AES256', SSECustomerKey=key)['Body'].read().decode())
s3.put_public_access_block(Bucket=B, PublicAccessBlockConfiguration={'BlockPublicAcls': False})
s3.put_object_acl(Bucket=B, Key='k', ACL='public-read')
show([grant['Permission'] for grant in s3.get_object_acl(Bucket=B, Key='k')['Grants']])
s3.put_bucket_logging(Bucket=B, BucketLoggingStatus={'LoggingEnabled': {'TargetBucket': B, 'TargetPrefix': 'l/'}})
show(s3.get_bucket_logging(Bucket=B)['LoggingEnabled'])
s3.put_bucket_metrics_configuration(Bucket=B, Id='m', MetricsConfiguration={'Id': 'm'})
show(s3.list_bucket_metrics_configurations(Bucket=B)['MetricsConfigurationList'])
s3.put_bucket_request_payment(Bucket=B, RequestPaymentConfiguration={'Payer': 'Requester'})
show(s3.get_bucket_request_payment(Bucket=B)['Payer'])
s3.put_bucket_accelerate_configuration(Bucket=B, AccelerateConfiguration={'Status': 'Suspended'})
show(s3.get_bucket_accelerate_configuration(Bucket=B)['Status'])
for call in [s3.delete_bucket_cors, s3.delete_bucket_lifecycle, s3.delete_bucket_policy, s3.delete_bucket_website, s3.delete_bucket_tagging, s3.delete_bucket_encryption, s3.delete_public_access_block, s3.delete_bucket_ownership_controls]:
    call(Bucket=B)
show(code(s3.get_bucket_ownership_controls))
`

test('boto3: every configuration there and back', async () => {
  const shown = await boto3(server, BOTO)
  assert.deepEqual(shown, [
    [
      'NoSuchBucketPolicy',
      'NoSuchCORSConfiguration',
      'NoSuchTagSet',
      'NoSuchWebsiteConfiguration',
      'NoSuchLifecycleConfiguration',
      'ReplicationConfigurationNotFoundError',
      'NoSuchConfiguration',
      'NoSuchBucketPolicy',
    ],
    [{ Key: 'a', Value: 'b' }],
    true,
    true,
    true,
    'AccessDenied',
    true,
    ['aws:kms', true],
    'customer',
    ['FULL_CONTROL', 'READ'],
    { TargetBucket: 'by-boto', TargetPrefix: 'l/' },
    [{ Id: 'm' }],
    'Requester',
    'Suspended',
    'OwnershipControlsNotFoundError',
  ])
})

test('awscli: a website, lifecycle and policy from files, encryption, errors', async () => {
  const run = (...args: string[]): Promise<unknown> => awsJson(server, ['s3api', ...args, '--bucket', 'by-cli'])
  assert.equal((await aws(server, ['s3', 'mb', 's3://by-cli'])).status, 0)
  assert.equal((await aws(server, ['s3', 'website', 's3://by-cli', '--index-document', 'i.html'])).status, 0)
  assert.deepEqual(await run('get-bucket-website'), { IndexDocument: { Suffix: 'i.html' } })
  const Rules = [{ ID: 'r', Filter: { Prefix: '' }, Status: 'Enabled', Expiration: { Days: 1 } }]
  const file = join(server.folder, 'rules.json')
  await writeFile(file, JSON.stringify({ Rules }))
  await run('put-bucket-lifecycle-configuration', '--lifecycle-configuration', `file://${file}`)
  assert.deepEqual(await run('get-bucket-lifecycle-configuration'), { Rules })
  const put = await aws(server, ['s3', 'cp', file, 's3://by-cli/rules.json', '--sse', 'aws:kms'])
  assert.equal(put.status, 0, put.stderr)
  const head = (await run('head-object', '--key', 'rules.json')) as Record<string, unknown>
  assert.equal(head['ServerSideEncryption'], 'aws:kms')
  assert.match(String(head['Expiration']), /^expiry-date=".+ GMT", rule-id="r"$/)
  const { status, stderr } = await aws(server, ['s3api', 'get-bucket-policy', '--bucket', 'by-cli'])
  assert.notEqual(status, 0)
  assert.match(stderr, /NoSuchBucketPolicy.*The bucket policy does not exist/)
})
