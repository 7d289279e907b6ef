// The AWS managed policies that templates and guides commonly name. They exist in every account and nobody can change
// them. What they allow follows the AWS managed policy reference; statements for services that Mayfly does not have are
// left out.

export interface AwsManagedPolicy {
  readonly arn: string
  readonly name: string
  readonly path: string
  /** ANPA..., the same everywhere. */
  readonly id: string
  readonly description: string
  readonly document: string
}

interface Statement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action?: string | readonly string[]
  readonly NotAction?: readonly string[]
  readonly Resource: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

type Row = readonly [name: string, path: string, description: string, ...statements: readonly Statement[]]

const allow = (actions: string | readonly string[], resources: string | readonly string[] = '*'): Statement => ({
  Effect: 'Allow',
  Action: actions,
  Resource: resources,
})

const ROLE = '/service-role/'
const JOB = '/job-function/'
const WRITE_LOGS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents']
const DESCRIBE_NETWORK = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
]
const READ_QUEUE = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']
const READ_SHARDS = [
  'kinesis:DescribeStream',
  'kinesis:DescribeStreamSummary',
  'kinesis:GetRecords',
  'kinesis:GetShardIterator',
  'kinesis:ListShards',
  'kinesis:ListStreams',
  'kinesis:SubscribeToShard',
]
const READ_TABLE_STREAM = [
  'dynamodb:DescribeStream',
  'dynamodb:GetRecords',
  'dynamodb:GetShardIterator',
  'dynamodb:ListStreams',
]

/** Services whose every reading action ReadOnlyAccess and ViewOnlyAccess cover. */
const READ_VERBS: Readonly<Record<string, readonly string[]>> = {
  apigateway: ['GET'],
  budgets: ['Describe*', 'View*', 'List*'],
  ce: ['Describe*', 'Get*', 'List*'],
  cloudformation: ['Describe*', 'Detect*', 'Estimate*', 'Get*', 'List*', 'ValidateTemplate'],
  cloudtrail: ['Describe*', 'Get*', 'List*', 'LookupEvents'],
  cloudwatch: ['Describe*', 'Get*', 'List*'],
  'cognito-identity': ['Describe*', 'Get*', 'List*', 'Lookup*'],
  'cognito-idp': ['AdminGet*', 'AdminList*', 'Describe*', 'Get*', 'List*'],
  dynamodb: ['BatchGet*', 'Describe*', 'Get*', 'List*', 'PartiQLSelect', 'Query', 'Scan'],
  events: ['Describe*', 'List*', 'Test*'],
  firehose: ['Describe*', 'List*'],
  iam: ['Generate*', 'Get*', 'List*', 'Simulate*'],
  iot: ['Describe*', 'Get*', 'List*'],
  kinesis: ['Describe*', 'Get*', 'List*'],
  kms: ['Describe*', 'Get*', 'List*'],
  lambda: ['Get*', 'List*'],
  logs: [
    'Describe*',
    'FilterLogEvents',
    'Get*',
    'ListTagsLogGroup',
    'List*',
    'StartLiveTail',
    'StartQuery',
    'StopQuery',
    'TestMetricFilter',
  ],
  pipes: ['Describe*', 'List*'],
  s3: ['DescribeJob', 'Get*', 'List*'],
  scheduler: ['Get*', 'List*'],
  schemas: ['Describe*', 'Get*', 'List*', 'Search*'],
  secretsmanager: ['Describe*', 'GetResourcePolicy', 'List*'],
  sns: ['Check*', 'Get*', 'List*'],
  sqs: ['Get*', 'List*', 'Receive*'],
  ssm: ['Describe*', 'Get*', 'List*'],
  states: ['Describe*', 'GetExecutionHistory', 'List*', 'ValidateStateMachineDefinition'],
  sts: ['GetAccessKeyInfo', 'GetCallerIdentity', 'GetSessionToken'],
  tag: ['Get*'],
  xray: ['BatchGet*', 'Get*'],
}
const READ_ALL = Object.entries(READ_VERBS).flatMap(([service, verbs]) => verbs.map((verb) => `${service}:${verb}`))
const VIEW_ALL = READ_ALL.filter((action) => /:(?:Describe|List|View)/.test(action))

const ROWS: readonly Row[] = [
  ['AdministratorAccess', '/', 'Full access to every service and resource.', allow('*')],
  [
    'PowerUserAccess',
    '/',
    'Full access but no management of users and groups.',
    { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' },
    allow(['iam:CreateServiceLinkedRole', 'iam:DeleteServiceLinkedRole', 'iam:ListRoles']),
  ],
  ['ReadOnlyAccess', '/', 'Read-only access to every service and resource.', allow(READ_ALL)],
  ['ViewOnlyAccess', JOB, 'Lists and descriptions of resources, without their contents.', allow(VIEW_ALL)],
  [
    'SecurityAudit',
    '/',
    'Reads the security settings of every service.',
    allow(
      READ_ALL.filter(
        (action) => !/^(?:dynamodb:(?:BatchGet|Get|Query|Scan|PartiQL)|s3:Get\*|sqs:Receive|kinesis:Get)/.test(action),
      ),
    ),
  ],
  ['IAMFullAccess', '/', 'Full access to IAM.', allow('iam:*')],
  [
    'IAMReadOnlyAccess',
    '/',
    'Read-only access to IAM.',
    allow(['iam:Generate*', 'iam:Get*', 'iam:List*', 'iam:Simulate*']),
  ],
  [
    'IAMUserChangePassword',
    '/',
    'Lets a user change the own password.',
    allow('iam:ChangePassword', 'arn:aws:iam::*:user/${aws:username}'),
    allow('iam:GetAccountPasswordPolicy'),
  ],
  ['AmazonS3FullAccess', '/', 'Full access to all buckets.', allow(['s3:*', 's3-object-lambda:*'])],
  [
    'AmazonS3ReadOnlyAccess',
    '/',
    'Read-only access to all buckets.',
    allow(['s3:Get*', 's3:List*', 's3:Describe*', 's3-object-lambda:Get*', 's3-object-lambda:List*']),
  ],
  ['AmazonSQSFullAccess', '/', 'Full access to SQS.', allow('sqs:*')],
  [
    'AmazonSQSReadOnlyAccess',
    '/',
    'Read-only access to SQS.',
    allow([
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
      'sqs:ListDeadLetterSourceQueues',
      'sqs:ListQueues',
      'sqs:ListMessageMoveTasks',
      'sqs:ListQueueTags',
    ]),
  ],
  ['AmazonSNSFullAccess', '/', 'Full access to SNS.', allow('sns:*')],
  [
    'AmazonSNSReadOnlyAccess',
    '/',
    'Read-only access to SNS.',
    allow([
      'sns:GetTopicAttributes',
      'sns:List*',
      'sns:CheckIfPhoneNumberIsOptedOut',
      'sns:GetEndpointAttributes',
      'sns:GetSubscriptionAttributes',
    ]),
  ],
  [
    'AmazonSNSRole',
    ROLE,
    'Lets SNS write delivery logs.',
    allow([...WRITE_LOGS, 'logs:PutMetricFilter', 'logs:PutRetentionPolicy']),
  ],
  [
    'AmazonDynamoDBFullAccess',
    '/',
    'Full access to DynamoDB.',
    allow([
      'dynamodb:*',
      'dax:*',
      'cloudwatch:*Alarm*',
      'cloudwatch:GetMetricData',
      'cloudwatch:ListMetrics',
      'kms:DescribeKey',
      'kms:ListAliases',
      'lambda:CreateEventSourceMapping',
      'lambda:DeleteEventSourceMapping',
      'lambda:GetFunctionConfiguration',
      'lambda:ListEventSourceMappings',
      'lambda:ListFunctions',
      'kinesis:DescribeStream',
      'kinesis:DescribeStreamSummary',
      'kinesis:ListStreams',
    ]),
  ],
  [
    'AmazonDynamoDBFullAccess_v2',
    '/',
    'Full access to DynamoDB.',
    allow([
      'dynamodb:*',
      'dax:*',
      'cloudwatch:GetMetricData',
      'cloudwatch:ListMetrics',
      'kms:DescribeKey',
      'kms:ListAliases',
      'kinesis:DescribeStream',
      'kinesis:DescribeStreamSummary',
      'kinesis:ListStreams',
    ]),
  ],
  [
    'AmazonDynamoDBReadOnlyAccess',
    '/',
    'Read-only access to DynamoDB.',
    allow([
      'dynamodb:BatchGetItem',
      'dynamodb:Describe*',
      'dynamodb:List*',
      'dynamodb:GetItem',
      'dynamodb:GetResourcePolicy',
      'dynamodb:Query',
      'dynamodb:Scan',
      'dynamodb:PartiQLSelect',
    ]),
  ],
  ['AmazonKinesisFullAccess', '/', 'Full access to Kinesis.', allow('kinesis:*')],
  [
    'AmazonKinesisReadOnlyAccess',
    '/',
    'Read-only access to Kinesis.',
    allow(['kinesis:Get*', 'kinesis:List*', 'kinesis:Describe*']),
  ],
  ['AmazonKinesisFirehoseFullAccess', '/', 'Full access to Firehose.', allow('firehose:*')],
  [
    'AmazonEventBridgeFullAccess',
    '/',
    'Full access to EventBridge.',
    allow(['events:*', 'schemas:*', 'scheduler:*', 'pipes:*']),
  ],
  [
    'AmazonEventBridgeReadOnlyAccess',
    '/',
    'Read-only access to EventBridge.',
    allow([
      'events:Describe*',
      'events:List*',
      'events:TestEventPattern',
      'schemas:Describe*',
      'schemas:Get*',
      'schemas:List*',
      'schemas:Search*',
      'scheduler:Get*',
      'scheduler:List*',
      'pipes:Describe*',
      'pipes:List*',
    ]),
  ],
  ['AWSStepFunctionsFullAccess', '/', 'Full access to Step Functions.', allow('states:*')],
  [
    'AWSStepFunctionsReadOnlyAccess',
    '/',
    'Read-only access to Step Functions.',
    allow(['states:Describe*', 'states:List*', 'states:GetExecutionHistory']),
  ],
  [
    'AWSLambda_FullAccess',
    '/',
    'Full access to Lambda and what it is commonly used with.',
    allow([
      'lambda:*',
      'cloudformation:DescribeStacks',
      'cloudformation:ListStackResources',
      'cloudwatch:ListMetrics',
      'cloudwatch:GetMetricData',
      'kms:ListAliases',
      'iam:GetPolicy',
      'iam:GetPolicyVersion',
      'iam:GetRole',
      'iam:GetRolePolicy',
      'iam:ListAttachedRolePolicies',
      'iam:ListRolePolicies',
      'iam:ListRoles',
      'logs:DescribeLogGroups',
      'states:DescribeStateMachine',
      'states:ListStateMachines',
      'tag:GetResources',
      'xray:GetTraceSummaries',
      'xray:BatchGetTraces',
    ]),
    { ...allow('iam:PassRole'), Condition: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } } },
    allow(
      ['logs:DescribeLogStreams', 'logs:GetLogEvents', 'logs:FilterLogEvents'],
      'arn:aws:logs:*:*:log-group:/aws/lambda/*',
    ),
  ],
  [
    'AWSLambda_ReadOnlyAccess',
    '/',
    'Read-only access to Lambda.',
    allow([
      'lambda:Get*',
      'lambda:List*',
      'cloudformation:DescribeStacks',
      'cloudformation:ListStackResources',
      'cloudwatch:GetMetricData',
      'cloudwatch:ListMetrics',
      'iam:GetPolicy',
      'iam:GetPolicyVersion',
      'iam:GetRole',
      'iam:GetRolePolicy',
      'iam:ListAttachedRolePolicies',
      'iam:ListRolePolicies',
      'iam:ListRoles',
      'logs:DescribeLogGroups',
      'states:DescribeStateMachine',
      'states:ListStateMachines',
      'tag:GetResources',
      'xray:GetTraceSummaries',
      'xray:BatchGetTraces',
    ]),
  ],
  [
    'AWSLambdaExecute',
    '/',
    'Objects of all buckets, and logs.',
    allow('logs:*', 'arn:aws:logs:*:*:*'),
    allow(['s3:GetObject', 's3:PutObject'], 'arn:aws:s3:::*'),
  ],
  [
    'AWSLambdaInvocation-DynamoDB',
    '/',
    'Reads table streams and invokes functions.',
    allow('lambda:InvokeFunction'),
    allow(READ_TABLE_STREAM),
  ],
  ['AWSLambdaBasicExecutionRole', ROLE, 'Lets a function write its logs.', allow(WRITE_LOGS)],
  [
    'AWSLambdaBasicDurableExecutionRolePolicy',
    ROLE,
    'Lets a durable function make its checkpoints and write its logs.',
    allow([...WRITE_LOGS, 'lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState']),
  ],
  [
    'AWSLambdaVPCAccessExecutionRole',
    ROLE,
    'Lets a function write its logs and use a network.',
    allow([...WRITE_LOGS, ...DESCRIBE_NETWORK]),
  ],
  [
    'AWSLambdaSQSQueueExecutionRole',
    ROLE,
    'Lets a function take messages from queues and write its logs.',
    allow([...READ_QUEUE, ...WRITE_LOGS]),
  ],
  [
    'AWSLambdaKinesisExecutionRole',
    ROLE,
    'Lets a function read Kinesis streams and write its logs.',
    allow([...READ_SHARDS, ...WRITE_LOGS]),
  ],
  [
    'AWSLambdaDynamoDBExecutionRole',
    ROLE,
    'Lets a function read table streams and write its logs.',
    allow([...READ_TABLE_STREAM, ...WRITE_LOGS]),
  ],
  [
    'AWSLambdaMSKExecutionRole',
    ROLE,
    'Lets a function read Kafka clusters and write its logs.',
    allow([
      'kafka:DescribeCluster',
      'kafka:DescribeClusterV2',
      'kafka:GetBootstrapBrokers',
      ...DESCRIBE_NETWORK,
      'ec2:DescribeVpcs',
      'ec2:DescribeSecurityGroups',
      ...WRITE_LOGS,
    ]),
  ],
  ['AWSLambdaRole', ROLE, 'Lets a service invoke functions.', allow('lambda:InvokeFunction')],
  [
    'AWSXRayDaemonWriteAccess',
    '/',
    'Lets a function send traces.',
    allow([
      'xray:PutTraceSegments',
      'xray:PutTelemetryRecords',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
      'xray:GetSamplingStatisticSummaries',
    ]),
  ],
  [
    'AWSXrayWriteOnlyAccess',
    '/',
    'Lets a program send traces.',
    allow([
      'xray:PutTraceSegments',
      'xray:PutTelemetryRecords',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
      'xray:GetSamplingStatisticSummaries',
    ]),
  ],
  ['AWSXrayFullAccess', '/', 'Full access to X-Ray.', allow('xray:*')],
  [
    'AWSXrayReadOnlyAccess',
    '/',
    'Read-only access to X-Ray.',
    allow([
      'xray:GetSamplingRules',
      'xray:BatchGetTraces',
      'xray:GetServiceGraph',
      'xray:GetTraceGraph',
      'xray:GetTraceSummaries',
      'xray:GetGroups',
      'xray:GetGroup',
    ]),
  ],
  ['CloudWatchFullAccess', '/', 'Full access to CloudWatch and its logs.', allow(['cloudwatch:*', 'logs:*', 'sns:*'])],
  [
    'CloudWatchFullAccessV2',
    '/',
    'Full access to CloudWatch and its logs.',
    allow([
      'cloudwatch:*',
      'logs:*',
      'sns:CreateTopic',
      'sns:ListSubscriptions',
      'sns:ListSubscriptionsByTopic',
      'sns:ListTopics',
      'sns:Subscribe',
    ]),
  ],
  [
    'CloudWatchReadOnlyAccess',
    '/',
    'Read-only access to CloudWatch and its logs.',
    allow([
      'cloudwatch:Describe*',
      'cloudwatch:Get*',
      'cloudwatch:List*',
      'logs:Describe*',
      'logs:Get*',
      'logs:List*',
      'logs:StartQuery',
      'logs:StopQuery',
      'logs:TestMetricFilter',
      'logs:FilterLogEvents',
      'logs:StartLiveTail',
      'sns:Get*',
      'sns:List*',
    ]),
  ],
  ['CloudWatchLogsFullAccess', '/', 'Full access to CloudWatch Logs.', allow(['logs:*', 'cloudwatch:GenerateQuery'])],
  [
    'CloudWatchLogsReadOnlyAccess',
    '/',
    'Read-only access to CloudWatch Logs.',
    allow([
      'logs:Describe*',
      'logs:Get*',
      'logs:List*',
      'logs:StartQuery',
      'logs:StopQuery',
      'logs:TestMetricFilter',
      'logs:FilterLogEvents',
      'logs:StartLiveTail',
    ]),
  ],
  [
    'CloudWatchEventsFullAccess',
    '/',
    'Full access to events and schedules.',
    allow(['events:*', 'schemas:*', 'scheduler:*', 'pipes:*']),
  ],
  [
    'CloudWatchLambdaInsightsExecutionRolePolicy',
    '/',
    'Lets the Lambda Insights layer write its logs.',
    allow('logs:CreateLogGroup'),
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], 'arn:aws:logs:*:*:log-group:/aws/lambda-insights:*'),
  ],
  [
    'CloudWatchLambdaApplicationSignalsExecutionRolePolicy',
    '/',
    'Lets an instrumented function send traces and logs.',
    allow('xray:PutTraceSegments'),
    allow(WRITE_LOGS, 'arn:aws:logs:*:*:log-group:/aws/application-signals/data:*'),
  ],
  [
    'AmazonAPIGatewayAdministrator',
    '/',
    'Full access to the management of APIs.',
    allow('apigateway:*', 'arn:aws:apigateway:*::/*'),
  ],
  [
    'AmazonAPIGatewayInvokeFullAccess',
    '/',
    'Lets a caller invoke APIs.',
    allow(['execute-api:Invoke', 'execute-api:ManageConnections'], 'arn:aws:execute-api:*:*:*'),
  ],
  [
    'AmazonAPIGatewayPushToCloudWatchLogs',
    ROLE,
    'Lets API Gateway write logs.',
    allow([
      'logs:CreateLogGroup',
      'logs:CreateLogStream',
      'logs:DescribeLogGroups',
      'logs:DescribeLogStreams',
      'logs:PutLogEvents',
      'logs:GetLogEvents',
      'logs:FilterLogEvents',
    ]),
  ],
  [
    'SecretsManagerReadWrite',
    '/',
    'Reads and writes secrets.',
    allow([
      'secretsmanager:*',
      'cloudformation:DescribeStacks',
      'kms:DescribeKey',
      'kms:ListAliases',
      'kms:ListKeys',
      'lambda:ListFunctions',
      'tag:GetResources',
    ]),
  ],
  ['AmazonSSMFullAccess', '/', 'Full access to SSM.', allow('ssm:*')],
  ['AmazonSSMReadOnlyAccess', '/', 'Read-only access to SSM.', allow(['ssm:Describe*', 'ssm:Get*', 'ssm:List*'])],
  [
    'AWSKeyManagementServicePowerUser',
    '/',
    'Uses and describes keys.',
    allow([
      'kms:CreateAlias',
      'kms:CreateKey',
      'kms:DeleteAlias',
      'kms:Describe*',
      'kms:GenerateRandom',
      'kms:Get*',
      'kms:List*',
      'kms:TagResource',
      'kms:UntagResource',
      'iam:ListGroups',
      'iam:ListRoles',
      'iam:ListUsers',
    ]),
  ],
  [
    'AmazonCognitoPowerUser',
    '/',
    'Manages pools of users and identities.',
    allow([
      'cognito-identity:*',
      'cognito-idp:*',
      'cognito-sync:*',
      'iam:ListRoles',
      'iam:ListOpenIDConnectProviders',
      'iam:GetRole',
      'iam:ListSAMLProviders',
      'iam:GetSAMLProvider',
      'kinesis:ListStreams',
      'lambda:GetPolicy',
      'lambda:ListFunctions',
    ]),
  ],
  ['AWSCloudFormationFullAccess', '/', 'Full access to CloudFormation.', allow('cloudformation:*')],
  [
    'AWSCloudFormationReadOnlyAccess',
    '/',
    'Read-only access to CloudFormation.',
    allow([
      'cloudformation:Describe*',
      'cloudformation:EstimateTemplateCost',
      'cloudformation:Get*',
      'cloudformation:List*',
      'cloudformation:ValidateTemplate',
      'cloudformation:Detect*',
    ]),
  ],
  [
    'AWSCloudTrail_ReadOnlyAccess',
    '/',
    'Read-only access to CloudTrail.',
    allow(['cloudtrail:Get*', 'cloudtrail:Describe*', 'cloudtrail:List*', 'cloudtrail:LookupEvents']),
  ],
  [
    'ResourceGroupsandTagEditorFullAccess',
    '/',
    'Full access to tags of all resources.',
    allow(['tag:*', 'resource-groups:*']),
  ],
  ['AWSDenyAll', '/', 'Denies everything.', { Effect: 'Deny', Action: '*', Resource: '*' }],
]

const VERSION_TEXT = '2012-10-17'

function policyOf([name, path, description, ...statements]: Row): AwsManagedPolicy {
  return {
    arn: `arn:aws:iam::aws:policy${path}${name}`,
    name,
    path,
    id: stableId(`${path}${name}`),
    description,
    document: JSON.stringify({ Version: VERSION_TEXT, Statement: statements }),
  }
}

/** ANPA and 17 characters that follow from the name. */
function stableId(name: string): string {
  let state = 0x811c9dc5n
  for (const byte of Buffer.from(name)) state = ((state ^ BigInt(byte)) * 0x100000001b3n) & ((1n << 96n) - 1n)
  return `ANPA${state.toString(32).toUpperCase().padStart(17, 'A').slice(-17)}`
}

let made: ReadonlyMap<string, AwsManagedPolicy> | undefined

/** All of them, by ARN. Made when first asked for. */
export function awsManagedPolicies(): ReadonlyMap<string, AwsManagedPolicy> {
  made ??= new Map(ROWS.map(policyOf).map((policy) => [policy.arn, policy]))
  return made
}

export function awsManagedPolicy(arn: string): AwsManagedPolicy | undefined {
  return arn.startsWith('arn:aws:iam::aws:') ? awsManagedPolicies().get(arn) : undefined
}
