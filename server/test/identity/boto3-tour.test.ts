// IAM, STS, KMS, Secrets Manager and Parameter Store by boto3: what its older models make of requests and answers.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { boto3, openServer, type TestServer } from '../conformance/server-kit.ts'

let kit: TestServer
before(async () => {
  kit = await openServer({ readyCells: {} })
})
after(() => kit[Symbol.asyncDispose]())

/** `holds` notes an answer that is not as it should be, `fails` an error that is not, or none; the test reads the notes. */
const CHECKS = `
faults = []
def holds(label, answer, check=lambda answer: True):
    if not check(answer):
        faults.append([label, str(answer)[:500]])
    return answer
def fails(code, call):
    try:
        call()
        faults.append([code, 'no error'])
    except ClientError as error:
        if error.response['Error']['Code'] != code:
            faults.append([code, str(error)])
def policy(principal=None):
    statement = {'Effect': 'Allow', 'Action': 'sts:AssumeRole' if principal else 's3:GetObject'}
    statement.update({'Principal': principal} if principal else {'Resource': '*'})
    return {'Version': '2012-10-17', 'Statement': [statement]}
reads, trust = policy(), policy({'AWS': '*'})
READS, TRUST = json.dumps(reads), json.dumps(trust)
`

async function faultsOf(script: string): Promise<unknown> {
  const [faults] = await boto3(kit, `${CHECKS}${script}\nshow(faults)\n`)
  return faults
}

test('IAM and STS by boto3', async () => {
  const script = `
iam, sts = client('iam'), client('sts')
account = sts.get_caller_identity()['Account']
holds('a user', iam.create_user(UserName='ann', Path='/team/', Tags=[{'Key': 'a', 'Value': 'b ü'}]),
    lambda got: got['User']['Arn'] == f'arn:aws:iam::{account}:user/team/ann' and got['User']['Tags'][0]['Value'] == 'b ü')
fails('EntityAlreadyExists', lambda: iam.create_user(UserName='ann'))
holds('who asks', iam.get_user(), lambda got: got['User']['Arn'].endswith(':root'))
iam.create_group(GroupName='readers')
iam.add_user_to_group(GroupName='readers', UserName='ann')
holds('its users', iam.get_group(GroupName='readers'), lambda got: [user['UserName'] for user in got['Users']] == ['ann'])
iam.put_group_policy(GroupName='readers', PolicyName='reads', PolicyDocument=READS)
holds('a policy of a group', iam.get_group_policy(GroupName='readers', PolicyName='reads'), lambda got: got['PolicyDocument'] == reads)
holds('a role', iam.create_role(RoleName='reader', AssumeRolePolicyDocument=TRUST, MaxSessionDuration=7200),
    lambda got: got['Role']['AssumeRolePolicyDocument'] == trust and got['Role']['MaxSessionDuration'] == 7200)
arn = iam.create_policy(PolicyName='shared', PolicyDocument=READS)['Policy']['Arn']
for number in range(4):
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=READS, SetAsDefault=number % 2 == 0)
fails('LimitExceeded', lambda: iam.create_policy_version(PolicyArn=arn, PolicyDocument=READS))
holds('versions', iam.list_policy_versions(PolicyArn=arn),
    lambda got: [version['VersionId'] for version in got['Versions'] if version['IsDefaultVersion']] == ['v4'] and len(got['Versions']) == 5)
holds('a version', iam.get_policy_version(PolicyArn=arn, VersionId='v2'), lambda got: got['PolicyVersion']['Document'] == reads)
iam.attach_role_policy(RoleName='reader', PolicyArn=arn)
iam.attach_user_policy(UserName='ann', PolicyArn='arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess')
holds('who has it', iam.list_entities_for_policy(PolicyArn=arn), lambda got: [role['RoleName'] for role in got['PolicyRoles']] == ['reader'])
pages = list(iam.get_paginator('list_policies').paginate(Scope='AWS', PaginationConfig={'PageSize': 5}))
holds('pages', pages, lambda got: len(got) > 2 and all(len(page['Policies']) == 5 for page in got[:-1]))
holds('all at once', iam.get_account_authorization_details(),
    lambda got: got['UserDetailList'][0]['GroupList'] == ['readers'] and got['GroupDetailList'][0]['GroupPolicyList'][0]['PolicyDocument'] == reads)
holds('numbers', iam.get_account_summary(), lambda got: got['SummaryMap']['Users'] == 1)
iam.create_instance_profile(InstanceProfileName='profile')
iam.add_role_to_instance_profile(InstanceProfileName='profile', RoleName='reader')
holds('a profile', iam.get_instance_profile(InstanceProfileName='profile'), lambda got: got['InstanceProfile']['Roles'][0]['RoleName'] == 'reader')
iam.update_account_password_policy(MinimumPasswordLength=12, RequireSymbols=True)
holds('passwords', iam.get_account_password_policy(), lambda got: got['PasswordPolicy']['MinimumPasswordLength'] == 12)
iam.put_user_permissions_boundary(UserName='ann', PermissionsBoundary=arn)
holds('a boundary', iam.get_user(UserName='ann'), lambda got: got['User']['PermissionsBoundary']['PermissionsBoundaryArn'] == arn)
holds('a simulation', iam.simulate_custom_policy(PolicyInputList=[READS], ActionNames=['s3:GetObject', 's3:PutObject']),
    lambda got: [result['EvalDecision'] for result in got['EvaluationResults']] == ['allowed', 'implicitDeny'])
holds('of a user', iam.simulate_principal_policy(PolicySourceArn=f'arn:aws:iam::{account}:user/team/ann', ActionNames=['s3:GetObject']),
    lambda got: got['EvaluationResults'][0]['EvalDecision'] == 'allowed')
fails('DeleteConflict', lambda: iam.delete_role(RoleName='reader'))
fails('DeleteConflict', lambda: iam.delete_user(UserName='ann'))
fails('NoSuchEntity', lambda: iam.get_role(RoleName='nobody'))
role = f'arn:aws:iam::{account}:role/reader'
iam.create_user(UserName='caller')
iam.put_user_policy(UserName='caller', PolicyName='assumes', PolicyDocument=json.dumps(
    {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': ['sts:AssumeRole', 'sts:GetFederationToken'], 'Resource': '*'}]}))
key = iam.create_access_key(UserName='caller')['AccessKey']
def as_caller(credentials):
    return boto3.client('sts', endpoint_url=os.environ['ENDPOINT'], aws_access_key_id=credentials['AccessKeyId'],
        aws_secret_access_key=credentials['SecretAccessKey'], aws_session_token=credentials.get('SessionToken'))
caller = as_caller(key)
session = holds('a session', caller.assume_role(RoleArn=role, RoleSessionName='session', Policy=READS, DurationSeconds=900),
    lambda got: got['AssumedRoleUser']['Arn'] == f'arn:aws:sts::{account}:assumed-role/reader/session')
holds('who it is', as_caller(session['Credentials']).get_caller_identity(), lambda got: got['Arn'] == session['AssumedRoleUser']['Arn'])
fails('ValidationError', lambda: caller.assume_role(RoleArn=role, RoleSessionName='session', DurationSeconds=43200))
holds('a federated user', caller.get_federation_token(Name='fed', Policy=READS), lambda got: got['FederatedUser']['Arn'].endswith(':federated-user/fed'))
holds('whose key', sts.get_access_key_info(AccessKeyId=key['AccessKeyId']), lambda got: got['Account'] == account)`
  assert.deepEqual(await faultsOf(script), [])
})

test('KMS by boto3', async () => {
  const script = `
kms = client('kms')
key = kms.create_key(Description='text', Tags=[{'TagKey': 'a', 'TagValue': 'b'}])['KeyMetadata']['KeyId']
kms.create_alias(AliasName='alias/text', TargetKeyId=key)
blob = kms.encrypt(KeyId='alias/text', Plaintext=b'hello', EncryptionContext={'a': 'b'})['CiphertextBlob']
holds('decrypted', kms.decrypt(CiphertextBlob=blob, EncryptionContext={'a': 'b'}), lambda got: got['Plaintext'] == b'hello')
fails('InvalidCiphertextException', lambda: kms.decrypt(CiphertextBlob=blob, EncryptionContext={'a': 'c'}))
data = kms.generate_data_key(KeyId=key, KeySpec='AES_256')
holds('a data key', kms.decrypt(CiphertextBlob=data['CiphertextBlob']), lambda got: got['Plaintext'] == data['Plaintext'] and len(got['Plaintext']) == 32)
for spec, algorithm in (('RSA_2048', 'RSASSA_PSS_SHA_256'), ('ECC_NIST_P256', 'ECDSA_SHA_256')):
    signs = kms.create_key(KeyUsage='SIGN_VERIFY', KeySpec=spec)['KeyMetadata']['KeyId']
    signature = kms.sign(KeyId=signs, Message=b'm', SigningAlgorithm=algorithm)['Signature']
    holds(spec, kms.verify(KeyId=signs, Message=b'm', Signature=signature, SigningAlgorithm=algorithm), lambda got: got['SignatureValid'])
    fails('KMSInvalidSignatureException', lambda: kms.verify(KeyId=signs, Message=b'n', Signature=signature, SigningAlgorithm=algorithm))
    holds('its public half', kms.get_public_key(KeyId=signs), lambda got: algorithm in got['SigningAlgorithms'])
macs = kms.create_key(KeyUsage='GENERATE_VERIFY_MAC', KeySpec='HMAC_256')['KeyMetadata']['KeyId']
mac = kms.generate_mac(KeyId=macs, Message=b'x', MacAlgorithm='HMAC_SHA_256')['Mac']
holds('a code', kms.verify_mac(KeyId=macs, Message=b'x', Mac=mac, MacAlgorithm='HMAC_SHA_256'), lambda got: got['MacValid'])
kms.create_grant(KeyId=key, GranteePrincipal='arn:aws:iam::000000000000:root', Operations=['Decrypt'])
holds('a grant', kms.list_grants(KeyId=key), lambda got: got['Grants'][0]['Operations'] == ['Decrypt'])
kms.enable_key_rotation(KeyId=key)
holds('rotation', kms.get_key_rotation_status(KeyId=key), lambda got: got['KeyRotationEnabled'])
kms.schedule_key_deletion(KeyId=macs, PendingWindowInDays=7)
fails('KMSInvalidStateException', lambda: kms.generate_mac(KeyId=macs, Message=b'x', MacAlgorithm='HMAC_SHA_256'))`
  assert.deepEqual(await faultsOf(script), [])
})

test('secrets and parameters by boto3', async () => {
  const script = `
secrets, parameters = client('secretsmanager'), client('ssm')
secrets.create_secret(Name='a/b', SecretString='one', Tags=[{'Key': 'a', 'Value': 'b'}])
secrets.put_secret_value(SecretId='a/b', SecretBinary=b'\\x00two')
holds('the value', secrets.get_secret_value(SecretId='a/b'), lambda got: got['SecretBinary'] == b'\\x00two' and 'SecretString' not in got)
holds('the one before', secrets.get_secret_value(SecretId='a/b', VersionStage='AWSPREVIOUS'), lambda got: got['SecretString'] == 'one')
holds('by name', secrets.list_secrets(Filters=[{'Key': 'name', 'Values': ['a/']}]), lambda got: len(got['SecretList']) == 1)
holds('versions', secrets.list_secret_version_ids(SecretId='a/b'), lambda got: len(got['Versions']) == 2)
secrets.delete_secret(SecretId='a/b', RecoveryWindowInDays=7)
fails('InvalidRequestException', lambda: secrets.get_secret_value(SecretId='a/b'))
secrets.restore_secret(SecretId='a/b')
fails('ResourceNotFoundException', lambda: secrets.get_secret_value(SecretId='nobody'))
holds('a password', secrets.get_random_password(PasswordLength=40, ExcludePunctuation=True), lambda got: got['RandomPassword'].isalnum() and len(got['RandomPassword']) == 40)
for number in range(3):
    parameters.put_parameter(Name=f'/app/db/{number}', Value=str(number), Type='SecureString' if number == 2 else 'String')
fails('ParameterAlreadyExists', lambda: parameters.put_parameter(Name='/app/db/0', Value='x', Type='String'))
holds('the next version', parameters.put_parameter(Name='/app/db/0', Value='x', Overwrite=True), lambda got: got['Version'] == 2)
holds('by path', parameters.get_parameters_by_path(Path='/app', Recursive=True, WithDecryption=True), lambda got: [one['Value'] for one in got['Parameters']] == ['x', '1', '2'])
parameters.label_parameter_version(Name='/app/db/0', ParameterVersion=1, Labels=['old'])
holds('by label', parameters.get_parameter(Name='/app/db/0:old'), lambda got: got['Parameter']['Value'] == '0')
holds('its past', parameters.get_parameter_history(Name='/app/db/0'), lambda got: [one.get('Labels', []) for one in got['Parameters']] == [['old'], []])
holds('described', parameters.describe_parameters(ParameterFilters=[{'Key': 'Path', 'Option': 'Recursive', 'Values': ['/app']}]), lambda got: len(got['Parameters']) == 3)
holds('some', parameters.get_parameters(Names=['/app/db/1', '/nobody']), lambda got: got['InvalidParameters'] == ['/nobody'] and len(got['Parameters']) == 1)
holds('deleted', parameters.delete_parameters(Names=['/app/db/1', '/nobody']), lambda got: got['InvalidParameters'] == ['/nobody'] and got['DeletedParameters'] == ['/app/db/1'])`
  assert.deepEqual(await faultsOf(script), [])
})
