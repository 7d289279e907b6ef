// What durable functions are configured with. Source: API reference, DurableConfig; developer guide, "Configure Lambda
// durable functions".
import type { Constraints } from '../constraints.ts'
import { invalidParameter, notSupportedYet } from '../errors.ts'
import type { VersionRecord } from '../function-record.ts'
import { DURABLE_RETENTION_DAYS_DEFAULT, DURABLE_RETENTION_DAYS_MAX, DURABLE_TIMEOUT_S_MAX } from '../limits.ts'
import type { LambdaInput } from '../model.ts'

type Config = LambdaInput<'CreateFunction'>['DurableConfig']
type Durable = Pick<VersionRecord, 'durable'>

export function checkDurableConfig(constraints: Constraints, config: Config): Constraints {
  return constraints
    .range('durableConfig.executionTimeout', config?.ExecutionTimeout, { min: 1, max: DURABLE_TIMEOUT_S_MAX })
    .range('durableConfig.retentionPeriodInDays', config?.RetentionPeriodInDays, {
      min: 1,
      max: DURABLE_RETENTION_DAYS_MAX,
    })
}

/** The settings of a new function. Throws InvalidParameterValueException. */
export function newDurableSettings(config: Config): Durable {
  if (config === undefined) return {}
  refuseKey(config)
  if (config.ExecutionTimeout === undefined)
    throw invalidParameter('DurableConfig needs an ExecutionTimeout: how many seconds an execution may last.')
  const retentionDays = config.RetentionPeriodInDays ?? DURABLE_RETENTION_DAYS_DEFAULT
  return { durable: { timeoutS: config.ExecutionTimeout, retentionDays } }
}

/** The settings after a change; what it leaves out stays. Throws InvalidParameterValueException for functions that are not durable. */
export function changedDurableSettings(config: Config, { durable }: Durable): Durable {
  if (config === undefined) return durable ? { durable } : {}
  refuseKey(config)
  if (durable === undefined)
    throw invalidParameter('Durable execution cannot be enabled for an existing function. Create a new one.')
  return {
    durable: {
      timeoutS: config.ExecutionTimeout ?? durable.timeoutS,
      retentionDays: config.RetentionPeriodInDays ?? durable.retentionDays,
    },
  }
}

function refuseKey(config: NonNullable<Config>): void {
  if (config.KMSKeyArn !== undefined && config.KMSKeyArn !== '') throw notSupportedYet('DurableConfig.KMSKeyArn')
}

/** What the configuration of a function shows. */
export function durableConfigAnswer({ durable }: Durable): { readonly DurableConfig?: NonNullable<Config> } {
  if (durable === undefined) return {}
  return { DurableConfig: { ExecutionTimeout: durable.timeoutS, RetentionPeriodInDays: durable.retentionDays } }
}
