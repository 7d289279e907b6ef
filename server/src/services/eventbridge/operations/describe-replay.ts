// DescribeReplay: a replay and how far it has come.
import { busArn, replayArn } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { EventBridgeOperation } from '../model.ts'
import { requireReplay } from '../replay.ts'
import { shownReplay } from '../shown-replay.ts'

export const describeReplay: EventBridgeOperation<'DescribeReplay'> = async ({ store }, input, { account, region }) => {
  new Constraints().replayName('replayName', input.ReplayName).check()
  const replay = await requireReplay(store, { account, region, name: input.ReplayName ?? '' })
  return {
    ...shownReplay(replay),
    ReplayArn: replayArn(replay),
    Description: replay.description,
    Destination: {
      Arn: busArn({ account, region, name: replay.bus }),
      ...(replay.rules.length > 0 && { FilterArns: replay.rules }),
    },
  }
}
