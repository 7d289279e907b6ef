// What names a function, and the flags that say how it is to be.
import { optional, secondsUpTo, text, variable, wholeNumber } from '../flags.ts'

export const functionName = { brief: 'Name or ARN', parse: text, placeholder: 'function' } as const

export const handlerPath = {
  brief: 'Folder or file with a handler',
  parse: text,
  placeholder: 'path',
  optional: true,
} as const

export const settings = {
  name: optional(text, 'Name of the function (from the folder)'),
  runtime: optional(text, 'AWS runtime (nodejs24.x, python3.13)'),
  handler: optional(text, 'file.export (handler)'),
  memory: optional(wholeNumber(128, 10_240), 'Memory in MB'),
  timeout: optional(wholeNumber(1, 900), 'Timeout in seconds'),
  env: {
    kind: 'parsed',
    parse: variable,
    optional: true,
    variadic: true,
    brief: 'Variable for the function, may be repeated',
    placeholder: 'NAME=value',
  },
  concurrency: optional(wholeNumber(1, 1_600), 'Invocations at once in one instance (1; more for Node.js only)'),
  role: optional(text, 'ARN of its execution role'),
  durable: optional(secondsUpTo(31_622_400), 'Executions that outlast invocations, up to this long (2h, 30d)', 'time'),
  network: optional(text, 'internet, allow-list, direct or none'),
  allow: {
    kind: 'parsed',
    parse: text,
    optional: true,
    variadic: true,
    brief: 'Destination that it may connect to, may be repeated; nothing else then',
    placeholder: 'host[:port]',
  },
} as const
