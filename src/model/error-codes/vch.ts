import type {ErrorSpec} from './spec.js'

/** Trouble in finding, reaching and using a VCH's Docker API. */
export const VCH_ERRORS = {
  'VN-VCH-NO-ENDPOINT': {
    kind: 'usage',
    summary: 'It is not known which Docker API to talk to.',
    cause: 'Neither --host, --context, DOCKER_HOST nor a docker context says it, and there is no local Docker socket.',
  },
  'VN-VCH-ENDPOINT-BAD': {
    kind: 'usage',
    summary: 'The address of the Docker API cannot be used.',
    cause: 'It is not of the form tcp://host:port, host:port, https://host:port or unix:///path.',
  },
  'VN-VCH-CONTEXT-MISSING': {
    kind: 'usage',
    summary: 'There is no docker context of that name.',
    cause: 'The name is misspelt, or the context was made under another user or DOCKER_CONFIG.',
  },
  'VN-VCH-UNREACHABLE': {
    kind: 'failed',
    summary: 'Nothing answers at the address of the Docker API.',
    cause: 'The endpoint VM is off, still booting or restarting, or there is no route to it.',
  },
  'VN-VCH-DENIED': {
    kind: 'failed',
    summary: 'We may not open the socket of the Docker API.',
    cause: 'The socket belongs to another user.',
  },
  'VN-VCH-TIMEOUT': {
    kind: 'timeout',
    summary: 'The Docker API did not answer within the time limit.',
    cause: 'The VCH is booting or overloaded, or packets to it are dropped on the way.',
  },
  'VN-VCH-NOT-DOCKER': {
    kind: 'failed',
    summary: 'Something answers at this address, but it is not a Docker API.',
    cause: 'Port 2378 of a VCH is its administration page; the Docker API is on 2376 or 2375.',
  },
  'VN-VCH-HOST-HEADER': {
    kind: 'failed',
    summary: 'The VCH answers only under its own address.',
    cause: 'Without TLS a VCH refuses requests that come through a tunnel or under another name.',
  },
  'VN-VCH-PORT-LAYER-DOWN': {
    kind: 'failed',
    summary: 'The Docker API answers, but the port layer behind it does not.',
    cause: 'The port layer is restarting; from VIC 1.5.2 on it does so for ever while a volume store is dead.',
  },
  'VN-VCH-UNSUPPORTED': {
    kind: 'failed',
    summary: 'This VCH does not implement what was asked for.',
    cause: 'The Docker API of VIC has holes.',
  },
  'VN-VCH-API': {
    kind: 'failed',
    summary: 'The Docker API answered with an error.',
    cause: 'The sentence is its own.',
  },
  'VN-VCH-STORE-UNKNOWN': {
    kind: 'failed',
    summary: 'The VCH has no volume store of that label online.',
    cause: 'The label is misspelt (capitals count), or the store was dead when the VCH booted.',
  },
  'VN-VCH-VOLUME-REFUSED': {
    kind: 'failed',
    summary: 'The VCH refuses to make this volume.',
    cause: 'Its name or capacity is not one that VIC takes.',
  },
  'VN-VCH-VOLUME-BUSY': {
    kind: 'failed',
    summary: 'The volume is attached to another running container.',
    cause: 'A VMDK volume can be in one running container at a time.',
  },
  'VN-VCH-VOLUME-IN-USE': {
    kind: 'failed',
    summary: 'The volume cannot be removed while a container has it.',
    cause: 'Also a stopped container keeps its volumes.',
  },
  'VN-VCH-IMAGE-MISSING': {
    kind: 'failed',
    summary: 'The image was not found.',
    cause: 'Its name or tag is misspelt, or it was never pushed to that registry.',
  },
  'VN-VCH-IMAGE-SCHEMA': {
    kind: 'failed',
    summary: 'The registry does not offer the image in the form that a VCH can pull.',
    cause: 'A VCH pulls schema-1 manifests only; Docker Hub and most registries of today no longer serve them.',
  },
  'VN-VCH-IMAGE-DENIED': {
    kind: 'failed',
    summary: 'The registry does not let the VCH pull this image.',
    cause: 'The repository is private or does not exist, or the VCH is in whitelist mode.',
  },
  'VN-VCH-PULL-FAILED': {
    kind: 'failed',
    summary: 'The image could not be pulled.',
    cause: 'The VCH cannot reach the registry, or does not trust its certificate.',
  },
  'VN-VCH-NAME-TAKEN': {
    kind: 'failed',
    summary: 'A container of that name exists already.',
    cause: 'Names of containers are unique in a VCH.',
  },
  'VN-VCH-CONTAINER-MISSING': {
    kind: 'failed',
    summary: 'There is no such container.',
    cause: 'It was removed meanwhile, through Docker or in vSphere.',
  },
  'VN-VCH-CONTAINER-RUNNING': {
    kind: 'failed',
    summary: 'The container is running.',
    cause: 'A running container is removed only by force.',
  },
  'VN-VCH-CONTAINER-STOPPED': {
    kind: 'failed',
    summary: 'The container is not running.',
    cause: 'A command can be run only beside the main process of a running container.',
  },
  'VN-VCH-CONTAINER-REFUSED': {
    kind: 'failed',
    summary: 'The VCH refuses to make this container.',
    cause: 'Its network, address, ports or binds are not ones that the VCH takes.',
  },
  'VN-VCH-PORTS-CLOSED': {
    kind: 'failed',
    summary: 'The firewall of this container network lets no ports be opened.',
    cause: 'The network was made with the trust level closed, outbound or peers; NFS needs published or open.',
  },
  'VN-VCH-START-FAILED': {
    kind: 'failed',
    summary: 'The container did not start.',
    cause: 'Its command cannot be run, or the container VM did not boot.',
  },
  'VN-VCH-MOUNT-FAILED': {
    kind: 'failed',
    summary:
      'The container VM did not get its process started in time, as happens when an NFS volume cannot be mounted.',
    cause: 'The NFS server is not reachable from the network of the container, or that network gives no address.',
  },
} as const satisfies Record<string, ErrorSpec>
