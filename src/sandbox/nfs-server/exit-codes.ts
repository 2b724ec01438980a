/** Exit codes of the server container, those of the server image; 2 is for a settings file that the sandbox did not write. */
export const SERVER_EXIT = {
  settingsFile: 2,
  exportFolder: 10,
  mountdPort: 11,
  lockdPort: 12,
  portsClash: 13,
  exportOptions: 14,
  backend: 15,
  threads: 16,
  switches: 17,
  owner: 18,
  fsid: 19,
  noVolume: 20,
  folderUnusable: 21,
  parkedWithVolume: 23,
  noKernelServer: 30,
  portmapDown: 32,
  exportRefused: 33,
  mountdDown: 35,
  /** The image's code for its server in user space. */
  nfsdDown: 36,
  notMountable: 38,
} as const
