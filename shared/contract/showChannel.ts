/** The IPC channel of a `ShowRequest`, and the `type` of the window message that the preload script makes of it. */
export const showChannel = 'proxima:show';
