import { Constraints } from '../constraints.ts'
import { TEST_MESSAGES_MAX } from '../limits.ts'
import type { LogsOperation } from '../model.ts'
import { parseFilter } from '../pattern/pattern.ts'

export const testMetricFilter: LogsOperation<'TestMetricFilter'> = (_deps, input) => {
  const { filterPattern, logEventMessages } = input
  const constraints = new Constraints()
    .filterPattern('filterPattern', filterPattern)
    .count('logEventMessages', logEventMessages, { min: 1, max: TEST_MESSAGES_MAX })
  for (const [index, message] of logEventMessages.entries())
    constraints.length(`logEventMessages.${index + 1}.member`, message, { min: 1, max: Infinity })
  constraints.check()
  const pattern = parseFilter(filterPattern)
  const matches = logEventMessages.flatMap((eventMessage, index) => {
    const extractedValues = pattern.extract(eventMessage)
    return extractedValues ? [{ eventNumber: index + 1, eventMessage, extractedValues }] : []
  })
  return Promise.resolve({ matches })
}
