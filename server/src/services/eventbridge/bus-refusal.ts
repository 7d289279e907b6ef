// May somebody send events to this bus? Within its own account yes; from elsewhere the policy of the bus decides. Roles are
// asked about by their own policies, around the target.
import { type EventOrigin, OPERATOR } from '#events/target.ts'
import { compilePolicy } from '#identity/policy/compile.ts'
import { conditionKeysOf } from '#identity/policy/condition-keys.ts'
import { evaluate } from '#identity/policy/evaluate.ts'
import type { Reader } from '#storage/transact.ts'
import { readBusArn } from './arn.ts'
import { findBus } from './bus.ts'

/** Why events of this origin may not be put; undefined when they may. */
export async function busRefusal(reader: Reader, arn: string, origin: EventOrigin): Promise<string | undefined> {
  const ref = readBusArn(arn)
  const bus = ref && (await findBus(reader, ref))
  if (bus === undefined) return `there is no event bus ${arn}`
  const { principal, account } = origin
  if (account === bus.account || principal === OPERATOR || principal.startsWith('arn:')) return undefined
  const compiled = bus.policy === undefined ? undefined : compilePolicy(bus.policy, 'resource')
  if (compiled?.kind !== 'compiled') return 'the event bus belongs to another account'
  const decision = evaluate(
    {
      // A rule of another account sends as that account.
      caller: { kind: 'root', account: origin.account },
      action: 'events:PutEvents',
      resource: arn,
      resourceAccount: bus.account,
      keys: conditionKeysOf({ 'aws:SourceArn': origin.sourceArn, 'aws:SourceAccount': origin.account }),
    },
    { identity: 'everything', resource: [{ name: 'Policy', policy: compiled.policy }] },
  )
  return decision.kind === 'allowed' ? undefined : `the policy of the event bus does not allow ${origin.principal}`
}
