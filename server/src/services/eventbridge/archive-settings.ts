// What of an archive its owner may set.
import { compilePattern } from '#events/pattern/pattern.ts'
import type { ArchiveRecord } from './archive.ts'
import { Constraints } from './constraints.ts'
import { invalidEventPattern } from './errors.ts'
import { PATTERN_CHARS_MAX } from './limits.ts'
import type { EventBridgeInput } from './model.ts'

type Given = Pick<EventBridgeInput<'UpdateArchive'>, 'Description' | 'EventPattern' | 'RetentionDays'>

/** Throws ValidationException, InvalidEventPatternException. */
export function checkArchiveSettings({ Description, EventPattern, RetentionDays }: Given): void {
  new Constraints()
    .description('description', Description)
    .length('eventPattern', EventPattern, { min: 0, max: PATTERN_CHARS_MAX })
    .range('retentionDays', RetentionDays, { min: 0, max: 2_147_483_647 })
    .check()
  if (EventPattern === undefined) return
  const compiled = compilePattern(EventPattern, 'eventbridge')
  if (compiled.kind === 'invalid') throw invalidEventPattern(compiled.reason)
}

export function shownArchiveState({ createdMs }: ArchiveRecord) {
  return { State: 'ENABLED' as const, CreationTime: new Date(createdMs) }
}
