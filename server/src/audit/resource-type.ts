// What an ARN names, in the names that CloudTrail and CloudFormation have for kinds of resources.

export interface NamedResource {
  /** 12 digits; empty where the ARN has none. */
  readonly account: string
  /** `AWS::SQS::Queue`. */
  readonly type: string
  readonly arn: string
  /** What people call it: the last part of the ARN. */
  readonly name: string
}

/** By service and the first word of the ARN's resource part; `''`: where there is no such word. */
const TYPES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  lambda: {
    function: 'AWS::Lambda::Function',
    layer: 'AWS::Lambda::LayerVersion',
    'event-source-mapping': 'AWS::Lambda::EventSourceMapping',
    'code-signing-config': 'AWS::Lambda::CodeSigningConfig',
  },
  dynamodb: { table: 'AWS::DynamoDB::Table', 'global-table': 'AWS::DynamoDB::GlobalTable' },
  sqs: { '': 'AWS::SQS::Queue' },
  sns: { '': 'AWS::SNS::Topic' },
  logs: { 'log-group': 'AWS::Logs::LogGroup' },
  kms: { key: 'AWS::KMS::Key', alias: 'AWS::KMS::Alias' },
  secretsmanager: { secret: 'AWS::SecretsManager::Secret' },
  ssm: { parameter: 'AWS::SSM::Parameter' },
  cloudtrail: { trail: 'AWS::CloudTrail::Trail' },
  iam: {
    user: 'AWS::IAM::User',
    role: 'AWS::IAM::Role',
    group: 'AWS::IAM::Group',
    policy: 'AWS::IAM::Policy',
    'instance-profile': 'AWS::IAM::InstanceProfile',
    'oidc-provider': 'AWS::IAM::OIDCProvider',
    'saml-provider': 'AWS::IAM::SAMLProvider',
    'server-certificate': 'AWS::IAM::ServerCertificate',
  },
}

/** The resource of an ARN; undefined for `*`, patterns and what has no type. */
export function resourceOfArn(arn: string): NamedResource | undefined {
  const [, service = '', account = '', rest = ''] = /^arn:[^:]*:([^:]*):[^:]*:([^:]*):(.+)$/.exec(arn) ?? []
  if (rest === '' || arn.includes('*') || arn.includes('?')) return undefined
  if (service === 's3') return s3Resource(arn, account, rest)
  const kinds = TYPES[service]
  const word = /^([a-z-]+)[:/]/.exec(rest)?.[1] ?? ''
  const type =
    service === 'dynamodb' && rest.includes('/stream/') ? 'AWS::DynamoDB::Stream' : (kinds?.[word] ?? kinds?.[''])
  if (type === undefined) return undefined
  return { account, type, arn, name: nameOf(service, word, rest) }
}

function s3Resource(arn: string, account: string, rest: string): NamedResource {
  const isObject = rest.includes('/')
  return { account, type: isObject ? 'AWS::S3::Object' : 'AWS::S3::Bucket', arn, name: rest }
}

function nameOf(service: string, word: string, rest: string): string {
  if (service === 'iam') return rest.slice(rest.lastIndexOf('/') + 1)
  const name = word === '' ? rest : rest.slice(word.length + 1)
  return service === 'lambda' && word === 'function' ? (name.split(':', 1)[0] ?? name) : name
}

/** As selectors look at them: a data call on a bucket is one on its objects. */
export function selectableResources(
  resources: readonly Pick<NamedResource, 'type' | 'arn'>[],
  isData: boolean,
): readonly Pick<NamedResource, 'type' | 'arn'>[] {
  if (!isData) return resources
  return resources.map(({ type, arn }) =>
    type === 'AWS::S3::Bucket' ? { type: 'AWS::S3::Object', arn: `${arn}/` } : { type, arn },
  )
}
