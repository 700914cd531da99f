/** The `type` of the window message that hands a MessagePort to the preload script, and the IPC channel it is passed on by. */
export const portChannel = 'proxima:port';
