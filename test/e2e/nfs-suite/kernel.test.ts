import {describeNfsServer} from '../../helpers/nfs-suite/describe-nfs-server.js'
import {openKernelServers} from '../../helpers/nfs-suite/kernel-servers.js'
import {canTestOnDebian} from '../not-tested.js'

describeNfsServer("the kernel's NFS server in a container VM", {
  skip: !canTestOnDebian("the kernel's NFS server in a container VM"),
  openServers: openKernelServers,
  differences: {
    missingPath: 'MNT3ERR_NOENT',
    mountsFiles: true,
    longNames: {nameMax: 255, noTrunc: false, status: 'garbage-args'},
    readDirectory: 'NFS3ERR_ISDIR',
    makesDevices: true,
    ownersOnDisk: true,
    killTakesMemory: true,
  },
})
