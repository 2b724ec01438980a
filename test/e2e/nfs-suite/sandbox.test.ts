import {describeNfsServer} from '../../helpers/nfs-suite/describe-nfs-server.js'
import {openSandboxServers} from '../../helpers/nfs-suite/sandbox-servers.js'

describeNfsServer("the sandbox's NFS server", {
  openServers: openSandboxServers,
  differences: {
    missingPath: 'MNT3ERR_NOENT',
    mountsFiles: false,
    longNames: {nameMax: 255, noTrunc: true, status: 'NFS3ERR_NAMETOOLONG'},
    readDirectory: 'NFS3ERR_ISDIR',
    makesDevices: false,
    ownersOnDisk: false,
    killTakesMemory: false,
  },
})
