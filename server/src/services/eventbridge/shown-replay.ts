// A replay as DescribeReplay and ListReplays show it.
import { archiveArn } from './arn.ts'
import type { ReplayRecord } from './replay.ts'

export function shownReplay(replay: ReplayRecord) {
  const { account, region, archive, startMs, endMs, startedMs, endedMs, lastEventMs } = replay
  return {
    ReplayName: replay.name,
    EventSourceArn: archiveArn({ account, region, name: archive }),
    State: replay.state,
    StateReason: replay.stateReason,
    EventStartTime: new Date(startMs),
    EventEndTime: new Date(endMs),
    EventLastReplayedTime: lastEventMs === undefined ? undefined : new Date(lastEventMs),
    ReplayStartTime: new Date(startedMs),
    ReplayEndTime: endedMs === undefined ? undefined : new Date(endedMs),
  }
}
