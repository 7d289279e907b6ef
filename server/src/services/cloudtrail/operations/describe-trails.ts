// DescribeTrails: the trails of this region, with the shadows of trails of all regions unless they are not wanted. Names that
// mean nothing are left out.
import type { CloudTrailOperation } from '../model.ts'
import { parseTrailName, trailsOf, viewOfTrail } from '../trail.ts'

export const describeTrails: CloudTrailOperation<'DescribeTrails'> = async ({ store }, input, context) => {
  const wanted = (input.trailNameList ?? []).map((named) => parseTrailName(named, context))
  const found = (await trailsOf(store, context.account)).filter((trail) => {
    const isHere = trail.region === context.region
    if (wanted.length > 0) return wanted.some(({ name, region }) => name === trail.name && region === trail.region)
    return isHere || (trail.isMultiRegion && input.includeShadowTrails !== false)
  })
  return { trailList: found.map(viewOfTrail) }
}
