// Commands about container images.
import { buildCommand, buildRouteMap } from '@stricli/core'
import type { ImageFlags } from '../commands/image.ts'
import type { CliContext } from '../context.ts'
import { commonAliases, serverFlags, text } from '../flags.ts'
import { account, loaded, takes } from './command.ts'

const imageName = { brief: 'repository:tag', parse: text, placeholder: 'name' } as const

const imageFlags = { ...serverFlags, account } as const

export const image = buildRouteMap({
  routes: {
    push: buildCommand<ImageFlags, [source: string, name: string], CliContext>({
      loader: loaded(async () => (await import('../commands/image.ts')).push),
      parameters: {
        flags: imageFlags,
        aliases: commonAliases,
        positional: takes(
          { brief: 'OCI layout (folder or tar), or tar of `docker save`', parse: text, placeholder: 'path' },
          imageName,
        ),
      },
      docs: {
        brief: 'Sends a container image and prints its URI, for functions',
        fullDescription:
          'Only what the server does not have is sent. The image is unpacked before the command ends, so what is printed can run.',
        customUsage: [{ input: 'hello.tar team/hello:v1', brief: 'What `docker save -o hello.tar` wrote' }],
      },
    }),
    list: buildCommand<ImageFlags, [], CliContext>({
      loader: loaded(async () => (await import('../commands/image.ts')).list),
      parameters: { flags: imageFlags, aliases: commonAliases },
      docs: { brief: 'Prints all images' },
    }),
    remove: buildCommand<ImageFlags, [name: string], CliContext>({
      loader: loaded(async () => (await import('../commands/image.ts')).remove),
      parameters: {
        flags: imageFlags,
        aliases: commonAliases,
        positional: takes(imageName),
      },
      docs: { brief: 'Removes an image; functions that were made of it stay' },
    }),
  },
  docs: { brief: 'Container images that functions are made of' },
})
