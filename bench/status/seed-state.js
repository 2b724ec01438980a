// Gives a stopped sandbox a large state: server containers that run from the next start on, and many others beside them.
import {randomBytes} from 'node:crypto'
import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {RECORD_FILE, RECORD_FOLDER} from '../../dist/src/model/consumer-record.js'
import {serverEnvironment, serverName, serverPorts, shareLabels, shareUrl} from '../../dist/src/model/share.js'
import {SERVER_IMAGE} from '../../dist/src/model/server-image.js'
import {parseStoreArgument} from '../../dist/src/sandbox/vic-machine/store-argument.js'
import {asVolumeStore} from '../../dist/src/sandbox/vic-machine/merge-stores.js'
import {StateStore} from '../../dist/src/sandbox/state/state-store.js'
import {containerBody} from '../../dist/src/vch/operations/container-body.js'

const NETWORK = 'storage-net'
const AT = '2026-01-01T00:00:00Z'
const FIRST_HOST = 100

function shareOf(state, n) {
  const name = `share-${n}`
  const address = `${state.publicAddress.replace(/\.\d+$/, '')}.${FIRST_HOST + n}`
  const exportFolder = `/exports/${name}`
  return {name, label: `store-${n}`, address, exportFolder}
}

function serverRecord({name, address, exportFolder}) {
  const request = {
    ...{name, scratch: false, image: SERVER_IMAGE, network: NETWORK, address, exportFolder, mountdPort: 32_767},
    ...{
      lockdPort: 32_768,
      exportOptions: null,
      allow: [],
      squash: 'no_root_squash',
      uid: 0,
      gid: 0,
      securePorts: false,
    },
  }
  const choice = {network: NETWORK, external: true, address, ownAddress: null}
  const body = containerBody({
    ...{image: SERVER_IMAGE, env: serverEnvironment(request, choice), labels: shareLabels(request, choice)},
    ...{binds: [{volume: name, destination: exportFolder}], network: NETWORK, address, ports: serverPorts(request)},
  })
  const mounts = [{volume: name, destination: exportFolder, readOnly: false, anonymous: false}]
  return {...containerRecord(serverName(name), body), image: SERVER_IMAGE, mounts, network: NETWORK, address}
}

function containerRecord(name, request) {
  return {
    ...{id: randomBytes(32).toString('hex'), name, createdAt: AT, image: 'busybox:latest', request, mounts: []},
    ...{hostConfigForgotten: true, power: 'exited', exitCode: 0, startedAt: AT, finishedAt: AT},
    ...{network: 'bridge', address: ''},
  }
}

function userRecord(n, {volume, share}) {
  const body = containerBody({image: 'busybox', command: ['true'], binds: [{volume, destination: '/data'}]})
  const nfs = {host: share.address, path: share.exportFolder}
  const mounts = [{volume, destination: '/data', readOnly: false, anonymous: false, nfs}]
  return {...containerRecord(`job-${n}`, body), mounts}
}

/** What a VCH and vicnfs leave on a share: the record of its consumer, and its volumes. */
function furnish(directory, volumes, record) {
  const folders = [RECORD_FOLDER, ...volumes.flatMap((name) => [`volumes/${name}`, `volumes_metadata/${name}`])]
  for (const folder of folders) mkdirSync(path.join(directory, folder), {recursive: true})
  writeFileSync(path.join(directory, RECORD_FILE), JSON.stringify(record))
  for (const name of volumes) {
    const metadata = {Driver: 'vsphere', DriverOpts: {VolumeStore: record.label}, Name: name, Labels: {}}
    const file = path.join(directory, 'volumes_metadata', name, 'DockerMetaData')
    writeFileSync(file, JSON.stringify({...metadata, AttachHistory: [''], Image: ''}))
  }
}

function recordOf(state, endpoint, {label, exportFolder}) {
  const {name: vchName, vmId: vchId, target: vcenter} = state
  const place = {label, path: exportFolder, uid: 0, gid: 0, writtenAt: AT}
  return {schemaVersion: 1, vchName, vchId, vcenter, endpoint, ...place}
}

/**
 * Every share is a store of this very VCH and holds `volumesPerShare` volumes, which the other containers use in turn.
 * @param sizes.exited containers that do not run, beside the server containers
 */
export function seedState(directory, endpoint, {shares, volumesPerShare, exited}) {
  const store = StateStore.open(directory)
  const {state} = store
  const uses = []
  const stores = [...state.guestInfo.stores]
  for (let n = 0; n < shares; n += 1) {
    const share = shareOf(state, n)
    const names = Array.from({length: volumesPerShare}, (_, v) => `volume-${n}-${v}`)
    furnish(store.volumeDirectory(share.name), names, recordOf(state, endpoint, share))
    uses.push(...names.map((volume) => ({volume, share})))
    const options = {VolumeStore: 'default', Capacity: '5GB'}
    state.volumes.push({name: share.name, driver: 'vsphere', options, labels: {}, store: 'default', createdAt: AT})
    state.containers.push(serverRecord(share))
    const url = shareUrl({host: share.address, path: share.exportFolder, uid: 0, gid: 0})
    stores.push(asVolumeStore(parseStoreArgument(`${url}:${share.label}`)))
  }
  state.guestInfo = {...state.guestInfo, stores}
  state.resume = state.containers.map(({id}) => id)
  for (let n = 0; n < exited; n += 1) state.containers.push(userRecord(n, uses[n % uses.length]))
  store.save()
}
