// Of which regions a trail has the events.
import type { CallTraits } from '#audit/data-selection.ts'
import type { TrailRecord } from './trail.ts'

export function isOfTrail(
  { isMultiRegion, includesGlobal, region }: Pick<TrailRecord, 'isMultiRegion' | 'includesGlobal' | 'region'>,
  call: Pick<CallTraits, 'region' | 'isGlobal'>,
): boolean {
  return call.isGlobal ? includesGlobal : isMultiRegion || call.region === region
}
