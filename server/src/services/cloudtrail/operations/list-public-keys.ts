// ListPublicKeys: the keys that signed digests within a time.
import { signingKeys } from '../digest.ts'
import { trailError } from '../errors.ts'
import { SIGNING_KEY_LIFE_MS } from '../limits.ts'
import type { CloudTrailOperation } from '../model.ts'

export const listPublicKeys: CloudTrailOperation<'ListPublicKeys'> = async ({ store, clock }, input, { account }) => {
  const nowMs = clock.nowMs()
  const [startMs, endMs] = [input.StartTime?.getTime() ?? nowMs, input.EndTime?.getTime() ?? nowMs]
  if (startMs > endMs) throw trailError('InvalidTimeRangeException', 'The start time must be before the end time.')
  const key = (await signingKeys.get(store, [account]))?.value
  if (key === undefined || key.createdMs > endMs || key.createdMs + SIGNING_KEY_LIFE_MS < startMs)
    return { PublicKeyList: [] }
  return {
    PublicKeyList: [
      {
        Value: Buffer.from(key.publicKey, 'base64'),
        ValidityStartTime: new Date(key.createdMs),
        ValidityEndTime: new Date(key.createdMs + SIGNING_KEY_LIFE_MS),
        Fingerprint: key.fingerprint,
      },
    ],
  }
}
