import type {ErrorSpec} from './spec.js'

/** Trouble in finding, reaching and using a VCH's Docker API. */
export const VCH_ERRORS = {
  'VN-VCH-NO-ENDPOINT': {
    kind: 'usage',
    summary: 'It is not known which Docker API to talk to.',
    cause: 'Neither --host, --context, DOCKER_HOST nor a docker context says it, and there is no local Docker socket.',
    remedy: 'Say --host tcp://VCH:2376, or set DOCKER_HOST, or choose a docker context.',
  },
  'VN-VCH-ENDPOINT-BAD': {
    kind: 'usage',
    summary: 'The address of the Docker API cannot be used.',
    cause: 'It is not of the form tcp://host:port, host:port, https://host:port or unix:///path.',
    remedy: 'Write tcp://HOST:PORT, https://HOST:PORT, http://HOST:PORT or unix:///PATH.',
  },
  'VN-VCH-CONTEXT-MISSING': {
    kind: 'usage',
    summary: 'There is no docker context of that name.',
    cause: 'The name is misspelt, or the context was made under another user or DOCKER_CONFIG.',
    remedy: 'Look at docker context ls as the same user, or give the address with --host.',
  },
  'VN-VCH-UNREACHABLE': {
    kind: 'failed',
    summary: 'Nothing answers at the address of the Docker API.',
    cause: 'The endpoint VM is off, still booting or restarting, or there is no route to it.',
    remedy:
      'Wait until the VCH has booted, or look at its endpoint VM in vSphere; a configure takes the API away for minutes.',
  },
  'VN-VCH-DENIED': {
    kind: 'failed',
    summary: 'We may not open the socket of the Docker API.',
    cause: 'The socket belongs to another user.',
    remedy: 'Run vicnfs as the user whom the socket belongs to, or join the group that may open it.',
  },
  'VN-VCH-TIMEOUT': {
    kind: 'timeout',
    summary: 'The Docker API did not answer within the time limit.',
    cause: 'The VCH is booting or overloaded, or packets to it are dropped on the way.',
    remedy: 'Try again when the VCH is less busy, or allow more with --step-timeout.',
  },
  'VN-VCH-NOT-DOCKER': {
    kind: 'failed',
    summary: 'Something answers at this address, but it is not a Docker API.',
    cause: 'Port 2378 of a VCH is its administration page; the Docker API is on 2376 or 2375.',
    remedy: 'Take the address of the Docker API, port 2376 with TLS or 2375 without.',
  },
  'VN-VCH-HOST-HEADER': {
    kind: 'failed',
    summary: 'The VCH answers only under its own address.',
    cause: 'Without TLS a VCH refuses requests that come through a tunnel or under another name.',
    remedy: 'Take the address that vic-machine inspect prints as DOCKER_HOST, without a tunnel.',
  },
  'VN-VCH-PORT-LAYER-DOWN': {
    kind: 'failed',
    summary: 'The Docker API answers, but the port layer behind it does not.',
    cause: 'The port layer is restarting; from VIC 1.5.2 on it does so for ever while a volume store is dead.',
    remedy:
      'Wait a minute. If it stays so, make every NFS store of the VCH reachable again: it boots in circles until then.',
  },
  'VN-VCH-UNSUPPORTED': {
    kind: 'failed',
    summary: 'This VCH does not implement what was asked for.',
    cause: 'The Docker API of VIC has holes.',
    remedy: 'Take a Docker Engine for this, or a newer VIC.',
  },
  'VN-VCH-API': {
    kind: 'failed',
    summary: 'The Docker API answered with an error.',
    cause: 'The sentence is its own.',
    remedy: 'The sentence of the VCH says what it lacks; the logs are on its administration page, port 2378.',
  },
  'VN-VCH-STORE-UNKNOWN': {
    kind: 'failed',
    summary: 'The VCH has no volume store of that label online.',
    cause: 'The label is misspelt (capitals count), or the store was dead when the VCH booted.',
    remedy:
      'Take a label that docker info lists under VolumeStores; a dead store comes back with the next boot of the VCH once it is reachable.',
  },
  'VN-VCH-VOLUME-REFUSED': {
    kind: 'failed',
    summary: 'The VCH refuses to make this volume.',
    cause: 'Its name or capacity is not one that VIC takes.',
    remedy:
      'Take a name of letters, digits, dots, dashes and underscores, and a capacity that the datastore has room for.',
  },
  'VN-VCH-VOLUME-BUSY': {
    kind: 'failed',
    summary: 'The volume is attached to another running container.',
    cause: 'A VMDK volume can be in one running container at a time.',
    remedy: 'Stop the container that the error names, or take another volume.',
  },
  'VN-VCH-VOLUME-IN-USE': {
    kind: 'failed',
    summary: 'The volume cannot be removed while a container has it.',
    cause: 'Also a stopped container keeps its volumes.',
    remedy: 'Remove the container that has the volume first, also a stopped one.',
  },
  'VN-VCH-IMAGE-MISSING': {
    kind: 'failed',
    summary: 'The image was not found.',
    cause: 'Its name or tag is misspelt, or it was never pushed to that registry.',
    remedy:
      'Check name and tag, build and push the image (vicnfs image build, image push), then run the command again.',
  },
  'VN-VCH-IMAGE-SCHEMA': {
    kind: 'failed',
    summary: 'The registry does not offer the image in the form that a VCH can pull.',
    cause: 'A VCH pulls schema-1 manifests only; Docker Hub and most registries of today no longer serve them.',
    remedy: 'Push the image as Docker v2 schema 2 to a registry that converts to schema 1, such as Harbor 1.x.',
  },
  'VN-VCH-IMAGE-DENIED': {
    kind: 'failed',
    summary: 'The registry does not let the VCH pull this image.',
    cause: 'The repository is private or does not exist, or the VCH is in whitelist mode.',
    remedy:
      'Let the VCH pull the image without a login, correct its name, or have the registry put on the whitelist of the VCH.',
  },
  'VN-VCH-PULL-FAILED': {
    kind: 'failed',
    summary: 'The image could not be pulled.',
    cause: 'The VCH cannot reach the registry, or does not trust its certificate.',
    remedy:
      'Give the VCH a way to the registry and its certificate (vic-machine configure --registry-ca), or take another registry.',
  },
  'VN-VCH-NAME-TAKEN': {
    kind: 'failed',
    summary: 'A container of that name exists already.',
    cause: 'Names of containers are unique in a VCH.',
    remedy: 'Remove or rename the container that has the name; docker ps -a shows it.',
  },
  'VN-VCH-CONTAINER-MISSING': {
    kind: 'failed',
    summary: 'There is no such container.',
    cause: 'It was removed meanwhile, through Docker or in vSphere.',
    remedy: 'Run the same command again: it makes anew what is gone.',
  },
  'VN-VCH-CONTAINER-RUNNING': {
    kind: 'failed',
    summary: 'The container is running.',
    cause: 'A running container is removed only by force.',
    remedy: 'Stop the container first with docker stop.',
  },
  'VN-VCH-CONTAINER-STOPPED': {
    kind: 'failed',
    summary: 'The container is not running.',
    cause: 'A command can be run only beside the main process of a running container.',
    remedy: 'Start the container first with docker start.',
  },
  'VN-VCH-CONTAINER-REFUSED': {
    kind: 'failed',
    summary: 'The VCH refuses to make this container.',
    cause: 'Its network, address, ports or binds are not ones that the VCH takes.',
    remedy: 'Change the network, the address or the volume that the sentence of the VCH names.',
  },
  'VN-VCH-PORTS-CLOSED': {
    kind: 'failed',
    summary: 'The firewall of this container network lets no ports be opened.',
    cause: 'The network was made with the trust level closed, outbound or peers; NFS needs published or open.',
    remedy: 'Take a container network whose firewall is open or published, or have the administrator change it.',
  },
  'VN-VCH-START-FAILED': {
    kind: 'failed',
    summary: 'The container did not start.',
    cause: 'Its command cannot be run, or the container VM did not boot.',
    remedy: 'The sentence of the VCH says why; look for a port that is taken, and at the container VM in vSphere.',
  },
  'VN-VCH-MOUNT-FAILED': {
    kind: 'failed',
    summary:
      'The container VM did not get its process started in time, as happens when an NFS volume cannot be mounted.',
    cause: 'The NFS server is not reachable from the network of the container, or that network gives no address.',
    remedy:
      'See with vicnfs preflight --from vch whether containers reach the NFS server, and whether their network gives addresses.',
  },
} as const satisfies Record<string, ErrorSpec>
