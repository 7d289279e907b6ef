// The errors of SQS with AWS's words. Names are those of the model where it has one; the wire layer turns them into the
// codes of the query protocol.
import { AwsError } from '#protocol/errors.ts'
import { BATCH_BYTES_MAX, BATCH_ENTRIES_MAX } from './limits.ts'

export function noSuchQueue(): AwsError {
  return new AwsError('QueueDoesNotExist', 400, 'The specified queue does not exist.')
}

export function invalidAddress(url: string): AwsError {
  return new AwsError('InvalidAddress', 400, `The address ${url} is not valid for this endpoint.`)
}

export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterValue', 400, message)
}

/** `Value … for parameter … is invalid. Reason: …` */
export function invalidValue(value: string | number, parameter: string, reason: string): AwsError {
  return invalidParameter(`Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`)
}

export function missingParameter(parameter: string): AwsError {
  return new AwsError('MissingParameter', 400, `The request must contain the parameter ${parameter}.`)
}

export function unknownAttribute(name: string): AwsError {
  return new AwsError('InvalidAttributeName', 400, `Unknown Attribute ${name}.`)
}

export function invalidAttributeValue(name: string): AwsError {
  return new AwsError('InvalidAttributeValue', 400, `Invalid value for the parameter ${name}.`)
}

export function invalidAttribute(message: string): AwsError {
  return new AwsError('InvalidAttributeValue', 400, message)
}

export function queueNameExists(attribute: string): AwsError {
  const message = `A queue already exists with the same name and a different value for attribute ${attribute}`
  return new AwsError('QueueNameExists', 400, message)
}

export function receiptHandleIsInvalid(handle: string): AwsError {
  const message = `The input receipt handle "${handle}" is not a valid receipt handle.`
  return new AwsError('ReceiptHandleIsInvalid', 400, message)
}

export function receiptHandleExpired(handle: string): AwsError {
  return invalidValue(handle, 'ReceiptHandle', 'The receipt handle has expired.')
}

export function messageNotAvailable(handle: string): AwsError {
  const reason = 'Message does not exist or is not available for visibility timeout change.'
  return invalidValue(handle, 'ReceiptHandle', reason)
}

export function messageNotInflight(): AwsError {
  return new AwsError('MessageNotInflight', 400, "The specified message isn't in flight.")
}

export function invalidMessageContents(): AwsError {
  const message =
    'Invalid characters found. Valid unicode characters are ' +
    '#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF'
  return new AwsError('InvalidMessageContents', 400, message)
}

export function messageTooLong(bytesMax: number): AwsError {
  return invalidParameter(`One or more parameters are invalid. Reason: Message must be shorter than ${bytesMax} bytes.`)
}

export function batchTooLong(bytes: number): AwsError {
  const message = `Batch requests cannot be longer than ${BATCH_BYTES_MAX} bytes. You have sent ${bytes} bytes.`
  return new AwsError('BatchRequestTooLong', 400, message)
}

export function emptyBatch(entryName: string): AwsError {
  return new AwsError('EmptyBatchRequest', 400, `There should be at least one ${entryName} in the request.`)
}

export function tooManyEntries(count: number): AwsError {
  const message = `Maximum number of entries per request are ${BATCH_ENTRIES_MAX}. You have sent ${count}.`
  return new AwsError('TooManyEntriesInBatchRequest', 400, message)
}

export function entryIdsNotDistinct(id: string): AwsError {
  return new AwsError('BatchEntryIdsNotDistinct', 400, `Id ${id} repeated.`)
}

export function invalidBatchEntryId(): AwsError {
  const message =
    'A batch entry id can only contain alphanumeric characters, hyphens and underscores. ' +
    'It can be at most 80 letters long.'
  return new AwsError('InvalidBatchEntryId', 400, message)
}

export function purgeInProgress(queueName: string): AwsError {
  const message = `Only one PurgeQueue operation on ${queueName} is allowed every 60 seconds.`
  return new AwsError('PurgeQueueInProgress', 400, message)
}

export function overLimit(message: string): AwsError {
  return new AwsError('OverLimit', 400, message)
}

export function throttled(): AwsError {
  return new AwsError('RequestThrottled', 400, 'Rate exceeded')
}

export function unsupportedOperation(message: string): AwsError {
  return new AwsError('UnsupportedOperation', 400, message)
}

export function resourceNotFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', 400, message)
}
