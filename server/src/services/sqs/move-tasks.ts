// Runs the tasks that move messages out of dead-letter queues. A task's progress is written in the commit of each message
// that it moves, so a restart goes on where it stopped and counts right.
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { type Key, LIST_PAGE_MAX, type Store } from '#storage/store.ts'
import { BACKGROUND_RETRY_MS, MOVE_TASKS_KEPT } from './limits.ts'
import type { MessageHeader } from './message.ts'
import { MOVE_TASKS, type MoveStatus, type MoveTask, moveTaskCodec, moveTaskKey } from './move-task.ts'
import type { Queue } from './queue.ts'
import type { Queues } from './queues.ts'

const MOVES_AT_ONCE = 50
const SECOND_MS = 1000

export interface MoveTasksOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly queues: Queues
}

export class MoveTasks {
  readonly #options: MoveTasksOptions
  // By source ARN, oldest first.
  #tasks: Promise<Map<string, MoveTask[]>> | undefined
  #ended = new AbortController()
  readonly #running = new Set<Promise<void>>()

  constructor(options: MoveTasksOptions) {
    this.#options = options
  }

  /** Goes on with the tasks of a former life. */
  async resume(): Promise<void> {
    for (const tasks of (await this.#known()).values())
      for (const task of tasks) if (task.status === 'RUNNING') this.#launch(task)
  }

  /** Newest first. */
  async list(sourceArn: string): Promise<readonly MoveTask[]> {
    return ((await this.#known()).get(sourceArn) ?? []).toReversed()
  }

  /** Tasks under way, over all queues. */
  async active(): Promise<number> {
    const tasks = [...(await this.#known()).values()].flat()
    return tasks.filter(({ status }) => status === 'RUNNING').length
  }

  /** Resolves when the task is on disk and runs. The caller has checked that there is no other. */
  async start(task: MoveTask): Promise<void> {
    await this.#save(task)
    this.#launch(task)
  }

  /** Ends a running task; answers it as it is then. Undefined when it does not run. */
  async cancel(sourceArn: string, id: string): Promise<MoveTask | undefined> {
    const task = await this.#current(sourceArn, id)
    if (task?.status !== 'RUNNING') return undefined
    return await this.#finish(task, 'CANCELLED')
  }

  /** Forgets what is in memory of a store that was cleared. */
  forget(): void {
    this.#ended.abort()
    this.#ended = new AbortController()
    this.#tasks = undefined
  }

  async close(): Promise<void> {
    this.#ended.abort()
    await Promise.all(this.#running)
  }

  #launch(task: MoveTask): void {
    const running = this.#run(task, this.#ended.signal)
    this.#running.add(running)
    void running.then(() => this.#running.delete(running))
  }

  async #run({ sourceArn, id }: MoveTask, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options
    while (!signal.aborted) {
      try {
        const task = await this.#current(sourceArn, id)
        if (task?.status !== 'RUNNING') return
        await this.#step(task)
        await clock.sleep(task.perSecondMax === undefined ? 0 : SECOND_MS, signal)
      } catch (error) {
        if (signal.aborted) return
        log.error('moving messages failed', { error, sourceArn })
        await clock.sleep(BACKGROUND_RETRY_MS, signal)
      }
    }
  }

  async #step(task: MoveTask): Promise<void> {
    const { queues } = this.#options
    const source = await queues.find(task.sourceArn)
    if (source === undefined)
      return void (await this.#finish(task, 'FAILED', 'AWS.SimpleQueueService.NonExistentQueue'))
    const max = Math.min(task.toMove - task.moved, task.perSecondMax ?? MOVES_AT_ONCE)
    const journal = await queues.journal()
    let now = task
    const { moved, isStuck } = await source.moveAway(
      max,
      (header) => this.#destination(task, header),
      () => {
        now = { ...now, moved: now.moved + 1 }
        journal.set(moveTaskKey(now), moveTaskCodec.encode(now))
      },
    )
    await this.#remember(now)
    if (isStuck) await this.#finish(now, 'FAILED', 'CouldNotDetermineMessageSource')
    else if (moved < max || now.moved >= now.toMove) await this.#finish(now, 'COMPLETED')
  }

  async #destination(task: MoveTask, { deadLetterSourceArn }: MessageHeader): Promise<Queue | undefined> {
    const arn = task.destinationArn ?? deadLetterSourceArn
    return arn === undefined ? undefined : await this.#options.queues.find(arn)
  }

  /** A task that was cancelled meanwhile stays so. */
  async #finish(task: MoveTask, status: MoveStatus, failureReason?: string): Promise<MoveTask> {
    const current = await this.#current(task.sourceArn, task.id)
    if (current !== undefined && current.status !== 'RUNNING') return current
    const finished: MoveTask = { ...(current ?? task), status, failureReason }
    await this.#save(finished)
    return finished
  }

  async #current(sourceArn: string, id: string): Promise<MoveTask | undefined> {
    return (await this.#known()).get(sourceArn)?.find((task) => task.id === id)
  }

  async #save(task: MoveTask): Promise<void> {
    const journal = await this.#options.queues.journal()
    while (!journal.hasRoom) await journal.room()
    journal.set(moveTaskKey(task), moveTaskCodec.encode(task))
    for (const old of await this.#remember(task)) journal.delete(moveTaskKey(old))
    await journal.settled()
  }

  /** Returns the tasks that fell out. */
  async #remember(task: MoveTask): Promise<readonly MoveTask[]> {
    const known = await this.#known()
    const before = known.get(task.sourceArn) ?? []
    const at = before.findIndex(({ id }) => id === task.id)
    const status = before[at]?.status
    // Progress does not bring a cancelled task back.
    const merged = status !== undefined && status !== 'RUNNING' ? { ...task, status } : task
    const tasks = at < 0 ? [...before, merged] : before.with(at, merged)
    known.set(task.sourceArn, tasks.slice(-MOVE_TASKS_KEPT))
    return tasks.slice(0, -MOVE_TASKS_KEPT)
  }

  #known(): Promise<Map<string, MoveTask[]>> {
    this.#tasks ??= this.#load().catch((error: unknown) => {
      this.#tasks = undefined
      throw error
    })
    return this.#tasks
  }

  async #load(): Promise<Map<string, MoveTask[]>> {
    const known = new Map<string, MoveTask[]>()
    for (let after: Key | undefined; ;) {
      const page = await this.#options.store.list({ prefix: MOVE_TASKS, ...(after && { after }) })
      for (const { value } of page) {
        const task = moveTaskCodec.decode(value)
        known.set(task.sourceArn, [...(known.get(task.sourceArn) ?? []), task])
      }
      if (page.length < LIST_PAGE_MAX) return known
      after = page.at(-1)?.key
    }
  }
}
