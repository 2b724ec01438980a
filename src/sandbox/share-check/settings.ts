/** What the child process `share-check/main.js` is told beside the command's own words: where its container stands. */
export interface ShareCheckSettings {
  /** At which all servers of the sandbox have what the image has at 111. */
  readonly portmapPort: number
  /** The container's address, or the endpoint VM's for a bridge (MASQUERADE). */
  readonly sourceAddress: string
  /** The container's own server, for the check without a URL. */
  readonly own: {readonly address: string; readonly exportPath: string}
}
