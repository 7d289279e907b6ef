// The writes that several operations share: putting a changed $LATEST in place, publishing a version, taking code in.
import { newRequestId } from '#base/ids.ts'
import type { Transaction } from '#storage/transact.ts'
import { withinCodeStorage } from './account-quotas.ts'
import { checkZip, storeZip, storeZipStream } from './code-store.ts'
import { functionNotFound, invalidParameter, notSupportedYet, requestTooLarge, revisionMismatch } from './errors.ts'
import { type FunctionRef, functionArn } from './function-name.ts'
import {
  type FunctionRecord,
  functionKey,
  functions,
  type StoredCode,
  type VersionRecord,
  versions,
} from './function-record.ts'
import { DEPLOY_REQUEST_BYTES_MAX, ZIP_BYTES_MAX, S3_BUCKET_CHARS_MAX, S3_KEY_CHARS_MAX } from './limits.ts'
import type { LambdaInput } from './model.ts'
import { Constraints } from './constraints.ts'
import type { LambdaPorts } from './ports.ts'
import { noteSnapshot } from './snapshot-record.ts'

/** The members that name code in CreateFunction and UpdateFunctionCode. */
export type CodeInput = Pick<
  LambdaInput<'UpdateFunctionCode'>,
  'ZipFile' | 'S3Bucket' | 'S3Key' | 'S3ObjectVersion' | 'S3ObjectStorageMode' | 'ImageUri' | 'SourceKMSKeyArn'
>

/**
 * Takes the code of a deploy in: checked, stored, ready to be unpacked. Nothing refers to it yet; when the deploy fails
 * afterwards, the sweep of the blobs takes it away. With `keep` false it is only checked.
 */
export async function takeCode(
  ports: Pick<LambdaPorts, 'blobs' | 'codeSource' | 'quotas' | 'storage'>,
  ref: FunctionRef,
  input: CodeInput,
  operation: string,
  keep: boolean,
): Promise<StoredCode> {
  const code = await storeCode(ports, ref, input, operation, keep)
  // What does not fit is swept like the code of a deploy that failed.
  return keep ? withinCodeStorage(ports, ref.account, code.zipBytes, async () => code) : code
}

async function storeCode(
  ports: Pick<LambdaPorts, 'blobs' | 'codeSource'>,
  ref: FunctionRef,
  input: CodeInput,
  operation: string,
  keep: boolean,
): Promise<StoredCode> {
  checkObjectName(input, operation)
  if (input.ImageUri !== undefined) throw invalidParameter('Please provide a source for function code.')
  if (input.SourceKMSKeyArn) throw notSupportedYet('SourceKMSKeyArn')
  // The code must be there when the object is gone.
  if (input.S3ObjectStorageMode === 'REFERENCE') throw notSupportedYet('S3ObjectStorageMode')
  if (input.ZipFile !== undefined && input.S3Bucket !== undefined)
    throw invalidParameter('Please do not provide other FunctionCode parameters when providing a ZipFile.')
  if (input.ZipFile) {
    if (input.ZipFile.length > ZIP_BYTES_MAX)
      throw requestTooLarge(
        `Request must be smaller than ${DEPLOY_REQUEST_BYTES_MAX} bytes for the ${operation} operation`,
      )
    if (keep) return storeZip(ports.blobs, input.ZipFile)
    return { blobId: '', zipBytes: input.ZipFile.length, ...(await checkZip(input.ZipFile)) }
  }
  if (input.S3Bucket === undefined || input.S3Key === undefined)
    throw invalidParameter('Please provide a source for the function code: ZipFile, or S3Bucket and S3Key.')
  const answer = await ports.codeSource.read({
    account: ref.account,
    region: ref.region,
    bucket: input.S3Bucket,
    key: input.S3Key,
    version: input.S3ObjectVersion,
  })
  if (answer.kind === 'missing')
    throw invalidParameter(
      `Error occurred while GetObject. S3 Error Code: ${answer.code}. S3 Error Message: ${answer.message}`,
    )
  return storeZipStream(ports.blobs, answer.body)
}

/** Where an operation has the name of the object. */
const PLACES: Readonly<Record<string, string>> = { CreateFunction: 'code.', PublishLayerVersion: 'content.' }
const S3_BUCKET = /^[0-9A-Za-z.\-_]*(?<!\.)$/

/** The bounds of the API reference: what lies beyond names no object. */
function checkObjectName({ S3Bucket, S3Key, S3ObjectVersion }: CodeInput, operation: string): void {
  const place = PLACES[operation] ?? ''
  new Constraints()
    .length(`${place}s3Bucket`, S3Bucket, { min: 3, max: S3_BUCKET_CHARS_MAX })
    .pattern(`${place}s3Bucket`, S3Bucket, S3_BUCKET, '[0-9A-Za-z\\.\\-_]*(?<!\\.)')
    .length(`${place}s3Key`, S3Key, { min: 1, max: S3_KEY_CHARS_MAX })
    .length(`${place}s3ObjectVersion`, S3ObjectVersion, { min: 1, max: S3_KEY_CHARS_MAX })
    .check()
}

/** The function inside a transaction; checks the revision that the caller expects, if it names one. */
export async function functionToChange(
  transaction: Transaction,
  ref: FunctionRef,
  revisionId: string | undefined,
): Promise<FunctionRecord> {
  const found = await functions.get(transaction, functionKey(ref))
  if (!found) throw functionNotFound(functionArn(ref))
  if (revisionId !== undefined && revisionId !== found.value.latest.revisionId)
    throw revisionMismatch('GetFunction/GetAlias')
  return found.value
}

/** What every change of $LATEST renews. */
export function renewed(nowMs: number): Pick<VersionRecord, 'lastModifiedMs' | 'revisionId' | 'deploymentId'> {
  return { lastModifiedMs: nowMs, revisionId: newRequestId(), deploymentId: newRequestId() }
}

/**
 * Publishes $LATEST within the transaction. When nothing changed since the last published version, that one is the
 * answer, as on AWS.
 */
export async function publish(
  transaction: Transaction,
  owner: FunctionRecord,
  description: string | undefined,
): Promise<{ readonly owner: FunctionRecord; readonly version: VersionRecord }> {
  if (owner.publishedDeploymentId === owner.latest.deploymentId) {
    const last = await versions.get(transaction, [owner.id, owner.lastVersion])
    if (last) return { owner, version: last.value }
  }
  const number = owner.lastVersion + 1
  const version: VersionRecord = {
    ...owner.latest,
    version: String(number),
    description: description ?? owner.latest.description,
    revisionId: newRequestId(),
  }
  const published = { ...owner, lastVersion: number, publishedDeploymentId: owner.latest.deploymentId }
  await versions.set(transaction, [owner.id, number], version)
  await noteSnapshot(transaction, owner, version)
  await functions.set(transaction, functionKey(owner), published)
  return { owner: published, version }
}
