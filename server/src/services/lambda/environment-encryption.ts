// Variables of functions that are encrypted under a customer's key: they are in the store as a ciphertext only, which is
// opened for callers that may decrypt, and for each instance before its init, with the rights of the function's role. The key
// behind alias/aws/lambda is for everybody of its account. Source: developer guide, "Securing Lambda environment variables".
import { type KeyVault, KeyFault } from '#identity/key-vault.ts'
import { AwsError } from '#protocol/errors.ts'
import { type KeyAction, type KeyInUse, keyConditions, refusedKeyUse } from '#protocol/key-use.ts'
import type { RequestContext } from '#protocol/operation.ts'
import type { ConfigurationAnswer } from './configuration-answer.ts'
import { boxed, type Owner, type Variables, variablesOf } from './environment.ts'
import { invalidParameter } from './errors.ts'
import { functionArn } from './function-name.ts'
import type { SealedEnvironment, VersionRecord } from './function-record.ts'
import type { LambdaPorts } from './ports.ts'

/** The secrets of settings, readable where they are under no key of a customer. */
type Secrets = Pick<VersionRecord, 'kmsKey' | 'sealed'> & { readonly environment: Variables | undefined }
/** The same as a record keeps them. */
type Kept<S extends Secrets> = Omit<S, 'environment'> & Pick<VersionRecord, 'environment'>

/** Who asks. */
type Asking = Pick<RequestContext, 'permits' | 'principal'>

/** Ciphertexts are bound to their function. */
function contextOf(owner: Owner): Readonly<Record<string, string>> {
  return { 'aws:lambda:FunctionArn': functionArn(owner) }
}

/** The key as it is asked for on behalf of a caller or a role. */
function keyInUse(owner: Owner, keyArn: string, managed: boolean): KeyInUse {
  return { service: 'lambda', keyArn, managed, bound: contextOf(owner) }
}

/** KMS's sentence where the caller may not; undefined where it may. */
async function refusalOf(action: KeyAction, key: KeyInUse, context: Asking): Promise<string | undefined> {
  const refused = await refusedKeyUse(context, [action], key)
  return refused && `The caller is not authorized to perform ${refused} on ${key.keyArn}`
}

/** KMS's name for a fault, and the error that an invocation answers it with. */
const FAULTS: Readonly<Record<KeyFault['reason'], readonly [kms: string, invoke: string]>> = {
  'not-found': ['NotFoundException', 'KMSNotFoundException'],
  disabled: ['DisabledException', 'KMSDisabledException'],
  'pending-deletion': ['KMSInvalidStateException', 'KMSInvalidStateException'],
  'pending-import': ['KMSInvalidStateException', 'KMSInvalidStateException'],
  'invalid-ciphertext': ['InvalidCiphertextException', 'KMSInvalidStateException'],
  'wrong-usage': ['InvalidKeyUsageException', 'KMSInvalidStateException'],
}

/**
 * The settings with their variables sealed: under their key, if they have one, else under the server's own. Asks whether
 * the caller may use the key. Throws AWS's InvalidParameterValueException when it cannot be used.
 */
export async function sealEnvironment<S extends Secrets>(
  ports: Pick<LambdaPorts, 'keys' | 'boxes'>,
  owner: Owner,
  settings: S,
  context: Asking,
): Promise<Kept<S>> {
  const { kmsKey: key, environment } = settings
  if (environment === undefined)
    return { ...settings, environment, sealed: key === undefined ? undefined : settings.sealed }
  if (key === undefined) return { ...settings, environment: boxed(ports, owner, environment), sealed: undefined }
  const refused = (kms: string, message: string): AwsError =>
    invalidParameter(
      `Lambda was unable to configure access to your environment variables because the KMS key is invalid for Encrypt. Please check your KMS key settings. KMS Exception: ${kms} KMS Message: ${message}`,
    )
  try {
    const plaintext = Buffer.from(JSON.stringify(environment))
    const { ciphertext, keyArn, managed } = await ports.keys.encrypt(owner, key, plaintext, contextOf(owner))
    const refusal = await refusalOf('kms:Encrypt', keyInUse(owner, keyArn, managed), context)
    if (refusal !== undefined) throw refused('AccessDeniedException', refusal)
    return { ...settings, environment: undefined, sealed: { key, keyArn, ciphertext: ciphertext.toString('base64') } }
  } catch (error) {
    if (error instanceof KeyFault) throw refused(FAULTS[error.reason][0], error.message)
    throw error
  }
}

/** A record's settings as they were before they were sealed; what is under a customer's key stays there. */
export function openedSettings(ports: Pick<LambdaPorts, 'boxes'>, owner: Owner, record: VersionRecord) {
  return { ...record, environment: variablesOf(ports, owner, record) }
}

/** The settings with their variables readable, for who changes the key. Throws AWS's error when the key cannot be used. */
export async function unsealEnvironment<S extends Secrets>(
  keys: KeyVault,
  owner: Owner,
  settings: S,
  context: Asking,
): Promise<S> {
  const { sealed } = settings
  if (!sealed) return settings
  const opened = await openFor(keys, owner, sealed, context)
  if ('fault' in opened)
    throw invalidParameter(
      `Lambda was unable to decrypt your environment variables because the KMS key cannot be used. Please check your KMS key settings. KMS Exception: ${opened.fault} KMS Message: ${opened.message}`,
    )
  return { ...settings, environment: opened.variables, sealed: undefined }
}

/** A configuration with the variables that the caller may see, or with the error that stands in their place. */
export async function showEnvironment(
  { keys }: Pick<LambdaPorts, 'keys'>,
  owner: Owner,
  record: VersionRecord,
  answer: ConfigurationAnswer,
  context: Asking,
): Promise<ConfigurationAnswer> {
  if (!record.sealed) return answer
  const opened = await openFor(keys, owner, record.sealed, context)
  if ('variables' in opened) return { ...answer, Environment: { Variables: opened.variables } }
  const Message = `Lambda was unable to decrypt your environment variables because the KMS access was denied. Please check your KMS permissions. KMS Exception: ${opened.fault} KMS Message: ${opened.message}`
  return { ...answer, Environment: { Error: { ErrorCode: opened.fault, Message } } }
}

/** The variables for an instance that starts. Throws KMSAccessDeniedException and its kin, which the caller is answered. */
export async function environmentForInit(
  { keys, roles }: Pick<LambdaPorts, 'keys' | 'roles'>,
  owner: Owner,
  role: string,
  sealed: SealedEnvironment,
): Promise<Variables> {
  const opened = await open(keys, owner, sealed)
  if (!opened.managed) {
    const conditions = keyConditions(keyInUse(owner, sealed.keyArn, false), owner.account)
    const refusal = await roles.refusal({ role, account: owner.account }, 'kms:Decrypt', sealed.keyArn, conditions)
    if (refusal !== undefined)
      throw initError('KMSAccessDeniedException', 'KMS access was denied', 'AccessDeniedException', refusal)
  }
  if (opened.kind === 'opened') return opened.variables
  const [kms, code] = FAULTS[opened.fault.reason]
  throw initError(code, 'the KMS key cannot be used', kms, opened.fault.message)
}

/** 502, as on AWS: nothing of the function has run. */
function initError(code: string, why: string, kms: string, message: string): AwsError {
  return new AwsError(
    code,
    502,
    `Lambda was unable to decrypt the environment variables because ${why}. Please check the function's KMS key settings. KMS Exception: ${kms} KMS Message: ${message}`,
    { fields: { Type: 'User' } },
  )
}

type Opening =
  | { readonly kind: 'opened'; readonly variables: Variables; readonly managed: boolean }
  /** As of a customer's key: a permission is asked for before a fault is told. */
  | { readonly kind: 'faulty'; readonly fault: KeyFault; readonly managed: false }

async function openFor(
  keys: KeyVault,
  owner: Owner,
  sealed: SealedEnvironment,
  context: Asking,
): Promise<{ readonly variables: Variables } | { readonly fault: string; readonly message: string }> {
  const opened = await open(keys, owner, sealed)
  const refusal = await refusalOf('kms:Decrypt', keyInUse(owner, sealed.keyArn, opened.managed), context)
  if (refusal !== undefined) return { fault: 'AccessDeniedException', message: refusal }
  if (opened.kind === 'opened') return { variables: opened.variables }
  return { fault: FAULTS[opened.fault.reason][0], message: opened.fault.message }
}

async function open(keys: KeyVault, owner: Owner, { ciphertext }: SealedEnvironment): Promise<Opening> {
  try {
    const { plaintext, managed } = await keys.decrypt(Buffer.from(ciphertext, 'base64'), contextOf(owner))
    // What was encrypted was checked when it was given.
    return { kind: 'opened', variables: JSON.parse(plaintext.toString('utf8')) as Variables, managed }
  } catch (error) {
    if (!(error instanceof KeyFault)) throw error
    return { kind: 'faulty', fault: error, managed: false }
  }
}
