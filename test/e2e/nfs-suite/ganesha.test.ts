import {describeNfsServer} from '../../helpers/nfs-suite/describe-nfs-server.js'
import {openGaneshaServers} from '../../helpers/nfs-suite/ganesha-servers.js'
import {canTestOnDebian} from '../not-tested.js'

describeNfsServer('NFS-Ganesha in a container of a Docker Engine', {
  skip: !canTestOnDebian('NFS-Ganesha in a container'),
  openServers: openGaneshaServers,
  differences: {
    missingPath: 'MNT3ERR_ACCES',
    mountsFiles: false,
    longNames: {nameMax: 1024, noTrunc: true, status: 'NFS3ERR_NAMETOOLONG'},
    readDirectory: 'NFS3ERR_ISDIR',
    makesDevices: true,
    ownersOnDisk: true,
    killTakesMemory: false,
  },
})
