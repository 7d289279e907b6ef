// Version ids: opaque to clients; inside, the sequencer of the version and random bytes, so that a version is found by its
// id alone. Source: S3 user guide, "Version IDs": unique, at most 1,024 bytes; objects from before versioning have `null`.
import { randomHex } from '#base/ids.ts'
import { invalidArgument } from './errors.ts'

/** How clients write the version that has no id of its own. */
export const NULL_VERSION = 'null'

const SEQUENCER_BYTES = 8
const RANDOM_BYTES = 16
const FORM = /^[A-Za-z0-9._]{32}$/

/** A new id for the version with this sequencer. */
export function newVersionId(sequencer: string): string {
  const text = Buffer.from(sequencer + randomHex(RANDOM_BYTES), 'hex').toString('base64url')
  // An id that begins with a hyphen would look like an option on a command line.
  return text.replaceAll('-', '.')
}

/** The sequencer inside a version id. Throws InvalidArgument for what cannot be one. */
export function sequencerOf(versionId: string): string {
  if (!FORM.test(versionId)) throw invalidVersionId(versionId)
  const bytes = Buffer.from(versionId.replaceAll('.', '-'), 'base64url')
  return bytes.toString('hex', 0, SEQUENCER_BYTES).toUpperCase()
}

/** Throws InvalidArgument unless it is a version id or `null`; undefined is fine. */
export function checkVersionId(versionId: string | undefined): void {
  if (versionId === '') throw invalidArgument('versionId', '', 'Version id cannot be the empty string')
  if (versionId !== undefined && versionId !== NULL_VERSION) sequencerOf(versionId)
}

/** As it stands in answers. */
export function versionIdText(versionId: string | undefined): string {
  return versionId ?? NULL_VERSION
}

function invalidVersionId(versionId: string): Error {
  return invalidArgument('versionId', versionId, 'Invalid version id specified')
}
