// ListTrails: the trails of this region, and those of all regions.
import type { CloudTrailOperation } from '../model.ts'
import { trailArn, trailsOf } from '../trail.ts'

export const listTrails: CloudTrailOperation<'ListTrails'> = async ({ store }, _input, { account, region }) => {
  // At most five in a region: one page.
  const found = (await trailsOf(store, account)).filter((trail) => trail.isMultiRegion || trail.region === region)
  return {
    Trails: found.map((trail) => ({ TrailARN: trailArn(trail), Name: trail.name, HomeRegion: trail.region })),
  }
}
