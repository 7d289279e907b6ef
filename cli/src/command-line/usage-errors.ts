// What is said about a command line that cannot be understood.
import {
  type ApplicationText,
  ArgumentParseError,
  ArgumentScannerError,
  FlagNotFoundError,
  formatMessageForArgumentScannerError,
  text_en,
} from '@stricli/core'
import { CliError } from '../errors.ts'

/** stricli's texts, with every error handed to `fail`. */
export function collecting(fail: (error: unknown) => void): ApplicationText {
  const caught = (error: unknown): string => {
    fail(error)
    return ''
  }
  return {
    ...text_en,
    noCommandRegisteredForInput: ({ input, corrections }) => caught(unknownCommand(input, corrections)),
    exceptionWhileParsingArguments: (error) => caught(usageError(error)),
    exceptionWhileLoadingCommandFunction: caught,
    exceptionWhileLoadingCommandContext: caught,
    exceptionWhileRunningCommand: caught,
    commandErrorResult: caught,
  }
}

function unknownCommand(input: string, corrections: readonly string[]): CliError {
  return new CliError('MF1001', `there is no command "${input}"`, {
    mend: `${didYouMean(corrections)}\`mayfly --help\` lists them all.`,
  })
}

function usageError(error: unknown): CliError {
  if (error instanceof ArgumentParseError && error.exception instanceof CliError)
    return new CliError(error.exception.code, `${error.externalFlagNameOrPlaceholder}: ${error.exception.message}`, {
      ...error.exception.details,
    })
  if (error instanceof FlagNotFoundError)
    return new CliError('MF1002', `there is no flag --${error.input}`, {
      mend: `${didYouMean(error.corrections.map((one) => `--${one}`))}\`mayfly <command> --help\` lists them.`,
    })
  const message =
    error instanceof ArgumentScannerError ? formatMessageForArgumentScannerError(error, {}) : String(error)
  return new CliError('MF1002', message, { mend: '`mayfly <command> --help` shows what it takes.' })
}

function didYouMean(corrections: readonly string[]): string {
  return corrections.length === 0 ? '' : `Did you mean ${corrections.join(' or ')}? `
}
