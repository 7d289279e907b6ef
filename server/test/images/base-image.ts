// Images in the form of AWS's base images: the entry point, the runtime in /var/runtime, the language in /var/lang, the code
// in /var/task, the handler as the command, and the variables that theirs have. Source: Lambda developer guide, "Create a
// Lambda function using a container image", "AWS base images", and the images' published configuration. What they hold is
// this machine's own; AWS's images themselves need a registry.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { programAt } from './machine-files.ts'
import { type Entries, type Image, imageOf, layerOf } from './oci-image.ts'

/** Where its sources are. */
export const BASE_IMAGE = join(import.meta.dirname, 'base-image')

/** Why there can be none here; false when there can. */
export const skipBaseImages = ['/bin/sh', '/usr/bin/ldd', '/usr/bin/python3'].every(existsSync)
  ? false
  : 'this machine has no /bin/sh, ldd or python3 of its own'

const ENV = [
  'LANG=en_US.UTF-8',
  'TZ=:/etc/localtime',
  'PATH=/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
  'LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib',
  'LAMBDA_TASK_ROOT=/var/task',
  'LAMBDA_RUNTIME_DIR=/var/runtime',
]

/** Says that the entry point took the way for machines that are not Lambda. */
const EMULATOR = '#!/bin/sh\necho the emulator was started >&2\nexit 1\n'

export interface BaseImage {
  /** Below /var/lang, with their libraries. */
  readonly language: Entries
  /** Below /var/runtime; its `bootstrap` is one line of shell. */
  readonly runtime: Entries
  readonly bootstrap: string
  /** Below /var/task, as `COPY app.py ${LAMBDA_TASK_ROOT}` puts it there. */
  readonly task: Entries
}

/** The image that a Dockerfile makes of a base image: `FROM`, `COPY`, and `CMD` with the handler. */
export async function onBaseImage({ language, runtime, bootstrap, task }: BaseImage, handler: string): Promise<Image> {
  const system = {
    ...(await programAt('bin/sh', '/bin/sh')),
    'lambda-entrypoint.sh': await readFile(join(BASE_IMAGE, 'lambda-entrypoint.sh')),
    'usr/local/bin/aws-lambda-rie': EMULATOR,
    'var/runtime/bootstrap': `#!/bin/sh\n${bootstrap}\n`,
    'opt/': { type: 'directory', mode: 0o755 },
    'tmp/': { type: 'directory', mode: 0o1777 },
  } as const
  const layers = [system, language, below('var/runtime', runtime), below('var/task', task)]
  const config = { Entrypoint: ['/lambda-entrypoint.sh'], Cmd: [handler], WorkingDir: '/var/task', Env: ENV }
  return imageOf(await Promise.all(layers.map((layer) => layerOf(layer, 'zstd'))), config)
}

/** The same files in a folder. */
export function below(folder: string, entries: Entries): Entries {
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [`${folder}/${name}`, entry]))
}
