// The services whose wire models Mayfly holds, and how a request is told to be theirs: the detection table. Facts that
// the models carry (target prefixes, versions) stand here again, because detection must not load 34 models; a test
// compares the two.

export const SERVICE_IDS = [
  'lambda',
  's3',
  'dynamodb',
  'dynamodb-streams',
  'sqs',
  'sns',
  'kinesis',
  'firehose',
  'eventbridge',
  'scheduler',
  'pipes',
  'schemas',
  'sfn',
  'cloudwatch',
  'cloudwatch-logs',
  'xray',
  'cloudtrail',
  'iam',
  'sts',
  'kms',
  'secrets-manager',
  'ssm',
  'cognito-identity-provider',
  'cognito-identity',
  'api-gateway',
  'apigatewayv2',
  'apigatewaymanagementapi',
  'cloudformation',
  'serverlessapplicationrepository',
  'iot',
  'iot-data-plane',
  'cost-explorer',
  'budgets',
  'resource-groups-tagging-api',
] as const

/** Mayfly's name of a service: the last part of its SDK package (`@aws-sdk/client-<id>`). */
export type ServiceId = (typeof SERVICE_IDS)[number]

export type RestFlavour = 'restJson1' | 'restXml'

/** How requests to one service look. */
export interface ServiceRow {
  readonly id: ServiceId
  /** Service names that a credential scope may carry; the first is what clients use. */
  readonly signingNames: readonly string[]
  /** First labels of host names (`sqs.us-east-1.…`), `queue` and the like included. */
  readonly hostLabels: readonly string[]
  /** Before the dot of X-Amz-Target, and in `/service/<prefix>/operation/<name>`. */
  readonly targetPrefix?: string
  /** Protocol of requests with X-Amz-Target. */
  readonly json?: 'awsJson1_0' | 'awsJson1_1'
  /** `Version` of the query protocol, where the service speaks it (now or for older clients). */
  readonly queryVersion?: string
  readonly rest?: RestFlavour
  /** Its answers of RPC protocols carry `x-amzn-query-error` for clients that ask. */
  readonly queryCompatible?: true
  /** Beginnings of REST paths (whole segments) that tell the service where nothing else does: unsigned requests. */
  readonly pathPrefixes?: readonly string[]
}

function rpc(
  id: ServiceId,
  json: 'awsJson1_0' | 'awsJson1_1',
  targetPrefix: string,
  signingNames: readonly string[],
  hostLabels: readonly string[] = signingNames,
): ServiceRow {
  return { id, signingNames, hostLabels, targetPrefix, json }
}

function query(id: ServiceId, queryVersion: string, signingNames: readonly string[]): ServiceRow {
  return { id, signingNames, hostLabels: signingNames, queryVersion }
}

function rest(
  id: ServiceId,
  signingNames: readonly string[],
  pathPrefixes: readonly string[] = [],
  hostLabels: readonly string[] = signingNames,
): ServiceRow {
  return { id, signingNames, hostLabels, rest: 'restJson1', pathPrefixes }
}

/** The dated beginnings of all Lambda paths. */
const LAMBDA_PATHS = [
  '/2014-11-13',
  '/2015-03-31',
  '/2016-08-19',
  '/2017-03-31',
  '/2017-10-31',
  '/2018-10-31',
  '/2019-09-25',
  '/2019-09-30',
  '/2020-04-22',
  '/2020-06-30',
  '/2021-07-20',
  '/2021-10-31',
  '/2021-11-15',
  '/2024-08-31',
  '/2025-11-30',
  '/2025-12-01',
  '/2026-07-09',
] as const

/** In the order in which candidates are tried. */
export const SERVICES: readonly ServiceRow[] = [
  rest('lambda', ['lambda'], LAMBDA_PATHS),
  { id: 's3', signingNames: ['s3', 's3express', 's3-object-lambda'], hostLabels: ['s3'], rest: 'restXml' },
  rpc('dynamodb', 'awsJson1_0', 'DynamoDB_20120810', ['dynamodb']),
  rpc('dynamodb-streams', 'awsJson1_0', 'DynamoDBStreams_20120810', ['dynamodb'], ['streams']),
  {
    ...rpc('sqs', 'awsJson1_0', 'AmazonSQS', ['sqs'], ['sqs', 'queue']),
    queryVersion: '2012-11-05',
    queryCompatible: true,
  },
  query('sns', '2010-03-31', ['sns']),
  rpc('kinesis', 'awsJson1_1', 'Kinesis_20131202', ['kinesis']),
  rpc('firehose', 'awsJson1_1', 'Firehose_20150804', ['firehose']),
  rpc('eventbridge', 'awsJson1_1', 'AWSEvents', ['events']),
  rest('scheduler', ['scheduler']),
  rest('pipes', ['pipes']),
  rest('schemas', ['schemas']),
  rpc('sfn', 'awsJson1_0', 'AWSStepFunctions', ['states']),
  {
    ...rpc('cloudwatch', 'awsJson1_0', 'GraniteServiceVersion20100801', ['monitoring']),
    queryVersion: '2010-08-01',
    queryCompatible: true,
  },
  rpc('cloudwatch-logs', 'awsJson1_1', 'Logs_20140328', ['logs']),
  rest('xray', ['xray'], ['/TraceSegments', '/TelemetryRecords', '/SamplingTargets', '/GetSamplingRules']),
  rpc('cloudtrail', 'awsJson1_1', 'CloudTrail_20131101', ['cloudtrail']),
  query('iam', '2010-05-08', ['iam']),
  query('sts', '2011-06-15', ['sts']),
  rpc('kms', 'awsJson1_1', 'TrentService', ['kms']),
  rpc('secrets-manager', 'awsJson1_1', 'secretsmanager', ['secretsmanager']),
  rpc('ssm', 'awsJson1_1', 'AmazonSSM', ['ssm']),
  rpc('cognito-identity-provider', 'awsJson1_1', 'AWSCognitoIdentityProviderService', ['cognito-idp']),
  rpc('cognito-identity', 'awsJson1_1', 'AWSCognitoIdentityService', ['cognito-identity']),
  rest('api-gateway', ['apigateway'], ['/restapis']),
  rest('apigatewayv2', ['apigateway'], ['/v2/apis']),
  rest('apigatewaymanagementapi', ['execute-api'], ['/@connections']),
  query('cloudformation', '2010-05-15', ['cloudformation']),
  rest('serverlessapplicationrepository', ['serverlessrepo']),
  rest('iot', ['iot']),
  rest('iot-data-plane', ['iotdata', 'iotdevicegateway'], [], ['data-ats', 'data', 'iotdata']),
  rpc('cost-explorer', 'awsJson1_1', 'AWSInsightsIndexService', ['ce']),
  rpc('budgets', 'awsJson1_1', 'AWSBudgetServiceGateway', ['budgets']),
  rpc('resource-groups-tagging-api', 'awsJson1_1', 'ResourceGroupsTaggingAPI_20170126', ['tagging']),
]

function index<K>(keysOf: (row: ServiceRow) => readonly K[]): ReadonlyMap<K, readonly ServiceRow[]> {
  const found = new Map<K, ServiceRow[]>()
  for (const row of SERVICES)
    for (const key of keysOf(row)) {
      const rows = found.get(key)
      if (rows === undefined) found.set(key, [row])
      else rows.push(row)
    }
  return found
}

const byId = new Map(SERVICES.map((row) => [row.id, row]))
const byTarget = index((row) => (row.targetPrefix === undefined ? [] : [row.targetPrefix]))
const bySigningName = index((row) => row.signingNames)
const byHostLabel = index((row) => row.hostLabels)
const byQueryVersion = index((row) => (row.queryVersion === undefined ? [] : [row.queryVersion]))
const byPathPrefix = index((row) => row.pathPrefixes ?? [])

/** The detection row of a service. */
export function serviceRow(id: ServiceId): ServiceRow {
  const row = byId.get(id)
  if (row === undefined) throw new TypeError(`no service ${id}`)
  return row
}

/** The service of an X-Amz-Target or CBOR path prefix. */
export function serviceByTargetPrefix(prefix: string): ServiceRow | undefined {
  return byTarget.get(prefix)?.[0]
}

/** Candidates for the service name of a credential scope (`apigateway` and `dynamodb` are shared by two). */
export function servicesBySigningName(name: string): readonly ServiceRow[] {
  return bySigningName.get(name) ?? []
}

/** Candidates for the first label of a host; host prefixes of operations (`sync-states`, `streaming-logs`) count too. */
export function servicesByHostLabel(label: string): readonly ServiceRow[] {
  return byHostLabel.get(label) ?? byHostLabel.get(label.replace(/^(sync|stream|streaming)-/, '')) ?? []
}

/** The service of the query protocol's `Version`, which no two share. */
export function serviceByQueryVersion(version: string): ServiceRow | undefined {
  return byQueryVersion.get(version)?.[0]
}

/** The service that alone has paths beginning so (raw path): the last resort for unsigned requests, before S3. */
export function serviceByPath(path: string): ServiceRow | undefined {
  const second = path.indexOf('/', 1)
  if (second < 0) return byPathPrefix.get(path)?.[0]
  const third = path.indexOf('/', second + 1)
  return (byPathPrefix.get(path.slice(0, second)) ?? byPathPrefix.get(third < 0 ? path : path.slice(0, third)))?.[0]
}
