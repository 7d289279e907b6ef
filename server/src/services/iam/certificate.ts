// Certificates that are uploaded: for signing, which belong to users, and of servers. Kept and shown; nothing here signs or
// serves with them.
import { AwsError } from '#protocol/errors.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { nameKey, type Tag } from '#identity/directory/records.ts'
import type { Reader } from '#storage/transact.ts'
import { required } from './constraints.ts'
import { noSuchEntity } from './errors.ts'
import type { IamDeps } from './model.ts'
import type { Owned } from './owned.ts'

export interface SigningCertificateRecord extends Owned {
  readonly body: string
}

export const signingCertificates = new Collection<SigningCertificateRecord>({
  name: 'identity.signing-certificates',
  codec: jsonCodec<SigningCertificateRecord>(1),
  indexes: { user: ({ account, userId }) => [[account, userId]] },
})

/** Without the private key: it was looked at when it was uploaded, and nothing here needs it. */
export interface ServerCertificateRecord {
  readonly account: string
  readonly name: string
  readonly path: string
  readonly id: string
  readonly createdMs: number
  readonly expiresMs: number
  readonly body: string
  readonly chain?: string
  readonly tags: readonly Tag[]
}

/** Key: [account, name in lower case]. */
export const serverCertificates = new Collection<ServerCertificateRecord>({
  name: 'identity.server-certificates',
  codec: jsonCodec<ServerCertificateRecord>(1),
})

/** Throws MalformedCertificate. */
export function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw new AwsError(
      'MalformedCertificate',
      400,
      'Unable to parse certificate. Please ensure the certificate is in PEM format.',
      { cause },
    )
  }
}

/** Throws MalformedCertificate, KeyPairMismatch. */
export function checkKeyPair(certificate: X509Certificate, pem: string): void {
  let matches: boolean
  try {
    matches = certificate.checkPrivateKey(createPrivateKey(pem))
  } catch (cause) {
    throw new AwsError(
      'MalformedCertificate',
      400,
      'Unable to parse key; the body must be in PEM format and not encrypted.',
      { cause },
    )
  }
  if (!matches) throw new AwsError('KeyPairMismatch', 400, 'Certificate and private key do not match.')
}

export function serverCertificateArn({ account, path, name }: ServerCertificateRecord): string {
  return `arn:aws:iam::${account}:server-certificate${path}${name}`
}

export function showServerCertificate(record: ServerCertificateRecord) {
  return {
    Path: record.path,
    ServerCertificateName: record.name,
    ServerCertificateId: record.id,
    Arn: serverCertificateArn(record),
    UploadDate: new Date(record.createdMs),
    Expiration: new Date(record.expiresMs),
  }
}

/** Throws NoSuchEntity. */
export async function requireServerCertificate(
  reader: Reader,
  account: string,
  given: string | undefined,
): Promise<ServerCertificateRecord> {
  const name = required(given, 'serverCertificateName')
  const found = (await serverCertificates.get(reader, nameKey(account, name)))?.value
  if (found === undefined) throw noSuchEntity(`The Server Certificate with name ${name} cannot be found.`)
  return found
}

/** Changes the certificate's record in one commit. Throws NoSuchEntity. */
export function changeServerCertificate(
  { identity }: IamDeps,
  account: string,
  name: string | undefined,
  change: (record: ServerCertificateRecord) => ServerCertificateRecord,
): Promise<void> {
  return identity.directory.change(async (transaction) => {
    const record = await requireServerCertificate(transaction, account, name)
    await serverCertificates.set(transaction, nameKey(account, record.name), change(record))
  })
}
