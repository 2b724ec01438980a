import {flag, NIL, type Flag} from './flag.js'

const hidden = {hidden: true}
const number = {shownDefault: NIL}

export const OPERATIONS_FLAGS: readonly Flag[] = [
  flag(
    ['ops-user'],
    'text',
    'The user with which the VCH operates after creation. Defaults to the credential supplied with target',
    {...number, ...hidden},
  ),
  flag(
    ['ops-password'],
    'text',
    'Password or token for the operations user. Defaults to the credential supplied with target',
    {...number, ...hidden},
  ),
  flag(['ops-grant-perms'], 'text', 'Create roles and grant required permissions to the specified ops-user', {
    ...number,
    ...hidden,
    since: '1.3.0',
    usageBefore: ['1.4.0', 'Create roles and grant required permissions to the specified ops-use'],
  }),
]

const CONTAINER_FLAGS: readonly Flag[] = [
  flag(
    ['affinity-vm-group'],
    'switch',
    'Use a DRS VM Group to allow VM-Host affinity rules to be defined for the VCH',
    {...hidden, since: '1.4.0'},
  ),
  flag(
    ['container-name-convention', 'cnc'],
    'text',
    "Provide a naming convention. Allows a token of '{name}' or '{id}', that will be replaced.",
    {...hidden, since: '1.5.0'},
  ),
  flag(
    ['volume-store', 'vs'],
    'list',
    `Specify a list of location and label for volume store, nfs stores can have mount options specified as query parameters in the url target. ${[
      '',
      'Examples for a vsphere backed volume store are:  "datastore/path:label" or "datastore:label" or "ds://my-datastore-name:store-label"',
      'Examples for nfs back volume stores are: "nfs://127.0.0.1/path/to/share/point?uid=1234&gid=5678&proto=tcp:my-volume-store-label" or "nfs://my-store/path/to/share/point:my-label"',
    ].join('\n')}`,
  ),
]

const NETWORK_FLAGS: readonly Flag[] = [
  flag(
    ['dns-server'],
    'list',
    'DNS server for the client, public, and management networks. Defaults to 8.8.8.8 and 8.8.4.4 when VCH uses static IP',
    hidden,
  ),
  flag(
    ['container-network', 'cn'],
    'list',
    'vSphere network list that containers can use directly with labels, e.g. vsphere-net:backend. Defaults to DCHP - see advanced help (-x).',
  ),
  flag(
    ['container-network-gateway', 'cng'],
    'list',
    "Gateway for the container network's subnet in CONTAINER-NETWORK:SUBNET format, e.g. vsphere-net:172.16.0.1/16",
    hidden,
  ),
  flag(
    ['container-network-ip-range', 'cnr'],
    'list',
    'IP range for the container network in CONTAINER-NETWORK:IP-RANGE format, e.g. vsphere-net:172.16.0.0/24, vsphere-net:172.16.0.10-172.16.0.20',
    hidden,
  ),
  flag(
    ['container-network-dns', 'cnd'],
    'list',
    'DNS servers for the container network in CONTAINER-NETWORK:DNS format, e.g. vsphere-net:8.8.8.8. Ignored if no static IP assigned.',
    hidden,
  ),
  flag(
    ['container-network-firewall', 'cnf'],
    'list',
    'Container network trust level in CONTAINER-NETWORK:LEVEL format. Options: Closed, Outbound, Peers, Published, Open.',
    hidden,
  ),
]

const RESOURCE_FLAGS: readonly Flag[] = [
  flag(['memory', 'mem'], 'number', 'VCH resource pool memory limit in MB (unlimited=0)', number),
  flag(['memory-reservation', 'memr'], 'number', 'VCH resource pool memory reservation in MB', {...number, ...hidden}),
  flag(
    ['memory-shares', 'mems'],
    'text',
    'VCH resource pool memory shares in level or share number, e.g. high, normal, low, or 163840',
    {...number, ...hidden},
  ),
  flag(['cpu'], 'number', 'VCH resource pool vCPUs limit in MHz (unlimited=0)', number),
  flag(['cpu-reservation', 'cpur'], 'number', 'VCH resource pool reservation in MHz', {...number, ...hidden}),
  flag(
    ['cpu-shares', 'cpus'],
    'text',
    'VCH resource pool vCPUs shares, in level or share number, e.g. high, normal, low, or 4000',
    {
      ...number,
      ...hidden,
      usageBefore: [
        '1.4.0',
        'VCH VCH resource pool vCPUs shares, in level or share number, e.g. high, normal, low, or 4000',
      ],
    },
  ),
  flag(['storage-quota', 'sq'], 'number', 'Storage quota for images and containers in GB (unlimited=0)', {
    ...number,
    since: '1.5.0',
  }),
  flag(['containers'], 'number', 'Total number of containers that can exist in VCH (unlimited=0)', {
    ...number,
    since: '1.5.2',
  }),
]

const CERTIFICATE_FLAGS: readonly Flag[] = [
  flag(['tls-server-key'], 'text', 'Virtual Container Host private key file (server certificate)'),
  flag(['tls-server-cert'], 'text', 'Virtual Container Host x509 certificate file (server certificate)'),
  flag(
    ['tls-cname'],
    'text',
    'Common Name to use in generated CA certificate when requiring client certificate authentication',
  ),
  flag(
    ['tls-cert-path'],
    'text',
    "The path to check for existing certificates and in which to save generated certificates. Defaults to './<vch name>/'",
  ),
  flag(
    ['no-tlsverify', 'kv'],
    'switch',
    'Disable authentication via client certificates - for more tls options see advanced help (-x)',
  ),
  flag(
    ['organization'],
    'list',
    'A list of identifiers to record in the generated certificates. Defaults to VCH name and IP/FQDN if not provided.',
    {...hidden, since: '1.5.0'},
  ),
  flag(['certificate-key-size', 'ksz'], 'number', 'Size of key to use when generating certificates', {
    ...hidden,
    shownDefault: '2048',
    since: '1.5.0',
  }),
  flag(['tls-ca', 'ca'], 'list', 'Specify a list of certificate authority files to use for client verification', {
    ...hidden,
    since: '1.5.0',
  }),
  flag(
    ['registry-ca', 'rc'],
    'list',
    'Specify a list of additional certificate authority files to use to verify secure registry servers',
  ),
]

function proxy(names: Flag['names'], kind: string, scheme: string): Flag {
  const usage = (address: string) =>
    `${kind} proxy for use when fetching images, in the form ${address}://fqdn_or_ip:port`
  return flag(names, 'text', usage('http(s)'), {...number, ...hidden, usageBefore: ['1.4.0', usage(scheme)]})
}

const OTHER_FLAGS: readonly Flag[] = [
  proxy(['https-proxy'], 'An HTTPS', 'https'),
  proxy(['http-proxy'], 'An HTTP', 'http'),
  flag(
    ['no-proxy'],
    'text',
    'URLs that should be excluded from proxying. This should be * or a comma-separated list of hostnames, domain names, or a mixture of both, e.g. localhost,.example.com',
    {...number, ...hidden, since: '1.5.0'},
  ),
  flag(
    ['syslog-address'],
    'text',
    'Address of the syslog server to send Virtual Container Host logs to. Must be in the format transport://host[:port], where transport is udp or tcp. port defaults to 514 if not specified',
    {...hidden, since: '1.5.3'},
  ),
]

/** Options of configure that change the VCH, in the order of the help. */
export const SETTING_FLAGS: readonly Flag[] = [
  ...CONTAINER_FLAGS,
  ...NETWORK_FLAGS,
  ...RESOURCE_FLAGS,
  ...CERTIFICATE_FLAGS,
  ...OTHER_FLAGS,
]
