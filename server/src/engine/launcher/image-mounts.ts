// The root of a cell that runs a container image: the image's files, read-only, and below /run/mayfly what is Mayfly's. The
// image may have another libc, an old one or none, so Node.js is started by the machine's own loader with the machine's
// own libraries. Nothing that runs before the system-call filter is complete may load anything of the image: the folders
// of all libraries of these programs are there, and the loader looks nowhere else first.
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Where an image must have a folder or a file of its own, no link, so that something can be mounted there. */
export const IMAGE_MOUNTPOINTS = {
  folders: ['proc', 'dev', 'tmp', 'run/mayfly'],
  files: ['etc/hosts', 'etc/hostname', 'etc/resolv.conf'],
} as const

/** What the loader of the machine would run for everything that is started in the cell. */
export const PRELOAD_FILE = 'etc/ld.so.preload'

const PLACE = '/run/mayfly'
/** Where an image's cell has Perl. */
export const PERL_INSIDE_IMAGE = `${PLACE}/bin/perl`

/** For what is mounted below it: only names of folders and empty files. */
const PLACE_BYTES = '65536'

/** How programs of this machine are loaded. */
export interface Loader {
  readonly file: string
  /** Folders, no links. */
  readonly libraries: readonly string[]
}

/** From what processes of this machine have in memory; /proc tells it. Throws when they were not loaded at all. */
export function findLoader(pids: readonly (number | 'self')[]): Loader {
  const objects = new Set<string>()
  for (const pid of pids)
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const path = line.slice(line.indexOf('/'))
      if (line.includes('/') && /\.so(\.|$)/.test(path)) objects.add(path)
    }
  const file = [...objects].find((path) => /^ld(-linux|-musl|64)?[-.]/.test(basename(path)))
  if (file === undefined) throw new Error('this Node.js has no loader that could start it below another root')
  return { file, libraries: [...new Set([...objects].map((path) => dirname(path)))] }
}

/** Of the launcher's own, what images need. */
interface ImagePlaces {
  readonly imagesFolder: string
  readonly runtimeFolder: string
  readonly perlPath: string | undefined
}

/** Mounts of an image's cell, up to its own. `etc`: prepared files; `own`: what every cell has below /run/mayfly. */
export function imageMounts(
  places: ImagePlaces,
  image: string,
  { libraries }: Loader,
  own: readonly string[],
): string[] {
  return [
    // Perl reads the locale before the filter is complete: none of the image's.
    '--setenv',
    'LC_ALL',
    'C',
    ...readOnly(join(places.imagesFolder, image, 'root'), '/'),
    ...IMAGE_MOUNTPOINTS.files.flatMap((name) => readOnly(join(places.runtimeFolder, name), `/${name}`)),
    '--size',
    PLACE_BYTES,
    '--tmpfs',
    PLACE,
    ...libraries.flatMap((folder, index) => readOnly(folder, librariesInside(index))),
    ...(places.perlPath === undefined ? [] : readOnly(places.perlPath, PERL_INSIDE_IMAGE)),
    ...own,
    '--remount-ro',
    PLACE,
  ]
}

/** What comes before a program of the machine, so that it starts below an image's root. */
export function loadedBy({ file, libraries }: Loader): string[] {
  const inside = join(librariesInside(libraries.indexOf(dirname(file))), basename(file))
  const places = libraries.map((_, index) => librariesInside(index)).join(':')
  return [inside, ...(basename(file).includes('musl') ? [] : ['--inhibit-cache']), '--library-path', places]
}

function librariesInside(index: number): string {
  return `${PLACE}/lib/${index}`
}

function readOnly(from: string, to: string): string[] {
  return ['--ro-bind', from, to]
}
