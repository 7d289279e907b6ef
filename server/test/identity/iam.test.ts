// IAM through its clients: every operation that is built, with its exact errors.
import * as iam from '@aws-sdk/client-iam'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { aws, awsJson, boto3, openServer, type TestServer } from '../conformance/server-kit.ts'

const ACCOUNT = '000000000000'
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})
const READ = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:Get*', Resource: 'arn:aws:s3:::b/${aws:username}/*' }],
})
const BASIC = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'

let kit: TestServer
let client: iam.IAMClient
before(async () => {
  kit = await openServer({ readyCells: {} })
  client = new iam.IAMClient(kit.sdk)
})
after(() => kit[Symbol.asyncDispose]())

const fails = (name: string, message?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Error)
  assert.equal(error.name, name, error.message)
  if (message !== undefined) assert.match(error.message, message)
  return true
}

test('users: their life, their policies, their keys', async () => {
  const UserName = 'ann'
  const made = await client.send(
    new iam.CreateUserCommand({ UserName, Path: '/team/', Tags: [{ Key: 'a', Value: '1' }] }),
  )
  assert.equal(made.User?.Arn, `arn:aws:iam::${ACCOUNT}:user/team/ann`)
  assert.match(made.User?.UserId ?? '', /^AIDA[A-Z2-7]{17}$/)
  await assert.rejects(
    client.send(new iam.CreateUserCommand({ UserName: 'ANN' })),
    fails('EntityAlreadyExistsException', /^User with name ANN already exists\.$/),
  )
  await assert.rejects(
    client.send(new iam.GetUserCommand({ UserName: 'nobody' })),
    fails('NoSuchEntityException', /^The user with name nobody cannot be found\.$/),
  )
  await assert.rejects(client.send(new iam.CreateUserCommand({ UserName: 'bad name' })), fails('ValidationError'))
  await client.send(new iam.PutUserPolicyCommand({ UserName, PolicyName: 'read', PolicyDocument: READ }))
  const inline = await client.send(new iam.GetUserPolicyCommand({ UserName, PolicyName: 'read' }))
  assert.equal(decodeURIComponent(inline.PolicyDocument ?? ''), READ)
  assert.deepEqual((await client.send(new iam.ListUserPoliciesCommand({ UserName }))).PolicyNames, ['read'])
  await client.send(new iam.AttachUserPolicyCommand({ UserName, PolicyArn: BASIC }))
  const attached = await client.send(new iam.ListAttachedUserPoliciesCommand({ UserName }))
  assert.deepEqual(attached.AttachedPolicies, [{ PolicyName: 'AWSLambdaBasicExecutionRole', PolicyArn: BASIC }])
  await assert.rejects(
    client.send(new iam.AttachUserPolicyCommand({ UserName, PolicyArn: 'arn:aws:iam::aws:policy/Nothing' })),
    fails('NoSuchEntityException', /does not exist or is not attachable/),
  )
  await client.send(new iam.PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: BASIC }))
  const bound = await client.send(new iam.GetUserCommand({ UserName }))
  assert.equal(bound.User?.PermissionsBoundary?.PermissionsBoundaryArn, BASIC)
  await client.send(new iam.DeleteUserPermissionsBoundaryCommand({ UserName }))
  await client.send(new iam.TagUserCommand({ UserName, Tags: [{ Key: 'b', Value: '2' }] }))
  await client.send(new iam.UntagUserCommand({ UserName, TagKeys: ['a'] }))
  assert.deepEqual((await client.send(new iam.ListUserTagsCommand({ UserName }))).Tags, [{ Key: 'b', Value: '2' }])
  const badTags = [
    { Key: 'fine', Value: 'b&' },
    { Key: 'k'.repeat(129), Value: 'fine' },
  ]
  await assert.rejects(
    client.send(new iam.TagUserCommand({ UserName, Tags: badTags })),
    fails(
      'ValidationError',
      /^2 validation errors detected: Value 'b&' at 'tags\.1\.member\.value' failed .* pattern: .*; Value 'k+' at 'tags\.2\.member\.key' failed .* less than or equal to 128$/,
    ),
  )
  const key = await client.send(new iam.CreateAccessKeyCommand({ UserName }))
  await client.send(new iam.CreateAccessKeyCommand({ UserName }))
  await assert.rejects(
    client.send(new iam.CreateAccessKeyCommand({ UserName })),
    fails('LimitExceededException', /Cannot exceed quota for AccessKeysPerUser: 2/),
  )
  const AccessKeyId = key.AccessKey?.AccessKeyId
  await client.send(new iam.UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' }))
  const keys = await client.send(new iam.ListAccessKeysCommand({ UserName }))
  assert.equal(keys.AccessKeyMetadata?.find((one) => one.AccessKeyId === AccessKeyId)?.Status, 'Inactive')
  // No secret is ever told again.
  assert.ok(!JSON.stringify(keys).includes(key.AccessKey?.SecretAccessKey ?? ''))
  const lastUsed = await client.send(new iam.GetAccessKeyLastUsedCommand({ AccessKeyId }))
  assert.equal(lastUsed.AccessKeyLastUsed?.ServiceName, 'N/A')
  await client.send(new iam.UpdateUserCommand({ UserName, NewUserName: 'anna', NewPath: '/' }))
  assert.equal((await client.send(new iam.ListAccessKeysCommand({ UserName: 'anna' }))).AccessKeyMetadata?.length, 2)
  const remove = new iam.DeleteUserCommand({ UserName: 'anna' })
  await assert.rejects(client.send(remove), fails('DeleteConflictException', /must detach all policies first/))
  await client.send(new iam.DetachUserPolicyCommand({ UserName: 'anna', PolicyArn: BASIC }))
  await assert.rejects(client.send(remove), fails('DeleteConflictException', /must delete policies first/))
  await client.send(new iam.DeleteUserPolicyCommand({ UserName: 'anna', PolicyName: 'read' }))
  await assert.rejects(client.send(remove), fails('DeleteConflictException', /must delete access keys first/))
  for (const { AccessKeyId: id } of keys.AccessKeyMetadata ?? [])
    await client.send(new iam.DeleteAccessKeyCommand({ UserName: 'anna', AccessKeyId: id }))
  await client.send(remove)
  const root = await client.send(new iam.GetUserCommand({}))
  assert.equal(root.User?.Arn, `arn:aws:iam::${ACCOUNT}:root`)
})

test('groups carry policies for their members', async () => {
  const GroupName = 'staff'
  await client.send(new iam.CreateGroupCommand({ GroupName }))
  await client.send(new iam.CreateUserCommand({ UserName: 'member' }))
  await client.send(new iam.AddUserToGroupCommand({ GroupName, UserName: 'member' }))
  const group = await client.send(new iam.GetGroupCommand({ GroupName }))
  assert.deepEqual(
    group.Users?.map(({ UserName }) => UserName),
    ['member'],
  )
  const of = await client.send(new iam.ListGroupsForUserCommand({ UserName: 'member' }))
  assert.equal(of.Groups?.[0]?.GroupName, GroupName)
  await client.send(new iam.PutGroupPolicyCommand({ GroupName, PolicyName: 'p', PolicyDocument: READ }))
  await client.send(new iam.GetGroupPolicyCommand({ GroupName, PolicyName: 'p' }))
  assert.deepEqual((await client.send(new iam.ListGroupPoliciesCommand({ GroupName }))).PolicyNames, ['p'])
  await client.send(new iam.AttachGroupPolicyCommand({ GroupName, PolicyArn: BASIC }))
  assert.equal((await client.send(new iam.ListAttachedGroupPoliciesCommand({ GroupName }))).AttachedPolicies?.length, 1)
  await client.send(new iam.UpdateGroupCommand({ GroupName, NewGroupName: 'crew' }))
  assert.equal((await client.send(new iam.ListGroupsCommand({}))).Groups?.[0]?.GroupName, 'crew')
  assert.equal((await client.send(new iam.GetGroupCommand({ GroupName: 'crew' }))).Users?.length, 1)
  const remove = new iam.DeleteGroupCommand({ GroupName: 'crew' })
  await assert.rejects(client.send(remove), fails('DeleteConflictException', /must remove users from group first/))
  await client.send(new iam.RemoveUserFromGroupCommand({ GroupName: 'crew', UserName: 'member' }))
  await client.send(new iam.DeleteGroupPolicyCommand({ GroupName: 'crew', PolicyName: 'p' }))
  await client.send(new iam.DetachGroupPolicyCommand({ GroupName: 'crew', PolicyArn: BASIC }))
  await client.send(remove)
})

test('roles: trust, sessions, boundaries, instance profiles, roles of services', async () => {
  const RoleName = 'worker'
  const made = await client.send(
    new iam.CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: TRUST,
      Description: 'd',
      Tags: [{ Key: 'k', Value: 'v' }],
    }),
  )
  assert.equal(decodeURIComponent(made.Role?.AssumeRolePolicyDocument ?? ''), TRUST)
  await assert.rejects(
    client.send(new iam.CreateRoleCommand({ RoleName: 'x', AssumeRolePolicyDocument: READ })),
    fails('MalformedPolicyDocumentException', /Missing required field Principal|prohibited/),
  )
  await client.send(new iam.UpdateRoleCommand({ RoleName, MaxSessionDuration: 7200 }))
  await client.send(new iam.UpdateRoleDescriptionCommand({ RoleName, Description: 'other' }))
  const other = TRUST.replace('lambda', 'states')
  await client.send(new iam.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: other }))
  const found = await client.send(new iam.GetRoleCommand({ RoleName }))
  assert.equal(found.Role?.MaxSessionDuration, 7200)
  assert.equal(found.Role?.Description, 'other')
  assert.equal(decodeURIComponent(found.Role?.AssumeRolePolicyDocument ?? ''), other)
  await client.send(new iam.PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: READ }))
  await client.send(new iam.GetRolePolicyCommand({ RoleName, PolicyName: 'p' }))
  assert.deepEqual((await client.send(new iam.ListRolePoliciesCommand({ RoleName }))).PolicyNames, ['p'])
  await client.send(new iam.AttachRolePolicyCommand({ RoleName, PolicyArn: BASIC }))
  assert.equal((await client.send(new iam.ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies?.length, 1)
  await client.send(new iam.PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: BASIC }))
  await client.send(new iam.DeleteRolePermissionsBoundaryCommand({ RoleName }))
  await client.send(new iam.TagRoleCommand({ RoleName, Tags: [{ Key: 'n', Value: '1' }] }))
  await client.send(new iam.UntagRoleCommand({ RoleName, TagKeys: ['k'] }))
  assert.deepEqual((await client.send(new iam.ListRoleTagsCommand({ RoleName }))).Tags, [{ Key: 'n', Value: '1' }])
  const profile = { InstanceProfileName: 'profile' }
  await client.send(new iam.CreateInstanceProfileCommand(profile))
  await client.send(new iam.AddRoleToInstanceProfileCommand({ ...profile, RoleName }))
  const shown = await client.send(new iam.GetInstanceProfileCommand(profile))
  assert.equal(shown.InstanceProfile?.Roles?.[0]?.RoleName, RoleName)
  assert.equal((await client.send(new iam.ListInstanceProfilesCommand({}))).InstanceProfiles?.length, 1)
  assert.equal(
    (await client.send(new iam.ListInstanceProfilesForRoleCommand({ RoleName }))).InstanceProfiles?.length,
    1,
  )
  await client.send(new iam.TagInstanceProfileCommand({ ...profile, Tags: [{ Key: 'a', Value: 'b' }] }))
  assert.equal((await client.send(new iam.ListInstanceProfileTagsCommand(profile))).Tags?.length, 1)
  await client.send(new iam.UntagInstanceProfileCommand({ ...profile, TagKeys: ['a'] }))
  const remove = new iam.DeleteRoleCommand({ RoleName })
  await assert.rejects(client.send(remove), fails('DeleteConflictException', /instance profile/))
  await assert.rejects(client.send(new iam.DeleteInstanceProfileCommand(profile)), fails('DeleteConflictException'))
  await client.send(new iam.RemoveRoleFromInstanceProfileCommand({ ...profile, RoleName }))
  await client.send(new iam.DeleteInstanceProfileCommand(profile))
  await client.send(new iam.DetachRolePolicyCommand({ RoleName, PolicyArn: BASIC }))
  await client.send(new iam.DeleteRolePolicyCommand({ RoleName, PolicyName: 'p' }))
  await client.send(remove)
  const linked = await client.send(new iam.CreateServiceLinkedRoleCommand({ AWSServiceName: 'ops.amazonaws.com' }))
  const name = linked.Role?.RoleName ?? ''
  await assert.rejects(client.send(new iam.DeleteRoleCommand({ RoleName: name })), fails('UnmodifiableEntityException'))
  const task = await client.send(new iam.DeleteServiceLinkedRoleCommand({ RoleName: name }))
  const status = await client.send(
    new iam.GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId: task.DeletionTaskId }),
  )
  assert.equal(status.Status, 'SUCCEEDED')
})

test('managed policies and their versions', async () => {
  const made = await client.send(
    new iam.CreatePolicyCommand({ PolicyName: 'mine', PolicyDocument: READ, Description: 'd' }),
  )
  const PolicyArn = made.Policy?.Arn ?? ''
  assert.equal(PolicyArn, `arn:aws:iam::${ACCOUNT}:policy/mine`)
  for (const [document, message] of [
    ['{', /invalid Json/],
    ['{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*"}]}', /must contain actions/],
    ['{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*"}]}', /must contain resources/],
    ['{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"get","Resource":"*"}]}', /prefaced by a vendor/],
    [
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"b"}]}',
      /must be in ARN format/,
    ],
    ['{"Version":"2012-10-17","Statement":[{"Effect":"Maybe","Action":"s3:*","Resource":"*"}]}', /Syntax errors/],
    [
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":"*"}]}',
      /should not specify a principal/,
    ],
  ] as const)
    await assert.rejects(
      client.send(new iam.CreatePolicyCommand({ PolicyName: 'bad', PolicyDocument: document })),
      fails('MalformedPolicyDocumentException', message),
    )
  for (let version = 2; version <= 5; version++)
    await client.send(
      new iam.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: READ, SetAsDefault: version === 2 }),
    )
  await assert.rejects(
    client.send(new iam.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: READ })),
    fails('LimitExceededException', /up to 5 versions/),
  )
  assert.equal((await client.send(new iam.GetPolicyCommand({ PolicyArn }))).Policy?.DefaultVersionId, 'v2')
  await client.send(new iam.SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v3' }))
  const third = await client.send(new iam.GetPolicyVersionCommand({ PolicyArn, VersionId: 'v3' }))
  assert.equal(third.PolicyVersion?.IsDefaultVersion, true)
  assert.equal((await client.send(new iam.ListPolicyVersionsCommand({ PolicyArn }))).Versions?.length, 5)
  await client.send(new iam.TagPolicyCommand({ PolicyArn, Tags: [{ Key: 'a', Value: 'b' }] }))
  assert.equal((await client.send(new iam.ListPolicyTagsCommand({ PolicyArn }))).Tags?.length, 1)
  await client.send(new iam.UntagPolicyCommand({ PolicyArn, TagKeys: ['a'] }))
  await client.send(new iam.CreateRoleCommand({ RoleName: 'bearer', AssumeRolePolicyDocument: TRUST }))
  await client.send(new iam.AttachRolePolicyCommand({ RoleName: 'bearer', PolicyArn }))
  const entities = await client.send(new iam.ListEntitiesForPolicyCommand({ PolicyArn }))
  assert.equal(entities.PolicyRoles?.[0]?.RoleName, 'bearer')
  const local = await client.send(new iam.ListPoliciesCommand({ Scope: 'Local' }))
  assert.deepEqual(
    local.Policies?.map(({ Arn, AttachmentCount }) => [Arn, AttachmentCount]),
    [[PolicyArn, 1]],
  )
  const names: string[] = []
  for (const page of [iam.paginateListPolicies({ client, pageSize: 7 }, { Scope: 'AWS' })])
    for await (const { Policies } of page) names.push(...(Policies ?? []).map(({ PolicyName }) => PolicyName ?? ''))
  for (const name of ['AdministratorAccess', 'AmazonS3FullAccess', 'ReadOnlyAccess', 'AWSLambdaSQSQueueExecutionRole'])
    assert.ok(names.includes(name), name)
  await assert.rejects(
    client.send(new iam.DeletePolicyCommand({ PolicyArn })),
    fails('DeleteConflictException', /attached/),
  )
  await client.send(new iam.DetachRolePolicyCommand({ RoleName: 'bearer', PolicyArn }))
  await assert.rejects(
    client.send(new iam.DeletePolicyCommand({ PolicyArn })),
    fails('DeleteConflictException', /more than one/),
  )
  await assert.rejects(
    client.send(new iam.DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v3' })),
    fails('DeleteConflictException', /default version/),
  )
  for (const VersionId of ['v1', 'v2', 'v4', 'v5'])
    await client.send(new iam.DeletePolicyVersionCommand({ PolicyArn, VersionId }))
  await client.send(new iam.DeletePolicyCommand({ PolicyArn }))
  const basic = await client.send(new iam.GetPolicyVersionCommand({ PolicyArn: BASIC, VersionId: 'v1' }))
  assert.match(decodeURIComponent(basic.PolicyVersion?.Document ?? ''), /logs:PutLogEvents/)
})

test('passwords and the rules for them', async () => {
  const UserName = 'person'
  await client.send(new iam.CreateUserCommand({ UserName }))
  await assert.rejects(
    client.send(new iam.CreateLoginProfileCommand({ UserName, Password: 'short' })),
    fails('PasswordPolicyViolationException'),
  )
  await client.send(new iam.CreateLoginProfileCommand({ UserName, Password: 'Good-enough-1' }))
  await client.send(new iam.GetLoginProfileCommand({ UserName }))
  await client.send(new iam.UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 20, RequireNumbers: true }))
  assert.equal(
    (await client.send(new iam.GetAccountPasswordPolicyCommand({}))).PasswordPolicy?.MinimumPasswordLength,
    20,
  )
  await assert.rejects(
    client.send(new iam.UpdateLoginProfileCommand({ UserName, Password: 'Good-enough-1' })),
    fails('PasswordPolicyViolationException'),
  )
  await client.send(new iam.DeleteAccountPasswordPolicyCommand({}))
  await client.send(new iam.UpdateLoginProfileCommand({ UserName, Password: 'Good-enough-2' }))
  const { AccessKey: key } = await client.send(new iam.CreateAccessKeyCommand({ UserName }))
  const PolicyArn = 'arn:aws:iam::aws:policy/IAMUserChangePassword'
  await client.send(new iam.AttachUserPolicyCommand({ UserName, PolicyArn }))
  const credentials = { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
  const theirs = new iam.IAMClient({ ...kit.sdk, credentials })
  await assert.rejects(
    theirs.send(new iam.ChangePasswordCommand({ OldPassword: 'wrong', NewPassword: 'Good-enough-3' })),
  )
  await theirs.send(new iam.ChangePasswordCommand({ OldPassword: 'Good-enough-2', NewPassword: 'Good-enough-3' }))
  await client.send(new iam.DeleteLoginProfileCommand({ UserName }))
  await assert.rejects(client.send(new iam.GetLoginProfileCommand({ UserName })), fails('NoSuchEntityException'))
})

test('providers of identities, and the name of the account', async () => {
  const made = await client.send(
    new iam.CreateOpenIDConnectProviderCommand({ Url: 'https://issuer.example/path', ClientIDList: ['app'] }),
  )
  const provider = { OpenIDConnectProviderArn: made.OpenIDConnectProviderArn }
  assert.equal(made.OpenIDConnectProviderArn, `arn:aws:iam::${ACCOUNT}:oidc-provider/issuer.example/path`)
  await client.send(new iam.AddClientIDToOpenIDConnectProviderCommand({ ...provider, ClientID: 'second' }))
  await client.send(new iam.RemoveClientIDFromOpenIDConnectProviderCommand({ ...provider, ClientID: 'app' }))
  await client.send(
    new iam.UpdateOpenIDConnectProviderThumbprintCommand({ ...provider, ThumbprintList: ['a'.repeat(40)] }),
  )
  const found = await client.send(new iam.GetOpenIDConnectProviderCommand(provider))
  assert.deepEqual([found.Url, found.ClientIDList], ['issuer.example/path', ['second']])
  assert.equal((await client.send(new iam.ListOpenIDConnectProvidersCommand({}))).OpenIDConnectProviderList?.length, 1)
  await client.send(new iam.TagOpenIDConnectProviderCommand({ ...provider, Tags: [{ Key: 'a', Value: 'b' }] }))
  assert.equal((await client.send(new iam.ListOpenIDConnectProviderTagsCommand(provider))).Tags?.length, 1)
  await client.send(new iam.UntagOpenIDConnectProviderCommand({ ...provider, TagKeys: ['a'] }))
  await client.send(new iam.DeleteOpenIDConnectProviderCommand(provider))
  const SAMLMetadataDocument = `<EntityDescriptor>${' '.repeat(1000)}</EntityDescriptor>`
  const saml = await client.send(new iam.CreateSAMLProviderCommand({ Name: 'corp', SAMLMetadataDocument }))
  const SAMLProviderArn = saml.SAMLProviderArn
  assert.equal(
    (await client.send(new iam.GetSAMLProviderCommand({ SAMLProviderArn }))).SAMLMetadataDocument,
    SAMLMetadataDocument,
  )
  await client.send(new iam.UpdateSAMLProviderCommand({ SAMLProviderArn, SAMLMetadataDocument }))
  assert.equal((await client.send(new iam.ListSAMLProvidersCommand({}))).SAMLProviderList?.length, 1)
  await client.send(new iam.DeleteSAMLProviderCommand({ SAMLProviderArn }))
  await client.send(new iam.CreateAccountAliasCommand({ AccountAlias: 'the-team' }))
  assert.deepEqual((await client.send(new iam.ListAccountAliasesCommand({}))).AccountAliases, ['the-team'])
  await client.send(new iam.DeleteAccountAliasCommand({ AccountAlias: 'the-team' }))
})

test('simulation and reports', async () => {
  const statement = {
    Effect: 'Allow',
    Action: 's3:Get*',
    Resource: 'arn:aws:s3:::b/*',
    Condition: { Bool: { 'aws:SecureTransport': 'true' } },
  }
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  const asked = { ActionNames: ['s3:GetObject', 's3:PutObject'], ResourceArns: ['arn:aws:s3:::b/k'] }
  const context = {
    ContextKeyName: 'aws:SecureTransport',
    ContextKeyType: 'boolean' as const,
    ContextKeyValues: ['true'],
  }
  const custom = await client.send(
    new iam.SimulateCustomPolicyCommand({ ...asked, PolicyInputList: [document], ContextEntries: [context] }),
  )
  assert.deepEqual(
    custom.EvaluationResults?.map(({ EvalDecision }) => EvalDecision),
    ['allowed', 'implicitDeny'],
  )
  const without = await client.send(new iam.SimulateCustomPolicyCommand({ ...asked, PolicyInputList: [document] }))
  assert.deepEqual(without.EvaluationResults?.[0]?.MissingContextValues, ['aws:SecureTransport'])
  await client.send(new iam.CreateUserCommand({ UserName: 'simulated' }))
  await client.send(new iam.PutUserPolicyCommand({ UserName: 'simulated', PolicyName: 'p', PolicyDocument: document }))
  const PolicySourceArn = `arn:aws:iam::${ACCOUNT}:user/simulated`
  const principal = await client.send(
    new iam.SimulatePrincipalPolicyCommand({ ...asked, PolicySourceArn, ContextEntries: [context] }),
  )
  assert.deepEqual(
    principal.EvaluationResults?.map(({ EvalDecision }) => EvalDecision),
    ['allowed', 'implicitDeny'],
  )
  const keys = await client.send(new iam.GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn }))
  assert.deepEqual(keys.ContextKeyNames, ['aws:SecureTransport'])
  const of = await client.send(new iam.GetContextKeysForCustomPolicyCommand({ PolicyInputList: [READ] }))
  assert.deepEqual(of.ContextKeyNames, ['aws:username'])
  const details = await client.send(new iam.GetAccountAuthorizationDetailsCommand({ Filter: ['User'] }))
  const user = details.UserDetailList?.find(({ UserName }) => UserName === 'simulated')
  assert.equal(user?.UserPolicyList?.[0]?.PolicyName, 'p')
  const summary = await client.send(new iam.GetAccountSummaryCommand({}))
  assert.ok((summary.SummaryMap?.Users ?? 0) >= 1)
  await client.send(new iam.GenerateCredentialReportCommand({}))
  const report = await client.send(new iam.GetCredentialReportCommand({}))
  const text = Buffer.from(report.Content ?? []).toString()
  assert.match(text, /^user,arn,user_creation_time/)
  assert.match(text, /^<root_account>,arn:aws:iam::000000000000:root/m)
  const job = await client.send(new iam.GenerateServiceLastAccessedDetailsCommand({ Arn: PolicySourceArn }))
  const accessed = await client.send(new iam.GetServiceLastAccessedDetailsCommand({ JobId: job.JobId }))
  assert.equal(accessed.JobStatus, 'COMPLETED')
})

test('lists in pages, by awscli and boto3', async () => {
  for (let number = 0; number < 5; number++)
    await client.send(
      new iam.CreateRoleCommand({ RoleName: `page-${number}`, Path: '/pages/', AssumeRolePolicyDocument: TRUST }),
    )
  const names: string[] = []
  for await (const { Roles } of iam.paginateListRoles({ client, pageSize: 2 }, { PathPrefix: '/pages/' }))
    names.push(...(Roles ?? []).map(({ RoleName }) => RoleName ?? ''))
  assert.deepEqual(names, ['page-0', 'page-1', 'page-2', 'page-3', 'page-4'])
  const first = await client.send(new iam.ListRolesCommand({ PathPrefix: '/pages/', MaxItems: 1 }))
  assert.deepEqual([first.Roles?.length, first.IsTruncated], [1, true])
  const users: string[] = []
  for await (const { Users } of iam.paginateListUsers({ client, pageSize: 2 }, {}))
    users.push(...(Users ?? []).map(({ UserName }) => UserName ?? ''))
  assert.ok(users.includes('member'))
  const [trust] = await boto3(
    kit,
    `show(client('iam').get_role(RoleName='page-1')['Role']['AssumeRolePolicyDocument'])`,
  )
  assert.deepEqual(trust, JSON.parse(TRUST))
  const made = await awsJson(kit, ['iam', 'create-user', '--user-name', 'by-cli'])
  assert.ok(JSON.stringify(made).includes('user/by-cli'))
  const again = await aws(kit, ['iam', 'create-user', '--user-name', 'by-cli'])
  assert.match(
    again.stderr,
    /\(EntityAlreadyExists\) when calling the CreateUser operation: User with name by-cli already exists\./,
  )
})

test('a group with many members keeps them all under its new name', async () => {
  const names = Array.from({ length: 95 }, (_, n) => `m${String(n).padStart(2, '0')}`)
  await client.send(new iam.CreateGroupCommand({ GroupName: 'many' }))
  await client.send(new iam.CreateGroupCommand({ GroupName: 'taken' }))
  await client.send(new iam.PutGroupPolicyCommand({ GroupName: 'many', PolicyName: 'p', PolicyDocument: READ }))
  const made = await client.send(new iam.GetGroupCommand({ GroupName: 'many' }))
  for (const UserName of names) {
    await client.send(new iam.CreateUserCommand({ UserName }))
    await client.send(new iam.AddUserToGroupCommand({ GroupName: 'many', UserName }))
  }
  const rename = (GroupName: string, NewGroupName: string) =>
    client.send(new iam.UpdateGroupCommand({ GroupName, NewGroupName, NewPath: '/moved/' }))
  await assert.rejects(rename('many', 'taken'), { name: 'EntityAlreadyExistsException' })
  for (const [from, to] of [
    ['many', 'renamed'],
    ['renamed', 'Renamed'],
  ] as const) {
    await rename(from, to)
    const { Group, Users = [] } = await client.send(new iam.GetGroupCommand({ GroupName: to, MaxItems: 1000 }))
    assert.deepEqual([Group?.GroupName, Group?.GroupId, Group?.Path], [to, made.Group?.GroupId, '/moved/'])
    assert.deepEqual(
      Users.map(({ UserName }) => UserName),
      names,
    )
    const details = await client.send(new iam.GetAccountAuthorizationDetailsCommand({ Filter: ['User'] }))
    const last = details.UserDetailList?.find(({ UserName }) => UserName === names.at(-1))
    assert.deepEqual(last?.GroupList, [to])
  }
  await assert.rejects(client.send(new iam.GetGroupCommand({ GroupName: 'many' })), { name: 'NoSuchEntityException' })
  await client.send(new iam.GetGroupPolicyCommand({ GroupName: 'Renamed', PolicyName: 'p' }))
})
