/** Whether ⌘ takes the place of Ctrl here. */
export const isApple = /^(Mac|iP)/.test(navigator.platform);
