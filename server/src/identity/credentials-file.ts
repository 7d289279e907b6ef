// `<data>/credentials`: the root access key in the AWS shared-credentials format, so that an unmodified client can be
// pointed at it (AWS_SHARED_CREDENTIALS_FILE). For people to read; what counts is the record in the store.
import { OperatorError } from '#base/errors.ts'
import { chmod, mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

export const CREDENTIALS_FILE_MODE = 0o600

/** Writes the file whole or not at all, readable by its owner alone. Throws OperatorError when that fails. */
export async function writeCredentialsFile(
  path: string,
  key: { readonly accessKeyId: string; readonly secretAccessKey: string },
): Promise<void> {
  const text = `[default]\naws_access_key_id = ${key.accessKeyId}\naws_secret_access_key = ${key.secretAccessKey}\n`
  const draft = `${path}.new`
  try {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(draft, 'w', CREDENTIALS_FILE_MODE)
    try {
      // The mode above is cut by the umask and ignored for a file that exists: set it before the secret is in it.
      await chmod(draft, CREDENTIALS_FILE_MODE)
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (cause) {
    throw new OperatorError(`cannot write the root access key to ${path}`, 'Make the data folder writable.', { cause })
  }
}
