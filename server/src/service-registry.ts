// The services that have operations, each loaded when it is first asked for.
import type { Service } from '#protocol/operation.ts'
import { SERVICE_IDS, type ServiceId } from '#protocol/services.ts'

export type ServiceLoader = () => Promise<Service>

export class ServiceRegistry {
  readonly #loaders: ReadonlyMap<ServiceId, ServiceLoader>
  readonly #loaded = new Map<ServiceId, Service>()
  readonly #loading = new Map<ServiceId, Promise<Service>>()

  constructor(loaders: Readonly<Partial<Record<ServiceId, ServiceLoader>>>) {
    this.#loaders = new Map(
      SERVICE_IDS.flatMap((id) => {
        const loader = loaders[id]
        return loader === undefined ? [] : [[id, loader] as const]
      }),
    )
  }

  get built(): readonly ServiceId[] {
    return [...this.#loaders.keys()]
  }

  get notBuilt(): readonly ServiceId[] {
    return SERVICE_IDS.filter((id) => !this.#loaders.has(id))
  }

  /** At once when it is loaded; undefined when nothing of it is built. A failed load is tried again. */
  find(id: ServiceId): Service | undefined | Promise<Service> {
    return this.#loaded.get(id) ?? this.#load(id)
  }

  #load(id: ServiceId): Promise<Service> | undefined {
    const loader = this.#loaders.get(id)
    if (loader === undefined) return undefined
    const under = this.#loading.get(id)
    if (under !== undefined) return under
    const loading = loader().then((service) => {
      this.#loaded.set(id, service)
      return service
    })
    this.#loading.set(id, loading)
    void loading.catch(() => {}).finally(() => this.#loading.delete(id))
    return loading
  }
}
