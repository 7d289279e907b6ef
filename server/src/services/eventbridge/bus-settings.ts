// What of a bus its owner may set, as requests bring it and as answers show it.
import type { BusRecord } from './bus.ts'
import { Constraints } from './constraints.ts'
import type { EventBridgeInput } from './model.ts'

type Given = Pick<
  EventBridgeInput<'UpdateEventBus'>,
  'Description' | 'KmsKeyIdentifier' | 'DeadLetterConfig' | 'LogConfig'
>
type Settings = Pick<BusRecord, 'description' | 'kmsKeyIdentifier' | 'deadLetterArn' | 'log'>

/** Throws ValidationException. */
export function readBusSettings({ Description, KmsKeyIdentifier, DeadLetterConfig, LogConfig }: Given): Settings {
  new Constraints()
    .description('description', Description)
    .length('kmsKeyIdentifier', KmsKeyIdentifier, { min: 0, max: 2048 })
    .arn('deadLetterConfig.arn', DeadLetterConfig?.Arn)
    .oneOf('logConfig.includeDetail', LogConfig?.IncludeDetail, ['NONE', 'FULL'])
    .oneOf('logConfig.level', LogConfig?.Level, ['OFF', 'ERROR', 'INFO', 'TRACE'])
    .check()
  return {
    ...(Description !== undefined && { description: Description }),
    ...(KmsKeyIdentifier !== undefined && { kmsKeyIdentifier: KmsKeyIdentifier }),
    ...(DeadLetterConfig?.Arn !== undefined && { deadLetterArn: DeadLetterConfig.Arn }),
    ...(LogConfig && { log: { includeDetail: LogConfig.IncludeDetail, level: LogConfig.Level } }),
  }
}

/** The members that describe a bus; `IncludeDetail` and `Level` were checked when they were set. */
export function shownSettings({ description, kmsKeyIdentifier, deadLetterArn, log }: BusRecord) {
  return {
    Description: description,
    KmsKeyIdentifier: kmsKeyIdentifier,
    DeadLetterConfig: deadLetterArn === undefined ? undefined : { Arn: deadLetterArn },
    LogConfig: log && {
      IncludeDetail: log.includeDetail as 'NONE' | 'FULL' | undefined,
      Level: log.level as 'OFF' | 'ERROR' | 'INFO' | 'TRACE' | undefined,
    },
  }
}
