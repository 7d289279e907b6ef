// One version of a key, whatever it is: an object or a delete marker.
import type { S3Deps } from '../deps.ts'
import { nullVersions, objects, orderOf, type VersionRecord, versions } from '../object-record.ts'
import { sequencerOf } from '../version-id.ts'

/** Undefined when there is no such version any more. */
export async function findVersion(
  deps: S3Deps,
  bucket: string,
  key: Buffer,
  versionId: string | undefined,
): Promise<VersionRecord | undefined> {
  const latest = (await objects.get(deps.store, [bucket, key]))?.value
  if (latest?.versionId === versionId) return latest
  const sequencer =
    versionId === undefined ? (await nullVersions.get(deps.store, [bucket, key]))?.value : sequencerOf(versionId)
  if (sequencer === undefined) return undefined
  const found = (await versions.get(deps.store, [bucket, key, orderOf(sequencer)]))?.value
  return found?.versionId === versionId ? found : undefined
}
