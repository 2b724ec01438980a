import {describe, expect, it} from '@jest/globals'

import {LABELS, ROLE_PARKED, ROLE_SERVER, shareLabels, type ShareRequest} from '../../../../src/model/share.js'
import {SERVER_IMAGE} from '../../../../src/model/server-image.js'
import {nfsStore} from '../../../../src/model/volume-store.js'
import type {Adapters} from '../../../../src/services/adapters.js'
import {downVch} from '../../../../src/services/registration/down-vch.js'
import type {ConsumerVch} from '../../../../src/services/registration/identify-consumer.js'

const request: ShareRequest = {
  name: 'v',
  scratch: false,
  image: SERVER_IMAGE,
  network: null,
  address: '10.0.0.9',
  exportFolder: '/exports/v',
  mountdPort: 32767,
  lockdPort: 32768,
  exportOptions: null,
  allow: [],
  squash: 'no_root_squash',
  uid: 0,
  gid: 0,
  securePorts: false,
}

function adaptersWith(state: string, role = ROLE_SERVER as string): Adapters {
  const choice = {network: 'storage-net', address: '10.0.0.9', external: true}
  const labels = {...shareLabels(request, choice as never), [LABELS.role]: role}
  const container = {id: 'c', name: 'v-nfs', labels, state, addresses: {}, publishedAddress: ''}
  const server = {
    listContainers: () => Promise.resolve([{id: 'c'}]),
    inspectContainer: () => Promise.resolve(container),
  }
  return {server} as unknown as Adapters
}

const stores = [nfsStore({label: 's', host: '10.0.0.9', path: '/exports/v', uid: 0, gid: 0})]
const vch = {name: 'two', id: 'vm-2', endpoint: 'tcp://two:2375', configuration: {stores}} as unknown as ConsumerVch
const {signal} = new AbortController()

describe('a VCH that does not answer', () => {
  it('names the command that starts a stopped server of ours which it needs to boot', async () => {
    const error = await downVch(adaptersWith('exited'), vch, signal)
    expect(error).toMatchObject({code: 'VN-VCH-DOWN', tries: ['vicnfs expose-volume v --ip 10.0.0.9']})
  })

  it('names a look at the share where the server runs', async () => {
    const error = await downVch(adaptersWith('running'), vch, signal)
    expect(error.tries).toEqual(["vicnfs preflight 'nfs://10.0.0.9/exports/v?uid=0&gid=0' --read-only"])
  })

  it('names the command that starts a parked server of ours as it is', async () => {
    const error = await downVch(adaptersWith('exited', ROLE_PARKED), vch, signal)
    expect(error.tries).toEqual(['vicnfs teardown v --park'])
  })
})
