// GetEventSelectors: what the trail wants.
import type { CloudTrailOperation } from '../model.ts'
import { advancedView, basicView } from '../selectors-view.ts'
import { findTrail, trailArn } from '../trail.ts'

export const getEventSelectors: CloudTrailOperation<'GetEventSelectors'> = async ({ store }, input, context) => {
  const trail = await findTrail(store, input.TrailName, context)
  const { selectors } = trail
  return {
    TrailARN: trailArn(trail),
    ...(selectors.kind === 'basic'
      ? { EventSelectors: selectors.selectors.map(basicView) }
      : { AdvancedEventSelectors: selectors.selectors.map(advancedView) }),
  }
}
