/** What the endpoint VM reports through guestinfo, as vic-machine's CheckServiceReady reads it. */
export interface GuestReport {
  /** Empty while the VM has not reported since power-on (a stale one may satisfy vic-machine, facts/vic-machine.md § 3.1). */
  readonly clientAddress: string
  /** All components launched. */
  readonly componentsStarted: boolean
  /** Components that reported an error in place of `started`, by name; vic-machine waits no longer for them. */
  readonly componentErrors?: Readonly<Record<string, string>>
}

/** The endpoint VM as vCenter handles it; power calls of a VM that is in that state already do nothing. */
export interface EndpointVm {
  readonly report: GuestReport
  /** How often its port layer has given up, and was started again, since power-on. */
  readonly failedBoots: number
  /** Starts the boot and returns: stores, then NAT, then the Docker API; from 1.5.2 on it loops while a store fails. */
  powerOn(): void
  /** Closes the Docker API and stops the boot; containers run on. */
  powerOff(): Promise<void>
}

/** Out-of-band work on container VMs (knob 10): what an administrator does in vSphere, past the Docker API. */
export interface ContainerVms {
  powerOff(id: string): Promise<void>
  powerOn(id: string): Promise<void>
  destroy(id: string): Promise<void>
}
