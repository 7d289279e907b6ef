// The wire of a service: its model with the protocols that it speaks, each built when first used.
import { RequiredCheckers } from './codec/required.ts'
import { loggable } from './loggable.ts'
import { loadModel } from './load-model.ts'
import { cborRpcProtocol } from './protocols/cbor-rpc.ts'
import { jsonRpcProtocol } from './protocols/json-rpc.ts'
import type { Protocol, ProtocolContext } from './protocols/protocol.ts'
import { operationOf } from './protocols/protocol.ts'
import { queryProtocol } from './protocols/query.ts'
import { restJsonProtocol } from './protocols/rest-json.ts'
import { restXmlProtocol } from './protocols/rest-xml.ts'
import { bindingsOf } from './rest/bindings.ts'
import type { Model } from './schema.ts'
import type { ServiceId } from './services.ts'
import type { BodyKind, ProtocolId, ServiceWire } from './wire.ts'

const wires = new Map<ServiceId, ServiceWire>()

/** The wire of a service; its model is read at the first call and kept. */
export function serviceWire(id: ServiceId): ServiceWire {
  let wire = wires.get(id)
  if (wire === undefined) {
    wire = { id, ...modelWire(loadModel(id), id) }
    wires.set(id, wire)
  }
  return wire
}

/** The wire of any model: for models that are not of our services (`id` undefined), such as protocol vectors. */
export function modelWire(model: Model, id: ServiceId | undefined): Omit<ServiceWire, 'id'> {
  const required = new RequiredCheckers()
  const protocols = new Map<ProtocolId, Protocol>()
  const bodyKinds = new Map<string, BodyKind>()
  const speak = (protocol: ProtocolId): Protocol => {
    let spoken = protocols.get(protocol)
    if (spoken === undefined) {
      spoken = build({ id, protocol, model, required })
      protocols.set(protocol, spoken)
    }
    return spoken
  }
  return {
    operations: model.operationNames(),
    route: (protocol, request, form) => speak(protocol).route(request, form),
    bodyKind(operation) {
      let kind = bodyKinds.get(operation)
      if (kind === undefined) {
        kind = bodyKindOf(model, operation)
        bodyKinds.set(operation, kind)
      }
      return kind
    },
    read: (protocol, match, request, body) => speak(protocol).read(match, request, body),
    write: (protocol, operation, output, requestId, status) =>
      speak(protocol).write(operationOf(model, operation), output, requestId, status),
    loggable(operation, side, value) {
      const shape = model.operation(operation)?.[side]
      return shape === undefined ? {} : loggable(id ?? '', shape, value)
    },
    writeError: (protocol, operation, error, requestId, request) =>
      speak(protocol).writeError(
        operation === undefined ? undefined : model.operation(operation),
        error,
        requestId,
        request,
      ),
  }
}

function build(context: ProtocolContext): Protocol {
  switch (context.protocol) {
    case 'restXml':
      return restXmlProtocol(context)
    case 'restJson1':
      return restJsonProtocol(context)
    case 'awsJson1_0':
    case 'awsJson1_1':
      return jsonRpcProtocol(context)
    case 'awsQuery':
      return queryProtocol(context)
    case 'rpcv2Cbor':
      return cborRpcProtocol(context)
  }
}

function bodyKindOf(model: Model, name: string): BodyKind {
  const { input } = operationOf(model, name)
  const kind = input === undefined ? undefined : bindingsOf(input, 'input').payload?.kind
  return kind === 'stream' || kind === 'event-stream' ? 'stream' : 'buffered'
}
