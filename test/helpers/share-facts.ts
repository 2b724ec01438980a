import type {ContainerFacts, ShareFacts, StoreFacts, VchFacts} from '../../src/model/drift.js'
import {serverEnvironment, type ShareChoice, type ShareRequest} from '../../src/model/share.js'
import {shareRequest} from './fake-world.js'

export const ADDRESS = '10.9.0.40'

export const CHOICE: ShareChoice = {network: 'storage-net', external: true, address: ADDRESS, ownAddress: null}

export function vchFacts(parts: Partial<VchFacts> = {}): VchFacts {
  return {name: 'web', endpoint: 'tcp://web:2376', version: '1.5.8', api: 'running', bootLoop: true, ...parts}
}

export function storeFacts(parts: Partial<StoreFacts> = {}): StoreFacts {
  return {
    label: 'nfs-store',
    folder: '',
    host: ADDRESS,
    addresses: [parts.host ?? ADDRESS],
    vch: vchFacts(),
    ofConsumer: true,
    listed: true,
    record: 'own',
    journalled: true,
    online: true,
    ...parts,
  }
}

export function containerFacts(request: ShareRequest, choice: ShareChoice): ContainerFacts {
  return {
    name: 'vicnfs-nfs-vol',
    image: request.image,
    exitCode: 0,
    env: ['PATH=/bin', ...Object.entries(serverEnvironment(request, choice)).map(([key, value]) => `${key}=${value}`)],
    mounts: [{volume: request.name, destination: request.exportFolder}],
    networks: [choice.network],
    address: ADDRESS,
  }
}

/** A share that nothing is wrong with: served on one VCH, a store of another one. */
export function healthyShare(parts: Partial<ShareFacts> = {}): ShareFacts {
  const request = shareRequest()
  return {
    title: 'nfs-vol',
    name: 'nfs-vol',
    state: 'running',
    host: ADDRESS,
    url: `nfs://${ADDRESS}/exports/nfs-vol?uid=0&gid=0`,
    labels: {request, choice: CHOICE},
    container: containerFacts(request, CHOICE),
    mount: {mountable: true},
    stores: [storeFacts()],
    registrationKnown: true,
    selfHosted: false,
    serverEndpoint: 'tcp://storage:2376',
    startCommand: 'vicnfs expose-volume nfs-vol',
    ...parts,
  }
}

/** The same without a container: what is left when somebody removed it. */
export function lostShare(parts: Partial<ShareFacts> = {}): ShareFacts {
  const {labels: _labels, container: _container, ...rest} = healthyShare()
  return {...rest, state: 'gone', mount: {mountable: null}, ...parts}
}
