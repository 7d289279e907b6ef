import { tableArn, tableOfArn, tablePlace } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { restorableMs } from '../describe-backups.ts'
import { describeTable } from '../describe-table.ts'
import { invalid, invalidRestoreTime, notFound, pointInTimeUnavailable } from '../errors.ts'
import { beginRestore } from '../restored-table.ts'

export const restoreTableToPointInTime: DynamoOperation<'RestoreTableToPointInTime'> = async (deps, input, context) => {
  new Constraints().tableName('sourceTableName', input.SourceTableName).check()
  const { SourceTableArn, SourceTableName, RestoreDateTime: time, UseLatestRestorableTime: latest } = input
  const place =
    SourceTableArn === undefined
      ? SourceTableName === undefined
        ? undefined
        : tablePlace(SourceTableName, context)
      : tableOfArn(SourceTableArn)
  if (place === undefined) throw invalid('Either SourceTableName or SourceTableArn must be specified')
  const table = await deps.tables.find(place)
  if (table === undefined) throw notFound('TableNotFoundException', `Table not found: ${place.name}`)
  if ((time === undefined) === (latest !== true))
    throw invalid('Exactly one of RestoreDateTime and UseLatestRestorableTime must be specified')
  const { record: source } = table
  const restorable = restorableMs(source, deps.clock.nowMs())
  if (source.history === undefined || restorable === undefined) throw pointInTimeUnavailable(source.name)
  const atMs = time === undefined ? restorable.to : time.getTime()
  // Times on the wire are whole seconds.
  if (atMs < restorable.from - 1000 || atMs > restorable.to) throw invalidRestoreTime()
  const { account, region } = context
  const record = await beginRestore(deps, {
    source,
    target: { account, region, name: input.TargetTableName },
    overrides: input,
    origin: { tableArn: tableArn(source), atMs },
    from: { space: source.space, undo: { history: source.history.space, atMs } },
  })
  return { TableDescription: await describeTable(record, deps.sizes) }
}
