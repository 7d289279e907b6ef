// What ListArchives and ListReplays show: all, or those of one prefix, one source or one state.
import { Constraints } from './constraints.ts'
import { validation } from './errors.ts'

interface ListInput {
  readonly NamePrefix?: string | undefined
  readonly EventSourceArn?: string | undefined
  readonly State?: string | undefined
  readonly Limit?: number | undefined
}

/** What the filters look at. */
interface Listed {
  readonly name: string
  readonly sourceArn: string
  readonly state: string
}

/** Whether something is to be shown. Throws ValidationException for filters that cannot be, and for more than one. */
export function listFilter(
  operation: 'ListArchives' | 'ListReplays',
  { NamePrefix, EventSourceArn, State, Limit }: ListInput,
  states: readonly string[],
): (listed: Listed) => boolean {
  const constraints = new Constraints()
  if (operation === 'ListArchives') constraints.archiveName('namePrefix', NamePrefix)
  else constraints.replayName('namePrefix', NamePrefix)
  constraints.arn('eventSourceArn', EventSourceArn).oneOf('state', State, states).pageOf(Limit).check()
  if ([NamePrefix, EventSourceArn, State].filter((one) => one !== undefined).length > 1)
    throw validation(
      `At most one filter is allowed for ${operation}. Use either : State, EventSourceArn, or NamePrefix.`,
    )
  return ({ name, sourceArn, state }) =>
    name.startsWith(NamePrefix ?? '') &&
    (EventSourceArn === undefined || sourceArn === EventSourceArn) &&
    (State === undefined || state === State)
}
