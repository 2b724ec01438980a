import type {Cluster, Datacenter} from './vcenter-api.js'

/** The only cluster of a sandbox's vCenter, so `--compute-resource` may be left out. */
export const SANDBOX_CLUSTER: Cluster = {
  name: 'sbx-cluster',
  pool: 'resgroup-19',
  hosts: ['sbx-host-0', 'sbx-host-1'],
}

/** The only datacenter, so the target needs to name none. */
export const SANDBOX_DATACENTER: Datacenter = {name: 'sbx-dc', clusters: [SANDBOX_CLUSTER]}
