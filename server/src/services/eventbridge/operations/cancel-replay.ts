// CancelReplay: what is under way goes on, nothing more follows.
import { transact } from '#storage/transact.ts'
import { replayArn } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import { illegalStatus } from '../errors.ts'
import type { EventBridgeOperation } from '../model.ts'
import { replayKey, replays, requireReplay } from '../replay.ts'

export const cancelReplay: EventBridgeOperation<'CancelReplay'> = async ({ store }, input, { account, region }) => {
  new Constraints().replayName('replayName', input.ReplayName).check()
  const replay = await transact(store, async (transaction) => {
    const found = await requireReplay(transaction, { account, region, name: input.ReplayName ?? '' })
    if (found.state !== 'STARTING' && found.state !== 'RUNNING')
      throw illegalStatus(`Replay ${found.name} is not in a valid state for this operation.`)
    const next = { ...found, state: 'CANCELLING' as const }
    await replays.set(transaction, replayKey(found), next)
    return next
  })
  return { ReplayArn: replayArn(replay), State: replay.state, StateReason: replay.stateReason }
}
