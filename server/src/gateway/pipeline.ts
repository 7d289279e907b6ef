// The life of a request, as one list: `run` below. Errors at any point are answered in the form of the protocol that was
// recognised by then.
import type { Auditor } from '#audit/auditor.ts'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { type Claim, readClaim } from '#identity/claim.ts'
import type { Credentials } from '#identity/credentials.ts'
import { SigningKeys } from '#identity/sigv4.ts'
import type { ServiceEdge } from '#protocol/edge.ts'
import type { AwsError } from '#protocol/errors.ts'
import type { IncomingBody, Service } from '#protocol/operation.ts'
import { originOf } from '#protocol/origin.ts'
import type { ServiceId } from '#protocol/services.ts'
import type { ServiceWire, WireResponse } from '#protocol/wire.ts'
import { sendAnswer } from './answer.ts'
import { AuthFailures } from './auth-failures.ts'
import { anonymousCaller, authenticate, type Caller } from './authenticate.ts'
import type { Authorizer } from './authorize.ts'
import { detect, detectByForm, type Detected } from './detect.ts'
import { audit } from './audit.ts'
import { addEdgeHeaders, openEdge, tellEdge } from './edge.ts'
import { CallContext, type Exchange, openExchange } from './exchange.ts'
import { foreignPage, knownError, notImplemented, overloaded, throttled, tooManyFailures } from './faults.ts'
import { badHead, FailureAnswers, type StorageFault } from './failure-answers.ts'
import { answerForm, formUploadBucket, openFormUpload } from './form-upload.ts'
import { readHead, type RequestHead } from './head.ts'
import { BadHead } from './http/bad-head.ts'
import type { Door, HttpStream } from './http/stream.ts'
import type { InternalRoutes } from './internal-routes.ts'
import { answerInternally, type InternalOptions } from './internal-step.ts'
import { ANONYMOUS_BODY_BYTES_MAX, bodyBytesMax, FORM_BYTES_MAX, type GatewayLimits } from './limits.ts'
import { isForeignHost, isForeignPage } from './local-callers.ts'
import { receiveBody } from './receive-body.ts'
import { permit, permitsOf } from './permissions.ts'
import { errorOf, familyOf } from './refusals.ts'
import { BodyBudget, RequestBody } from './request-body.ts'
import { noSuchSite, runSite } from './site.ts'
import { StallWatch } from './stalls.ts'
import { TurnAnswers } from './turn-answers.ts'
import { takesUnsigned } from './unsigned-operations.ts'

export interface PipelineOptions {
  readonly mode: 'start' | 'dev'
  readonly version: string
  readonly credentials: Credentials
  readonly authorize: Authorizer
  readonly auditor: Auditor
  /** Milliseconds until a request of the account's would be taken, where it is over its quota. */
  readonly admit: (account: string) => number | undefined
  /** A service's wire formats, loaded when first used. */
  readonly wireOf: (id: ServiceId) => ServiceWire | Promise<ServiceWire>
  /** A service's operations; undefined while none are built. Loaded when first used. */
  readonly serviceOf: (id: ServiceId) => Service | undefined | Promise<Service | undefined>
  readonly routes: InternalRoutes
  readonly storageFault: (thrown: unknown) => StorageFault | undefined
  readonly limits: GatewayLimits
  readonly clock: Clock
  readonly log: Log
}

export class Pipeline {
  readonly #options: PipelineOptions
  readonly #keys = new SigningKeys()
  readonly #stalls: StallWatch
  readonly #budget = new BodyBudget()
  readonly #turn = new TurnAnswers()
  readonly #failures: AuthFailures
  readonly #answers: FailureAnswers
  readonly #internal: InternalOptions
  /** Read and not begun. */
  #arrived: { readonly stream: HttpStream; readonly door: Door }[] = []
  #underWay = 0
  #draining = false
  #onIdle: (() => void) | undefined

  constructor(options: PipelineOptions) {
    this.#options = options
    this.#stalls = new StallWatch(options.clock)
    this.#failures = new AuthFailures(options.limits, options.clock)
    this.#answers = new FailureAnswers(options, this.#failures)
    const { mode, credentials, clock, routes } = options
    this.#internal = { mode, credentials, keys: this.#keys, clock, routes }
  }

  /** Requests that are being answered. */
  get underWay(): number {
    return this.#underWay
  }

  get draining(): boolean {
    return this.#draining
  }

  /** From now on AWS requests are refused with 503; resolves when none is under way, or after `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    // What has arrived is no new work.
    this.#serveArrived()
    this.#draining = true
    this.#turn.flush()
    if (this.#underWay === 0) return
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(graceMs, resolve)
      this.#onIdle = () => {
        this.#turn.flush()
        cancel()
        resolve()
      }
    })
  }

  /**
   * Takes a request from a socket. Never throws. It is served behind the reading of all sockets in this turn of the event
   * loop: code that reads and code that serves push each other out of the processor's caches, and under load that costs a
   * tenth of the requests.
   */
  accept(stream: HttpStream, door: Door): void {
    this.#underWay++
    if (this.#arrived.length === 0) setImmediate(() => this.#serveArrived())
    this.#arrived.push({ stream, door })
  }

  #serveArrived(): void {
    const arrived = this.#arrived
    this.#arrived = []
    for (const { stream, door } of arrived) void this.#serveOne(stream, door)
  }

  async #serveOne(stream: HttpStream, door: Door): Promise<void> {
    try {
      await this.#serve(stream, door)
    } catch (error) {
      this.#options.log.error('answering failed', { error })
      stream.abort()
    } finally {
      if (--this.#underWay === 0) this.#onIdle?.()
    }
  }

  async #serve(stream: HttpStream, door: Door): Promise<void> {
    let head: RequestHead
    try {
      head = readHead(stream)
    } catch (error) {
      if (!(error instanceof BadHead)) throw error
      return this.#send({ method: 'GET', stream, body: undefined }, badHead(error))
    }
    const { stallWindowMs } = this.#options.limits
    const body = new RequestBody(stream, { stalls: this.#stalls, budget: this.#budget, stallWindowMs })
    const exchange = openExchange({ door, head, stream, body })
    const { clock, log } = this.#options
    const beganMs = clock.monotonicMs()
    let answer: WireResponse
    try {
      answer = await this.#run(exchange)
    } catch (thrown) {
      answer = this.#answers.answer(exchange, thrown)
    }
    const recording = audit(exchange, this.#options.auditor)
    if (recording !== undefined) answer = await this.#recorded(exchange, recording, answer)
    const adding = addEdgeHeaders(exchange.edge, answer)
    if (adding !== undefined) await adding
    body.release()
    const turnaroundMs = clock.monotonicMs() - beganMs
    const sending = this.#send({ method: head.method, stream, body }, answer)
    if (sending !== undefined) await sending
    const totalMs = clock.monotonicMs() - beganMs
    tellEdge(exchange, answer, { totalMs, turnaroundMs })
    log.debug('answered', {
      requestId: exchange.requestId,
      service: exchange.wire?.id,
      operation: exchange.operation,
      method: head.method,
      path: head.path,
      status: answer.status,
      durationMs: totalMs,
    })
  }

  /** The answer, once its record is on disk; without a record, nothing is acknowledged. */
  async #recorded(exchange: Exchange, recording: Promise<void>, answer: WireResponse): Promise<WireResponse> {
    try {
      await recording
      return answer
    } catch (thrown) {
      return this.#answers.answer(exchange, thrown)
    }
  }

  /** The life of a request. */
  async #run(exchange: Exchange): Promise<WireResponse> {
    const { head } = exchange
    const claim = readClaim(head)
    const internal = answerInternally(exchange, claim, this.#internal)
    if (internal !== undefined) return internal
    const detection = detect(head, claim)
    const detected = detection.kind === 'detected' ? detection : await this.#detectByForm(exchange)
    const found = this.#options.wireOf(detected.service)
    const wire = found instanceof Promise ? await found : found
    this.#open(exchange, wire, detected)
    if (detected.site !== undefined) return this.#runSite(exchange, detected, claim, detected.site)
    const intercepted = this.#intercept(exchange, detected)
    const edgeAnswer = intercepted instanceof Promise ? await intercepted : intercepted
    if (edgeAnswer !== undefined) return edgeAnswer
    const formBucket = detected.rules.s3 ? formUploadBucket(exchange, claim) : undefined
    if (formBucket !== undefined) return this.#runFormUpload(exchange, wire, detected, formBucket)
    const early = detected.routedByForm ? undefined : this.#route(exchange, wire, detected)
    const bytesMax = this.#bytesMax(detected, claim, early?.operation)
    const authenticating = this.#authenticate(exchange, detected, claim, bytesMax)
    const caller = authenticating instanceof Promise ? await authenticating : authenticating
    this.#admit(exchange, caller, detected)
    const receiving = receiveBody(exchange, caller, {
      stream: early !== undefined && wire.bodyKind(early.operation) === 'stream',
      verify: this.#options.mode === 'start',
      s3: detected.rules.s3,
      operation: early?.operation,
      bytesMax,
      toAwsError: (thrown) => knownError(thrown, familyOf(detected.protocol), exchange.operation) ?? thrown,
    })
    const received = receiving instanceof Promise ? await receiving : receiving
    const match = early ?? this.#route(exchange, wire, detected, received)
    return await this.#perform(exchange, wire, detected, { match, caller, received })
  }

  /** From here on it does not matter how the caller and the body were told. */
  async #perform(
    exchange: Exchange,
    wire: ServiceWire,
    detected: Detected,
    { match, caller, received }: Performance,
  ): Promise<WireResponse> {
    const found = this.#options.serviceOf(detected.service)
    const service = found instanceof Promise ? await found : found
    const operation = service?.operations.get(match.operation)
    const context = this.#context(exchange, detected, match.operation, caller)
    if (caller.principal.kind !== 'anonymous')
      this.#failures.succeeded(exchange.head.remoteAddress, caller.principal.accessKeyId)
    const unsigned = takesUnsigned(detected.service, match.operation, caller.principal)
    if (service === undefined || operation === undefined || !operation.implemented) {
      if (!unsigned && this.#options.mode === 'start' && caller.principal.kind === 'anonymous')
        throw errorOf({ kind: 'missing' }, familyOf(detected.protocol))
      throw notImplemented(detected.service, match.operation)
    }
    const input = wire.read(detected.protocol, match, exchange.wireRequest ?? exchange.head, received)
    exchange.bound = { service, operation }
    exchange.input = input
    exchange.ownArn = service.ownArn && (await service.ownArn(operation.resource(input, context), context))
    if (!unsigned) {
      context.permits = permitsOf(this.#options, { service, operation, input, context })
      const verdict = this.#options.authorize({ service, operation, input, context })
      permit(verdict instanceof Promise ? await verdict : verdict, context, familyOf(detected.protocol))
    }
    exchange.output = await operation.handle(input, context)
    return this.#encode(exchange, wire, detected, exchange.output)
  }

  /** Who sends. Throws or rejects with BodyRefused. */
  #authenticate(exchange: Exchange, detected: Detected, claim: Claim, bytesMax: number): Caller | Promise<Caller> {
    const { head } = exchange
    const { mode, credentials, clock } = this.#options
    const accessKeyId = 'accessKeyId' in claim ? claim.accessKeyId : undefined
    // Functions all come from one place; what they may cost is bounded where they run.
    if (exchange.door === 'public' && this.#failures.isRefused(head.remoteAddress, accessKeyId))
      throw tooManyFailures(familyOf(detected.protocol))
    return authenticate(
      {
        head,
        pathWithBucket: exchange.wireRequest?.path ?? head.path,
        claim,
        rules: detected.rules,
        hostRegion: detected.hostRegion,
        readBody: () =>
          detected.routedByForm ? readForm(exchange, bytesMax) : (exchange.rawBody ?? exchange.body.readAll(bytesMax)),
      },
      { mode, credentials, keys: this.#keys, clock },
    )
  }

  /** Throws the service's own error for an account that asks more often than its quota lets it; `exchange`: of a call. */
  #admit(exchange: Exchange | undefined, caller: Caller, { service, protocol }: Detected): void {
    const { principal, account } = caller
    if (principal.kind === 'anonymous') return
    const waitMs = this.#options.admit(account)
    if (waitMs === undefined) return
    if (exchange !== undefined) exchange.overQuota = caller
    throw throttled(service, familyOf(protocol), waitMs)
  }

  /** A host that is a resource's own. */
  async #runSite(exchange: Exchange, detected: Detected, claim: Claim, name: string): Promise<WireResponse> {
    const found = this.#options.serviceOf(detected.service)
    const service = found instanceof Promise ? await found : found
    const site = await service?.site?.(name)
    if (service === undefined || site === undefined) return noSuchSite()
    const family = familyOf(detected.protocol)
    const known = (thrown: unknown): AwsError | undefined => knownError(thrown, family, undefined)
    return runSite({
      exchange,
      site,
      authenticate: async (bytesMax) => {
        try {
          const caller = await this.#authenticate(exchange, detected, claim, bytesMax)
          this.#admit(undefined, caller, detected)
          return caller
        } catch (thrown) {
          // The site words its refusals itself: they are counted here.
          throw this.#answers.isGuessing(exchange, thrown) ? tooManyFailures(family) : thrown
        }
      },
      anonymous: () => anonymousCaller(detected.hostRegion),
      receive: async (caller, bytesMax) => {
        const verify = this.#options.mode === 'start'
        const toAwsError = (thrown: unknown): unknown => known(thrown) ?? thrown
        const options = { stream: false, verify, s3: false, operation: undefined, bytesMax, toAwsError }
        const body = await receiveBody(exchange, caller, options)
        return body instanceof Uint8Array ? body : body.bytes()
      },
      context: (caller) => this.#context(exchange, detected, 'InvokeFunctionUrl', caller),
      permit: async (input, context) =>
        permit(await this.#options.authorize({ service, operation: site.operation, input, context }), context, family),
      known,
    })
  }

  /** The same life for a browser's upload, whose head and caller stand in a form. */
  async #runFormUpload(
    exchange: Exchange,
    wire: ServiceWire,
    detected: Detected,
    bucket: string,
  ): Promise<WireResponse> {
    const { mode, credentials, clock } = this.#options
    const upload = await openFormUpload(exchange, bucket, {
      mode,
      credentials,
      clock,
      hostRegion: detected.hostRegion,
      toAwsError: (thrown) => knownError(thrown, familyOf(detected.protocol), exchange.operation) ?? thrown,
    })
    exchange.wireRequest = upload.request
    const match = this.#route(exchange, wire, detected)
    const { caller, body: received } = upload
    this.#admit(exchange, caller, detected)
    const answer = await this.#perform(exchange, wire, detected, { match, caller, received })
    return answerForm(upload, answer, originOf(exchange.head), exchange.head.host)
  }

  /** Nobody without credentials makes us hold a large body, where credentials count. */
  #bytesMax(detected: Detected, claim: Claim, operation: string | undefined): number {
    const bytesMax = bodyBytesMax(detected.service, operation)
    const unknown = this.#options.mode === 'start' && claim.kind === 'none'
    return unknown ? Math.min(bytesMax, ANONYMOUS_BODY_BYTES_MAX) : bytesMax
  }

  /** An unsigned form must be read to know whom it is for. */
  async #detectByForm(exchange: Exchange): Promise<Detected> {
    exchange.rawBody = await exchange.body.readAll(FORM_BYTES_MAX)
    return detectByForm(exchange.head, exchange.rawBody)
  }

  /** From here on errors have a form. */
  #open(exchange: Exchange, wire: ServiceWire, detected: Detected): void {
    exchange.protocol = detected.protocol
    exchange.wire = wire
    exchange.wireRequest = detected.bucket === undefined ? exchange.head : withBucket(exchange.head, detected.bucket)
    const family = familyOf(detected.protocol)
    if (this.#draining) throw overloaded(family)
    if (
      this.#options.mode === 'dev' &&
      (isForeignPage(exchange.head, readsOnly(exchange.head, detected)) || isForeignHost(exchange.head.host))
    )
      throw foreignPage(family)
  }

  /** What the service answers before anything is an operation. */
  #intercept(exchange: Exchange, { service: id }: Detected): ReturnType<ServiceEdge['intercept']> {
    const meet = (service: Service | undefined): ReturnType<ServiceEdge['intercept']> => {
      if (service?.edge === undefined) return undefined
      exchange.edge = openEdge(service.edge, exchange)
      return service.edge.intercept(exchange.edge.request)
    }
    const found = this.#options.serviceOf(id)
    return found instanceof Promise ? found.then(meet) : meet(found)
  }

  #route(
    exchange: Exchange,
    wire: ServiceWire,
    detected: Detected,
    form?: Buffer | IncomingBody,
  ): ReturnType<ServiceWire['route']> {
    const request = exchange.wireRequest ?? exchange.head
    const match = wire.route(detected.protocol, request, form instanceof Buffer ? form : undefined)
    exchange.operation = match.operation
    return match
  }

  #context(exchange: Exchange, detected: Detected, operation: string, caller: Caller): CallContext {
    const { service } = detected
    const { account, region, principal } = caller
    const context = new CallContext(exchange, { service, operation, account, region, principal })
    exchange.context = context
    return context
  }

  #encode(exchange: Exchange, wire: ServiceWire, detected: Detected, output: unknown): WireResponse {
    const { context, operation = '' } = exchange
    const answer = wire.write(detected.protocol, operation, output, exchange.requestId, context?.status)
    if (context?.headers !== undefined) Object.assign(answer.headers, context.headers)
    return answer
  }

  #send(to: Parameters<typeof sendAnswer>[0], answer: WireResponse): Promise<void> | undefined {
    answer.headers['x-mayfly'] = this.#options.version
    const { writeStallMs, lingerMs } = this.#options.limits
    const options = { turn: this.#turn, stalls: this.#stalls, writeStallMs, lingerMs, close: this.#draining }
    return sendAnswer(to, answer, options)?.catch((error: unknown) =>
      this.#options.log.error('answer broke off', { error }),
    )
  }
}

/** A form is kept: if its signature is not believed, it still says what it wanted. */
async function readForm(exchange: Exchange, bytesMax: number): Promise<Buffer> {
  return (exchange.rawBody ??= await exchange.body.readAll(bytesMax))
}

/** Who asks for what, with which body. */
interface Performance {
  readonly match: ReturnType<ServiceWire['route']>
  readonly caller: Caller
  readonly received: Buffer | IncomingBody
}

/** Objects and pages: S3 changes nothing by GET. */
function readsOnly({ method }: RequestHead, { rules, site }: Detected): boolean {
  return rules.s3 && site === undefined && (method === 'GET' || method === 'HEAD')
}

/** The wire layer knows buckets in the path only. */
function withBucket(head: RequestHead, bucket: string): RequestHead {
  return { ...head, path: `/${encodeURIComponent(bucket)}${head.path === '/' ? '' : head.path}` }
}
