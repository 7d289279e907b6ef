// A function is made of a package or of a container image, and stays what it was made of. Each takes settings that the other
// refuses. Sources: Lambda API reference (CreateFunction, UpdateFunctionCode, UpdateFunctionConfiguration), and the words
// of AWS's answers in the trackers of its tools.
import type { Constraints } from './constraints.ts'
import { invalidParameter } from './errors.ts'
import type { FunctionImage, ProgramOverrides, StoredCode, VersionRecord } from './function-record.ts'
import { PROGRAM_BYTES_MAX, PROGRAM_WORDS_MAX, WORKING_DIRECTORY_CHARS_MAX } from './images/limits.ts'
import type { LambdaInput } from './model.ts'

export type PackageType = 'Zip' | 'Image'

/** The members that name code. */
type CodeInput = Pick<LambdaInput<'UpdateFunctionCode'>, 'ZipFile' | 'S3Bucket' | 'S3Key' | 'ImageUri'>

export function packageTypeOf({ code }: Pick<VersionRecord, 'code'>): PackageType {
  return code.kind === 'image' ? 'Image' : 'Zip'
}

/** The bytes that a deploy sent; of an image none, since its bytes were sent before. */
export function codeBytesOf(code: StoredCode | FunctionImage): number {
  return code.kind === 'image' ? 0 : code.zipBytes
}

/** As CodeSha256 shows it: base64 of a package's hash, hexadecimal digits of an image's. */
export function shownDigestOf(code: StoredCode | FunctionImage): string {
  return code.kind === 'image' ? code.digest : Buffer.from(code.sha256, 'hex').toString('base64')
}

/** Throws InvalidParameterValueException for members of CreateFunction that do not go with each other. */
export function checkNewFunction(input: LambdaInput<'CreateFunction'>): PackageType {
  const { Runtime, Handler, Layers = [], Code } = input
  if (input.PackageType !== 'Image') {
    if (Runtime === undefined || Handler === undefined)
      throw invalidParameter(
        'Runtime and Handler are mandatory parameters for functions created with deployment packages.',
      )
    return 'Zip'
  }
  if (Runtime !== undefined || Handler !== undefined || Layers.length > 0)
    throw invalidParameter(
      "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.",
    )
  if (input.CodeSigningConfigArn)
    throw invalidParameter('Code signing is not supported for functions created with container images.')
  if (Code?.ImageUri === undefined || hasPackage(Code))
    throw invalidParameter(
      'Please provide ImageUri, and nothing else, when the intended function PackageType is Image.',
    )
  return 'Image'
}

/** The same for the code of UpdateFunctionCode. */
export function checkCodeChange(before: VersionRecord, input: CodeInput): PackageType {
  const packageType = packageTypeOf(before)
  if (packageType === 'Image' && (input.ImageUri === undefined || hasPackage(input)))
    throw invalidParameter('Please provide ImageUri when updating a function with packageType Image.')
  if (packageType === 'Zip' && input.ImageUri !== undefined)
    throw invalidParameter("Please don't provide ImageUri when updating a function with packageType Zip.")
  return packageType
}

function hasPackage({ ZipFile, S3Bucket, S3Key }: CodeInput): boolean {
  return ZipFile !== undefined || S3Bucket !== undefined || S3Key !== undefined
}

/** Settings that the other kind of function has. */
export function checkSettingsOf(packageType: PackageType, input: LambdaInput<'UpdateFunctionConfiguration'>): void {
  if (packageType === 'Zip') {
    if (input.ImageConfig !== undefined && overridesOf(input.ImageConfig) !== undefined)
      throw invalidParameter('ImageConfig is only supported for functions created with container images.')
    return
  }
  if ((input.Layers?.length ?? 0) > 0)
    throw invalidParameter('Lambda layers are not supported for functions created with container images.')
  if (input.Runtime !== undefined || input.Handler !== undefined)
    throw invalidParameter('Runtime and Handler are not supported for functions created with container images.')
}

/** The checks that AWS makes from its model. */
export function checkImageConfig(
  checks: Constraints,
  config: LambdaInput<'CreateFunction'>['ImageConfig'],
): Constraints {
  return checks
    .count('imageConfig.entryPoint', config?.EntryPoint, { max: PROGRAM_WORDS_MAX })
    .count('imageConfig.command', config?.Command, { max: PROGRAM_WORDS_MAX })
    .length('imageConfig.workingDirectory', config?.WorkingDirectory, { max: WORKING_DIRECTORY_CHARS_MAX })
}

/** What is empty is not said. Throws InvalidParameterValueException for what no instance could be given. */
export function overridesOf(
  config: NonNullable<LambdaInput<'CreateFunction'>['ImageConfig']>,
): ProgramOverrides | undefined {
  const { EntryPoint = [], Command = [], WorkingDirectory = '' } = config
  if (Buffer.byteLength(JSON.stringify(config)) > PROGRAM_BYTES_MAX)
    throw invalidParameter(`ImageConfig has more than ${PROGRAM_BYTES_MAX} bytes.`)
  if (EntryPoint.length + Command.length + WorkingDirectory.length === 0) return undefined
  return {
    ...(EntryPoint.length > 0 && { entryPoint: EntryPoint }),
    ...(Command.length > 0 && { command: Command }),
    ...(WorkingDirectory !== '' && { workingDirectory: WorkingDirectory }),
  }
}
