// Cores that nobody uses who stands back. To go before somebody when one wakes is not enough for a slow hundredth that is as
// quick as the rest: the kernel looks again only at its next tick, 1 to 10 ms later, when it chose a cell that stands back
// because whoever is in front had had its due; cells that begin have not been sent behind yet; and the launcher, a shell and
// the kernel itself work for those who come and go. So while somebody in front works beside somebody who stands back, a
// part of the cores is for the server and for cells in front. What stands back, begins or boots, and the launcher, have
// the others. Where all are on one side, nobody is kept from any core.
//
// The part in front is one core, or as many as it takes, up to half of them. When it is not enough those in front may use
// all cores, as they may without a reserve: then they only go before the others.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** How long nobody need have worked on one of the sides until the cores are everybody's again. */
const REST_MS = 1_000

/** How often the size of the part is considered, once there is one. */
const CONSIDER_EVERY_MS = 100

/** How busy the cores of the part in front are to be; and how busy they are when they are not enough. */
const BUSY = 0.5
const TOO_BUSY = 0.85

/** `front`: the server, and cells within their share that are no new ones. `back`: everybody else. */
export type Part = 'front' | 'back'

export interface CoreUser {
  /** From now on it uses these cores only, as the kernel lists them: "0-2,5". May throw: then nothing has changed. */
  useCores(list: string): void
}

/** What was seen since the last look. */
export interface CoreWork {
  /** What the cells in front do; `grows`: only such work whose version gets new ones, and needs the cores for these. */
  readonly front: 'works' | 'grows' | 'rests'
  /** CPU time of the cells in front, ms. */
  readonly frontMs: number
  /** Whether an instance that stands back did anything, or a cell boots for nobody. */
  readonly behind: boolean
}

interface Place {
  /** Undefined while it is frozen. */
  part: Part | undefined
  list: string
}

export class CoreReserve {
  readonly #cores: readonly number[]
  readonly #all: string
  readonly #serverMs: () => number
  readonly #places = new Map<CoreUser, Place>()
  #lists: Readonly<Record<Part, string>> | undefined
  #frontSeenMs = Number.NEGATIVE_INFINITY
  #behindSeenMs = Number.NEGATIVE_INFINITY
  /** Since the size was considered. */
  #sinceMs = 0
  #frontMs = 0
  #serverSeenMs = 0

  /** Of these cores, none for no reserve at all. `serverMs`: CPU time of the server since it began. */
  constructor(cores: readonly number[], serverMs: () => number) {
    this.#cores = cores
    this.#all = coreList(cores)
    this.#serverMs = serverMs
  }

  /** Somebody is on this side from now on. */
  put(user: CoreUser, part: Part): void {
    const place = this.#places.get(user) ?? { part, list: this.#all }
    place.part = part
    this.#places.set(user, place)
    this.#place(user, place)
  }

  /** It does nothing, and need not be told anything until it is put somewhere again. */
  rest(user: CoreUser): void {
    const place = this.#places.get(user)
    if (place) place.part = undefined
  }

  /** It is gone. */
  leave(user: CoreUser): void {
    this.#places.delete(user)
  }

  /** Decides anew. `nowMs`: monotonic. */
  look(nowMs: number, { front, frontMs, behind }: CoreWork): void {
    if (this.#cores.length < 2) return
    if (front !== 'rests') this.#frontSeenMs = front === 'works' ? nowMs : Number.NEGATIVE_INFINITY
    if (behind) this.#behindSeenMs = nowMs
    this.#frontMs += frontMs
    if (nowMs - Math.min(this.#frontSeenMs, this.#behindSeenMs) > REST_MS) return this.open()
    if (!this.#lists) this.#divide(nowMs, 0)
    else if (nowMs - this.#sinceMs >= CONSIDER_EVERY_MS) {
      const tookMs = this.#frontMs + this.#serverMs() - this.#serverSeenMs
      this.#divide(nowMs, tookMs / (nowMs - this.#sinceMs))
    }
  }

  /** All cores are everybody's. */
  open(): void {
    if (!this.#lists) return
    this.#lists = undefined
    this.#placeAll()
  }

  /** `demand`: how many cores the front takes. */
  #divide(nowMs: number, demand: number): void {
    this.#sinceMs = nowMs
    this.#frontMs = 0
    this.#serverSeenMs = this.#serverMs()
    const kept = Math.min(Math.floor(this.#cores.length / 2), Math.max(1, Math.ceil(demand / BUSY)))
    const front = demand > kept * TOO_BUSY ? this.#all : coreList(this.#cores.slice(0, kept))
    const back = coreList(this.#cores.slice(kept))
    if (this.#lists?.front === front && this.#lists.back === back) return
    this.#lists = { front, back }
    this.#placeAll()
  }

  #placeAll(): void {
    for (const [user, place] of this.#places) this.#place(user, place)
  }

  #place(user: CoreUser, place: Place): void {
    if (place.part === undefined) return
    const list = this.#lists?.[place.part] ?? this.#all
    if (list === place.list) return
    place.list = list
    try {
      user.useCores(list)
    } catch {
      // Its group is gone, or the cores are not the server's any more: without it everybody still stands where they stood.
    }
  }
}

/** Whoever is in a group, as a user of cores. */
export function coreUserOf(folder: string): CoreUser {
  return { useCores: (list) => writeFileSync(join(folder, 'cpuset.cpus'), list) }
}

/** The cores that the groups in a place may be given; none where the kernel does not say. */
export function coresIn(place: string): readonly number[] {
  for (const name of ['cpuset.cpus.effective', 'cpuset.effective_cpus'])
    try {
      return parseCores(readFileSync(join(place, name), 'latin1'))
    } catch {
      // The other version's name, or a kernel without either.
    }
  return []
}

/** "0-2,5" as numbers. */
export function parseCores(list: string): readonly number[] {
  return [...list.matchAll(/(\d+)(?:-(\d+))?/g)].flatMap(([, first, last = first]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index),
  )
}

function coreList(cores: readonly number[]): string {
  return cores.join(',')
}
