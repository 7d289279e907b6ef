// The errors of SelectObjectContent. Source: S3 API reference, "List of SELECT object content error codes".
import { AwsError } from '#protocol/errors.ts'

type SelectErrorCode =
  | 'CastFailed'
  | 'CSVParsingError'
  | 'EvaluatorInvalidArguments'
  | 'EvaluatorInvalidTimestampFormatPattern'
  | 'ExpressionTooLong'
  | 'InvalidCompressionFormat'
  | 'InvalidDataSource'
  | 'InvalidDataType'
  | 'InvalidExpressionType'
  | 'InvalidFileHeaderInfo'
  | 'InvalidJsonType'
  | 'InvalidQuoteFields'
  | 'InvalidRequestParameter'
  | 'InvalidScanRange'
  | 'InvalidTextEncoding'
  | 'JSONParsingError'
  | 'LexerInvalidChar'
  | 'MissingHeaders'
  | 'MissingRequiredParameter'
  | 'OverMaxParquetBlockSize'
  | 'OverMaxRecordSize'
  | 'ParquetParsingError'
  | 'ParquetUnsupportedCompressionCodec'
  | 'ParseExpectedExpression'
  | 'ParseExpectedKeyword'
  | 'ParseSelectMissingFrom'
  | 'ParseUnexpectedToken'
  | 'TruncatedInput'
  | 'UnsupportedFunction'
  | 'UnsupportedRangeInput'
  | 'UnsupportedSqlOperation'

/** All of them are 400. */
export function selectError(code: SelectErrorCode, message: string, cause?: unknown): AwsError {
  return new AwsError(code, 400, message, cause === undefined ? {} : { cause })
}
