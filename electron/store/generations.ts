export {
  type DocumentPlace,
  generationPathsOf,
  moveDamagedBeside,
  pathOf,
  shiftGenerations,
} from '../disk/generations.ts';
