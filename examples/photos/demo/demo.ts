// `npm run demo`: Mayfly's main job on real input, from nothing. A server is started that verifies every signature; a
// TypeScript function is deployed with the AWS SDK; three photos are uploaded; the function that they start makes
// thumbnails in its sandbox; they are fetched and looked at; the log is read. Everything is gone afterwards.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Mayfly, startMayfly } from './mayfly.ts'
import { kb, ms, Report } from './report.ts'

/** The whole demo; a machine that needs longer has a fault that waiting does not mend. */
const DEMO_WITHIN_MS = 240_000

async function demo(report: Report, mayfly: Mayfly): Promise<void> {
  useCredentials(mayfly)
  // Loaded now, because the SDK reads the environment that was set a line ago.
  const [{ CloudWatchLogsClient }, { IAMClient }, { LambdaClient }, { S3Client }] = await Promise.all([
    import('@aws-sdk/client-cloudwatch-logs'),
    import('@aws-sdk/client-iam'),
    import('@aws-sdk/client-lambda'),
    import('@aws-sdk/client-s3'),
  ])
  const { createPhotosFunction, createPhotosRole, createTrigger, packagePhotos } = await import('./deploy.ts')
  const { checkThumbs, PHOTOS, upload, waitForFacts } = await import('./photos.ts')
  const { waitForLog } = await import('./log-lines.ts')
  const s3 = new S3Client({})
  const lambda = new LambdaClient({})
  const logs = new CloudWatchLogsClient({})

  await report.step(
    'a request with a wrong key',
    () => refused(mayfly),
    (code) => `refused: ${code}`,
  )
  const packed = await report.step(
    'package the function',
    packagePhotos,
    ({ zip, files, copied }) =>
      `${kb(zip.length)} zipped, ${files} files, with ${copied.find((id) => id.startsWith('sharp@'))}`,
  )
  const role = await report.step(
    'CreateRole, PutRolePolicy',
    () => createPhotosRole(new IAMClient({})),
    (it) => it,
  )
  const arn = await report.step(
    'CreateFunction, until active',
    () => createPhotosFunction(lambda, packed, role),
    (it) => it,
  )
  await report.step('bucket, permission, notification', () => createTrigger(s3, lambda, arn))

  const waits: number[] = []
  for (const photo of PHOTOS) {
    const bytes = await report.step(`upload ${photo.name}`, () => upload(s3, photo), kb)
    const began = performance.now()
    const facts = await report.step(`  thumbnails of ${photo.name}`, () => waitForFacts(s3, photo))
    waits.push(performance.now() - began)
    report.line(`${facts.format} ${facts.width}x${facts.height}, ${kb(bytes)}`)
    if (facts.exif !== undefined) report.line(`EXIF ${exifLine(facts)}`)
    for (const { key, width, height, bytes: size } of await checkThumbs(s3, photo, facts))
      report.line(`${key.padEnd(28)} ${`${width}x${height}`.padEnd(10)} ${kb(size)}`)
  }

  const keys = PHOTOS.map(({ name }) => `uploads/${name}`)
  const { lines, invocations } = await report.step('read the log (CloudWatch Logs)', () => waitForLog(logs, keys))
  for (const line of lines) report.line(line.replaceAll('\t', '  '))
  report.heading(`${invocations.length} invocations, cold and warm`)
  for (const { about, initMs, durationMs, memoryMb } of invocations) {
    const start = initMs === undefined ? 'warm' : `cold, ${ms(initMs)} to load sharp and the SDK`
    report.line(
      `${(about.split(': ')[0] ?? '').padEnd(20)} handler ${ms(durationMs).padStart(8)}  ${memoryMb} MB  ${start}`,
    )
  }
  report.line(`upload to last thumbnail, seen from outside: ${waits.map(ms).join(', ')}`)
}

/** The AWS SDK finds everything in the environment, as it does anywhere; nothing of the user's own account is left there. */
function useCredentials({ endpoint, credentialsFile }: Mayfly): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
  process.env['AWS_ENDPOINT_URL'] = endpoint
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = credentialsFile
  process.env['AWS_CONFIG_FILE'] = '/dev/null'
  process.env['AWS_REGION'] = 'us-east-1'
}

/** A stranger's request; returns the code of the refusal. Throws when it is not refused. */
async function refused({ endpoint }: Mayfly): Promise<string> {
  const { ListBucketsCommand, S3Client } = await import('@aws-sdk/client-s3')
  const stranger = new S3Client({ endpoint, credentials: { accessKeyId: 'AKIAWRONG', secretAccessKey: 'wrong' } })
  try {
    await stranger.send(new ListBucketsCommand({}))
  } catch (error) {
    if (error instanceof Error && '$metadata' in error) return error.name
    throw error
  } finally {
    stranger.destroy()
  }
  throw new Error('it was answered')
}

function exifLine({ exif, orientation }: { exif?: object; orientation: number }): string {
  const { camera, taken, exposure, gps } = (exif ?? {}) as Record<string, unknown> & {
    gps?: { latitude: number; longitude: number }
  }
  const where = gps === undefined ? '' : `${gps.latitude}, ${gps.longitude}`
  return [camera, taken, exposure, where, `orientation ${orientation}`]
    .filter((part) => part !== undefined && part !== '')
    .join(' · ')
}

async function main(): Promise<void> {
  const report = new Report((text) => process.stdout.write(text))
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-demo-'))
  let mayfly: Mayfly | undefined
  const stopInTime = setTimeout(() => {
    process.stderr.write(`\nThe demo did not end within ${DEMO_WITHIN_MS / 1_000} s.\n`)
    void mayfly?.stop().finally(() => process.exit(1))
  }, DEMO_WITHIN_MS)
  const onSignal = (): void => {
    void (mayfly?.stop() ?? Promise.resolve()).finally(() => {
      void rm(folder, { recursive: true, force: true }).finally(() => process.exit(130))
    })
  }
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  try {
    mayfly = await report.step(
      'mayfly start',
      () => startMayfly(join(folder, 'data')),
      ({ endpoint, tier }) => `${endpoint}, isolation tier ${tier}`,
    )
    for (const { what, mend } of mayfly.weaknesses) report.line(`weaker isolation: ${what}. To mend: ${mend}`)
    await demo(report, mayfly)
    const running = mayfly
    await report.step('SIGTERM: drain and end', async () => {
      const code = await running.stop()
      if (code !== 0) throw new Error(`mayfly ended with ${code}`)
    })
    process.stdout.write(`\nDone in ${ms(report.elapsedMs)}.\n`)
  } catch (error) {
    process.stderr.write(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  } finally {
    clearTimeout(stopInTime)
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    await mayfly?.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

await main()
