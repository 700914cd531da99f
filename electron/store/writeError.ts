export { describeWriteError } from '../disk/writeError.ts';
