import type {Cluster, Datacenter} from './vcenter-api.js'

/** The only cluster of a sandbox's vCenter, so `--compute-resource` may be left out. */
export const SANDBOX_CLUSTER: Cluster = {
  name: 'sandbox-cluster',
  pool: 'resgroup-19',
  hosts: ['sandbox-host-0', 'sandbox-host-1'],
}

/** The only datacenter, so the target needs to name none. */
export const SANDBOX_DATACENTER: Datacenter = {name: 'sandbox-dc', clusters: [SANDBOX_CLUSTER]}
