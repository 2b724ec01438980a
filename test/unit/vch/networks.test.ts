import {afterEach, describe, expect, it} from '@jest/globals'
import {apiOf, closeServers} from './scripted-server.js'

afterEach(closeServers)

const PUBLIC = {
  Name: 'public',
  Id: 'p1',
  Driver: 'external',
  IPAM: {Config: [{Subnet: '192.168.100.0/24', Gateway: '192.168.100.1', IPRange: '192.168.100.40/29'}]},
  Containers: {
    a: {Name: 'nfs', IPv4Address: '192.168.100.41/24'},
    b: {Name: 'dhcp', IPv4Address: ''},
  },
}

describe('networks', () => {
  it('says which are container networks, their pools and used addresses', async () => {
    const {api} = await apiOf(() => ({
      json: [PUBLIC, {Name: 'bridge', Id: 'b1', Driver: 'bridge', IPAM: {Config: null}, Containers: {}}],
    }))
    expect(await api.networks()).toEqual([
      {
        name: 'public',
        id: 'p1',
        external: true,
        subnet: '192.168.100.0/24',
        gateway: '192.168.100.1',
        ipRange: '192.168.100.40/29',
        usedAddresses: ['192.168.100.41'],
      },
      {name: 'bridge', id: 'b1', external: false, usedAddresses: []},
    ])
  })

  it('leaves empty pool fields out, joins several ranges, drops IPv6 and a gateway’s prefix', async () => {
    const Config = [
      {Subnet: 'fd00::/64', Gateway: 'fd00::1'},
      {Subnet: '10.0.0.0/24', Gateway: '10.0.0.1/24', IPRange: '10.0.0.10-10.0.0.20'},
      {Subnet: '10.0.0.0/24', Gateway: '', IPRange: '10.0.0.64/28'},
    ]
    const {api} = await apiOf(() => ({
      json: [
        {...PUBLIC, IPAM: {Config}},
        {...PUBLIC, IPAM: {Config: [{Subnet: '', Gateway: ''}]}},
      ],
    }))
    const [first, second] = await api.networks()
    expect(first).toMatchObject({
      subnet: '10.0.0.0/24',
      gateway: '10.0.0.1',
      ipRange: '10.0.0.10-10.0.0.20,10.0.0.64/28',
    })
    expect(second).toEqual({name: 'public', id: 'p1', external: true, usedAddresses: ['192.168.100.41']})
  })

  it('inspects each network where the list does not say who is on it', async () => {
    const {Containers: _, ...listed} = PUBLIC
    const {api, server} = await apiOf(({path}) => (path === '/v1.25/networks' ? {json: [listed]} : {json: PUBLIC}))
    expect((await api.networks())[0]?.usedAddresses).toEqual(['192.168.100.41'])
    expect(server.seen.map(({path}) => path)).toEqual(['/v1.25/networks', '/v1.25/networks/p1'])
  })
})
